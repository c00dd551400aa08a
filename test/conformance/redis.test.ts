import { setTimeout } from 'node:timers/promises'
import { Cluster, Redis } from 'ioredis'
import { createClient, createClientPool, createCluster } from 'redis'
import { afterAll, beforeAll, describe, test, vi } from 'vitest'
import { type RedisStoreOptions, redisStore } from '../../src/stores/redis.ts'
import { storeCasesFor } from '../../src/testing/store-cases.ts'
import { storeWorld } from '../../src/testing/store-world.ts'
import { startRedis } from '../servers/redis.ts'
import { type RedisCluster, startRedisCluster } from '../servers/redis-cluster.ts'
import type { Server } from '../servers/start-server.ts'

vi.setConfig({ maxConcurrency: 50 })

const unopened = 'redis://localhost'
const allCases = storeCasesFor(redisStore({ url: unopened }))
const plainCases = storeCasesFor(redisStore({ url: unopened, commands: 'plain' }))

/** One byte more than the server takes. */
const tooLarge = 512 * 1024 ** 2 + 1

const punctual = storeWorld({ tooLarge })
/** The server begins to count when a command without an instant comes. */
const late = storeWorld({
  tooLarge,
  clock: { now: Date.now, pass: (ms) => setTimeout(ms + 250) },
})

const closing: (() => void)[] = []
function closeClients(): void {
  for (const close of closing.splice(0)) close()
}

describe('one server', () => {
  let server: Server
  beforeAll(async () => {
    server = await startRedis()
  })
  afterAll(async () => {
    closeClients()
    await server.stop()
  })
  const url = (database: number) => `redis://127.0.0.1:${server.port}/${database}`

  describe.concurrent('each in a database of its own', () => {
    proves('by its URL', () => ({ url: url(1) }))
    proves('by node-redis', async () => ({
      client: await connected(createClient({ url: url(2) })),
    }))
    proves('by node-redis in RESP2', async () => ({
      client: await connected(createClient({ url: url(3), RESP: 2 })),
    }))
    proves('by a pool of node-redis', async () => ({
      client: await connected(createClientPool({ url: url(7) }, { maximum: 10 })),
    }))
    proves('by ioredis', () => ({ client: disconnecting(new Redis(url(4))) }))
    proves('by ioredis that pipelines by itself, in RESP2', () => ({
      client: disconnecting(new Redis(url(5), { enableAutoPipelining: true, protocol: 2 })),
    }))
    proves('in plain commands', () => ({ url: url(6), commands: 'plain' }), plainCases, late)
  })
})

describe('a cluster of six', () => {
  let cluster: RedisCluster
  beforeAll(async () => {
    cluster = await startRedisCluster()
  })
  afterAll(async () => {
    closeClients()
    await cluster.stop()
  })
  const nodes = () => cluster.primaries.map(({ port }) => ({ host: '127.0.0.1', port }))

  proves('by its URL', () => ({
    url: `redis+cluster://${nodes().map(({ host, port }) => `${host}:${port}`)}`,
  }))
  proves('by node-redis', async () => ({
    client: await connected(createCluster({ rootNodes: nodes().map((socket) => ({ socket })) })),
  }))
  proves('by ioredis', () => ({ client: disconnecting(new Cluster(nodes())) }))
})

/** The cases run side by side. */
function proves(
  name: string,
  setUp: () => RedisStoreOptions | Promise<RedisStoreOptions>,
  cases = allCases,
  world = punctual,
): void {
  describe(name, () => {
    let options: RedisStoreOptions
    beforeAll(async () => {
      options = await setUp()
    })
    test.concurrent.each(cases)('$name', async ({ run }) => {
      const store = redisStore(options)
      // Connecting takes time, which the case would count.
      await store.getMany(['anything'])
      try {
        await run(store, world)
      } finally {
        await store.close()
      }
    })
  })
}

async function connected<C extends { connect(): Promise<unknown>; destroy(): void }>(
  client: C,
): Promise<C> {
  closing.push(() => client.destroy())
  await client.connect()
  return client
}

function disconnecting<C extends { disconnect(): void }>(client: C): C {
  closing.push(() => client.disconnect())
  return client
}
