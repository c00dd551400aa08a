import { missingPackage } from '../missing-package.ts'
import type { Connection } from './connection.ts'
import type { RedisLocation } from './location.ts'
import {
  type NodeRedisClient,
  type NodeRedisCluster,
  type NodeRedisSentinel,
  overNodeRedis,
  overNodeRedisCluster,
  overNodeRedisSentinel,
} from './node-redis.ts'
import { nodeRedisEar } from './node-redis-ear.ts'

/** The slice of the package `redis` that opens clients. */
interface Driver {
  createClient(options: object): NodeRedisClient & Lifecycle
  createCluster(options: object): NodeRedisCluster & Lifecycle
  createSentinel(options: object): Primary & NodeRedisSentinel & Lifecycle
}

interface Primary {
  getMasterNode(): { readonly host: string; readonly port: number } | undefined
}

interface Lifecycle {
  on(event: 'error', listener: (error: unknown) => void): unknown
  connect(): Promise<unknown>
  close(): unknown
  destroy(): unknown
}

export interface OpenOptions {
  /** Whether reads may go to the replicas that the cluster or the sentinels name. */
  readonly replicas: boolean
  /** Whether to say nothing on connecting that only Redis and Valkey understand. */
  readonly plain: boolean
}

export interface OpenRedis {
  readonly connection: Connection
  /** Connects. Rejects when the first attempt fails; afterwards the client finds back by itself. */
  readonly connect: () => Promise<unknown>
  /** Ends when what is under way has been answered. */
  readonly close: () => Promise<unknown>
  /** Ends at once; what is under way is rejected. */
  readonly destroy: () => Promise<unknown>
}

/** A connection without a word for so long leads to a frozen server, or one behind a cut cable. */
const silenceMs = 5000
/** Of what waits for an answer. Beyond that it is refused. */
const mostWaiting = 100_000
const longestPauseMs = 1000

export async function openRedis(location: RedisLocation, options: OpenOptions): Promise<OpenRedis> {
  const driver = await loadDriver()
  const { nodes, tls, username, password, database, primary } = location
  const socket = {
    ...(tls ? { tls: true } : {}),
    connectTimeout: silenceMs,
    socketTimeout: silenceMs,
    reconnectStrategy,
  }
  const client = {
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
    ...(database === 0 ? {} : { database }),
    ...(options.plain ? { RESP: 2, disableClientInfo: true, maintNotifications: 'disabled' } : {}),
    socket,
    pingInterval: silenceMs / 2,
    disableOfflineQueue: true,
    commandsQueueMaxLength: mostWaiting,
  }
  switch (location.kind) {
    case 'single': {
      const opened = driver.createClient({ ...client, socket: { ...socket, ...nodes[0] } })
      return live(opened, overNodeRedis(opened), () => untilFirstError(opened))
    }
    case 'cluster': {
      const opened = driver.createCluster({
        rootNodes: nodes.map((node) => ({ socket: node })),
        defaults: client,
        useReplicas: options.replicas,
        // Otherwise one dead server of many would keep all from being used.
        minimizeConnections: true,
        topologyRefreshOnReconnectionAttemptStrategy: longestPauseMs / 2,
      })
      return live(opened, overNodeRedisCluster(opened))
    }
    case 'sentinel': {
      const opened = driver.createSentinel({
        name: primary,
        sentinelRootNodes: nodes,
        nodeClientOptions: client,
        sentinelClientOptions: { socket, disableOfflineQueue: true },
        replicaPoolSize: options.replicas ? 1 : 0,
        maxCommandRediscovers: 0,
        scanInterval: silenceMs,
      })
      const ear = () => {
        const node = opened.getMasterNode()
        if (node === undefined) throw new Error('no sentinel knows a primary')
        const { host, port } = node
        return nodeRedisEar(driver.createClient({ ...client, socket: { ...socket, host, port } }))
      }
      return live(opened, overNodeRedisSentinel(opened, ear))
    }
  }
}

function live(
  client: Lifecycle,
  connection: Connection,
  connect: () => Promise<unknown> = () => client.connect(),
): OpenRedis {
  let lastError: unknown
  client.on('error', (error) => {
    lastError = error
  })
  return {
    connection,
    async connect() {
      try {
        await connect()
      } catch (error) {
        // A cluster says why only on the way.
        throw lastError ?? error
      }
    },
    close: async () => client.close(),
    destroy: async () => client.destroy(),
  }
}

/** By itself the client would go on trying where somebody hangs up on it. */
function untilFirstError(client: Lifecycle): Promise<unknown> {
  return new Promise((resolve, reject) => {
    client.on('error', reject)
    client.connect().then(resolve, reject)
  })
}

/** Who has never been connected is told so; who has lost a connection tries to get it back for ever. */
function reconnectStrategy(retries: number, cause: unknown): number | false {
  if (retries === 0 && !isLoss(cause)) return false
  return Math.min(2 ** retries * 25, longestPauseMs)
}

function isLoss(cause: unknown): boolean {
  if (!(cause instanceof Error)) return false
  if ('syscall' in cause) return cause.syscall === 'read' || cause.syscall === 'write'
  return cause.constructor.name.startsWith('Socket')
}

async function loadDriver(): Promise<Driver> {
  try {
    return await import('redis')
  } catch (cause) {
    const instead = ', or hand over a client of ioredis'
    throw missingPackage('The URL of a redis server', 'redis', cause, instead)
  }
}
