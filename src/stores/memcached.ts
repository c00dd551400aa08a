import type { Clock } from '../contracts/clock.ts'
import type { Bytes, Replacement, Store, StoreRecord } from '../contracts/store.ts'
import { expectFunction, expectOptions, invalid } from '../kernel/expect.ts'
import { hasStamp } from '../kernel/stamp.ts'
import { systemClock } from '../kernel/system-clock.ts'
import { changeItems } from './memcached/compare-and-set.ts'
import { expiryOf, itemKey } from './memcached/item.ts'
import type { MemcachedClient } from './memcached/memcached-client.ts'
import { MetaClient } from './memcached/meta-client.ts'
import { type Connect, connectPlain, serverAddresses } from './memcached/server-address.ts'
import { sealed, unsealed } from './sealed-value.ts'
import { storeFailure } from './store-failure.ts'

export type {
  MemcachedClient,
  MemcachedItem,
  MemcachedOutcome,
  MemcachedRemoval,
  MemcachedWrite,
} from './memcached/memcached-client.ts'
export type { Connect, ServerAddress } from './memcached/server-address.ts'

/** Which servers there are, and how they are reached. */
export interface MemcachedStoreOptions {
  /**
   * The servers, which need Memcached 1.6: `'a:11211,b'`, or an array of such. Each is `host`,
   * `host:port`, `[ipv6]:port` or the path of a Unix socket. A key belongs to one of them by its
   * name here, so all processes must name the servers alike. The port is 11211 unless told.
   */
  readonly servers?: string | readonly string[] | undefined
  /** In place of `servers`: a client of your own, behind this small interface. It is not closed. */
  readonly client?: MemcachedClient | undefined
  /**
   * Whether the keys of a server that does not answer go to the others until it is back. A server
   * that was cut off, rather than restarted, comes back with what it held before: what was deleted
   * meanwhile is then served again, until it expires. Without it operations on such keys reject.
   * @default false
   */
  readonly failover?: boolean | undefined
  /**
   * Whether `servers` is the configuration endpoint of an ElastiCache cluster, whose nodes are
   * asked for once a minute. @default false
   */
  readonly discover?: boolean | undefined
  /** Opens a stream to a server: how to use TLS. @default plain TCP or a Unix socket */
  readonly connect?: Connect | undefined
  /** Tells the time. @default the system's */
  readonly clock?: Clock | undefined
}

const known: ReadonlySet<string> = new Set([
  'servers',
  'client',
  'failover',
  'discover',
  'connect',
  'clock',
])

/**
 * A store on Memcached servers. Keys are spread over them by rendezvous hashing. A server that is
 * down, or that does not answer for seconds, makes operations on its keys reject with a `StoreError`
 * at once, until it is back. The store never sends `flush_all`, and cannot list its keys.
 */
export function memcachedStore(options: MemcachedStoreOptions): Store {
  expectOptions('memcachedStore', options, known)
  const { clock = systemClock } = options
  const client = clientOf(options, clock)
  const usage = client.usage?.bind(client)
  const itemKeyOf = (key: string) => itemKey(key, client.keys)
  const isLive = ({ expiresAt }: StoreRecord) => expiresAt > clock.now()
  const liveValue = (item: Bytes | undefined) => item && unsealed(item, clock.now())
  const itemOf = (record: StoreRecord) => ({
    key: itemKeyOf(record.key),
    value: sealed(record),
    expiry: expiryOf(record.expiresAt, clock.now()),
  })

  const setMany = async (records: readonly StoreRecord[]): Promise<string[]> => {
    const last = new Map(records.map((record) => [record.key, record]))
    const live = [...last.values()].filter(isLive)
    for (const { key } of live) last.delete(key)
    const remove = (keys: Iterable<string>) =>
      client.delete(Array.from(keys, (key) => ({ key: itemKeyOf(key) })))
    const [outcomes] = await Promise.all([client.set(live.map(itemOf)), remove(last.keys())])
    const refused = live.flatMap(({ key }, i) => (outcomes[i] === 'done' ? [] : key))
    await remove(refused)
    return refused
  }
  /** What is dead by the clock is removed too: others, whose clocks are behind, may see it live. */
  const deleteMany = (keys: readonly string[]): Promise<boolean[]> =>
    changeItems(
      client,
      keys.map((key) => ({
        key: itemKeyOf(key),
        decide: (item) => ({ act: 'remove', answer: liveValue(item) !== undefined }),
      })),
    )
  /** Where a dead record is in the way, or one of a key after the other, it takes a look. */
  const addCarefully = (records: readonly StoreRecord[]): Promise<boolean[]> =>
    changeItems(
      client,
      records.map((record) => ({
        key: itemKeyOf(record.key),
        decide(item) {
          if (liveValue(item)) return { act: 'leave', answer: false }
          return { act: isLive(record) ? itemOf(record) : 'remove', answer: true }
        },
      })),
    )
  const addMany = async (records: readonly StoreRecord[]): Promise<boolean[]> => {
    if (!records.every(isLive)) return addCarefully(records)
    const outcomes = await client.set(
      records.map((record) => ({ ...itemOf(record), when: 'absent' })),
    )
    const answers = outcomes.map((outcome) => outcome === 'done')
    const declined = [...records.keys()].filter((i) => outcomes[i] === 'declined')
    const added = await addCarefully(declined.map((i) => records[i] as StoreRecord))
    for (const [at, i] of declined.entries()) answers[i] = added[at] as boolean
    return answers
  }
  const replaceMany = (replacements: readonly Replacement[]): Promise<boolean[]> =>
    changeItems(
      client,
      replacements.map(({ key, stamp, record }) => ({
        key: itemKeyOf(key),
        decide(item) {
          const value = liveValue(item)
          if (!value || !hasStamp(value, stamp)) return { act: 'leave', answer: false }
          return { act: record && isLive(record) ? itemOf(record) : 'remove', answer: true }
        },
      })),
    )

  return {
    name: 'memcached',
    getMany: (keys) =>
      surface(async () => {
        const items = await client.get(keys.map(itemKeyOf))
        const now = clock.now()
        return items.map((item) => item && unsealed(item, now))
      }),
    setMany: (records) => surface(() => setMany(records)),
    deleteMany: (keys) => surface(() => deleteMany(keys)),
    async close() {
      if (client instanceof MetaClient) await client.close()
    },
    ...(client.gets && {
      addMany: (records) => surface(() => addMany(records)),
      replaceMany: (replacements) => surface(() => replaceMany(replacements)),
    }),
    ...(usage && { usage: () => surface(usage) }),
  }
}

/** The client of the caller's, which knows its servers, or one that this store opens and closes. */
function clientOf(options: MemcachedStoreOptions, clock: Clock): MemcachedClient {
  const { client, servers, failover = false, discover = false, connect = connectPlain } = options
  if (client === undefined) {
    const addresses = serverAddresses(servers)
    expectBoolean('failover', failover)
    expectBoolean('discover', discover)
    expectFunction('connect', connect)
    return new MetaClient({ addresses, failover, discover, connect, clock })
  }
  for (const name of ['servers', 'failover', 'discover', 'connect'] as const) {
    if (options[name] !== undefined) throw invalid(name, 'left to `client`', options[name])
  }
  for (const name of ['get', 'set', 'delete'] as const) {
    expectFunction(`client.${name}`, client[name])
  }
  return client
}

function expectBoolean(option: string, value: unknown): void {
  if (typeof value !== 'boolean') throw invalid(option, 'true or false', value)
}

async function surface<T>(operation: () => Promise<T>): Promise<T> {
  try {
    return await operation()
  } catch (cause) {
    throw storeFailure('The memcached store', cause)
  }
}
