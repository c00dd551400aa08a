import type { Clock } from '../contracts/clock.ts'
import type { Store } from '../contracts/store.ts'
import type { RedisClient } from '../drivers/redis/client.ts'
import type { Connection } from '../drivers/redis/connection.ts'
import { handedLink, type Link, OpeningLink } from '../drivers/redis/link.ts'
import { redisLocation } from '../drivers/redis/location.ts'
import { expectFunction, expectOptions, invalid } from '../kernel/expect.ts'
import { Serial } from '../kernel/serial.ts'
import { systemClock } from '../kernel/system-clock.ts'
import { Records } from './redis/records.ts'
import { scanServers } from './redis/scan.ts'
import { policyWarning, serverMemory, totalUsage } from './redis/server-memory.ts'
import { storeFailure } from './store-failure.ts'

export type { RedisClient } from '../drivers/redis/client.ts'
export type { IoredisClient, IoredisCluster } from '../drivers/redis/ioredis.ts'
export type {
  NodeRedisClient,
  NodeRedisCluster,
  NodeRedisSentinel,
} from '../drivers/redis/node-redis.ts'

/** Which server, cluster or sentinels there are, and how they are used. */
export interface RedisStoreOptions {
  /**
   * Where the records are kept: `redis://[[user]:password@]host[:port][/database]`,
   * `redis+cluster://host[:port],…` or `redis+sentinel://host[:port],…/name`; with `rediss` for TLS,
   * and `valkey` for `redis`. The first operation opens it, by the package `redis`.
   */
  readonly url?: string | undefined
  /** Instead of `url`: a client of the package `redis` or `ioredis`, which is never closed. */
  readonly client?: RedisClient | undefined
  /**
   * Where records are read. `true`: also from the replicas that a cluster or sentinels name; a URL or
   * a client: there. What a replica answers may be older than what was acknowledged. @default false
   */
  readonly replicas?: boolean | string | RedisClient | undefined
  /**
   * `'plain'` uses GET, SET, DEL and EXISTS alone, and keeps values as text, for engines that speak
   * the protocol of Redis and are none. Nothing can be replaced or scanned then. @default 'all'
   */
  readonly commands?: 'all' | 'plain' | undefined
  /** The server has a clock of its own, that should agree with it. @default the system's */
  readonly clock?: Clock | undefined
  /** Told once if the server makes room in a way that does not suit a cache. @default process.emitWarning */
  readonly onWarning?: ((message: string) => void) | undefined
}

const known: ReadonlySet<string> = new Set([
  'url',
  'client',
  'replicas',
  'commands',
  'clock',
  'onWarning',
])

/**
 * A store on Redis or Valkey: one server, a cluster, or a primary that sentinels watch. Its operations
 * reject with a `StoreError` as soon as the server cannot be reached; nothing waits for its return.
 * The first one rejects with a `ConfigError` when the package `redis` is needed and not installed.
 */
export function redisStore(options: RedisStoreOptions): Store {
  expectOptions('redisStore', options, known)
  const { replicas = false, commands = 'all', clock = systemClock } = options
  const { onWarning = (message: string) => process.emitWarning(message) } = options
  if (commands !== 'all' && commands !== 'plain') {
    throw invalid('commands', "'all' or 'plain'", commands)
  }
  expectFunction('onWarning', onWarning)
  const plain = commands === 'plain'
  const linkTo = (target: string | RedisClient): Link =>
    typeof target === 'string'
      ? new OpeningLink(redisLocation(target), { replicas: replicas === true, plain }, clock.now)
      : handedLink(target)
  const primary = linkTo(expectTarget(options))
  const reader = typeof replicas === 'boolean' ? primary : linkTo(replicas)
  const records = new Records(plain, clock.now)

  /** Once; a server that does not tell is not asked again. */
  let warned = plain
  const warn = async (connection: Connection): Promise<void> => {
    warned = true
    for (const server of await connection.primaries()) {
      const warning = policyWarning(serverMemory(await server(['INFO', 'memory'])))
      if (warning !== undefined) return onWarning(`The redis store at ${primary.label}: ${warning}`)
    }
  }
  const over = <T>(link: Link, act: (connection: Connection) => Promise<T>): Promise<T> => {
    const connection = link.use()
    const answer = connection instanceof Promise ? connection.then(act) : act(connection)
    return answer.catch((error: unknown) => {
      link.failed(error)
      throw storeFailure(`The redis store at ${link.label}`, error)
    })
  }
  const change = <T>(act: (connection: Connection) => Promise<T>): Promise<T> =>
    over(primary, (connection) => {
      if (!warned) void warn(connection).catch(() => {})
      return act(connection)
    })
  /** Those of one key come one after the other, all others side by side. */
  const changeEach = <Item, Answer>(
    items: readonly Item[],
    keyOf: (item: Item) => string,
    act: (connection: Connection, item: Item) => Promise<Answer>,
  ): Promise<Answer[]> =>
    change((connection) => {
      const serial = new Serial()
      return Promise.all(items.map((item) => serial.run(keyOf(item), () => act(connection, item))))
    })

  const store: Store = {
    name: 'redis',
    getMany: (keys) =>
      over(reader, (connection) => records.read(connection, keys, replicas !== false)),
    async setMany(batch) {
      const last = [...new Map(batch.map((record) => [record.key, record])).values()]
      const taken = await change((connection) =>
        Promise.all(last.map((record) => records.put(connection, record))),
      )
      return last.filter((_, i) => !taken[i]).map(keyOf)
    },
    deleteMany: (keys) =>
      changeEach(keys, String, (connection, key) => records.remove(connection, key)),
    addMany: (batch) =>
      changeEach(batch, keyOf, (connection, record) => records.add(connection, record)),
    async close() {
      await Promise.all([primary.close(), reader.close()])
    },
  }
  if (plain) return store
  return {
    ...store,
    replaceMany: (replacements) =>
      changeEach(replacements, keyOf, (connection, replacement) =>
        records.replace(connection, replacement),
      ),
    /** One command makes all that a batch adds to a key: in order, and in one round trip. */
    incrementMany: (increments) =>
      change(async (connection) => {
        const ofKeys = await Promise.all(
          [...byKey(increments)].map(async ([key, some]) => {
            const answers = await records.increment(connection, key, some)
            return [key, answers] as const
          }),
        )
        const answers = new Map(ofKeys)
        return increments.map(({ key }) => answers.get(key)?.shift())
      }),
    getHeads: (keys, length) =>
      over(reader, (connection) => records.readHeads(connection, keys, length, replicas !== false)),
    async *scan(prefix) {
      const servers = await over(primary, (connection) => connection.primaries())
      const keys = scanServers(servers, prefix)
      for (;;) {
        const { done, value } = await over(primary, () => keys.next())
        if (done) return
        yield value
      }
    },
    usage: () => over(primary, async (connection) => totalUsage(await connection.primaries())),
  }
}

function keyOf({ key }: { readonly key: string }): string {
  return key
}

function byKey<Item extends { readonly key: string }>(items: readonly Item[]): Map<string, Item[]> {
  const groups = new Map<string, Item[]>()
  for (const item of items) {
    const group = groups.get(item.key)
    if (group) group.push(item)
    else groups.set(item.key, [item])
  }
  return groups
}

function expectTarget({ url, client }: RedisStoreOptions): string | RedisClient {
  if (url === undefined && client !== undefined) return client
  if (typeof url === 'string' && client === undefined) return url
  throw invalid('url', 'a string, or missing where there is a client', url)
}
