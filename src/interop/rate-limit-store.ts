import type { Cache } from '../contracts/cache.ts'
import type { Clock } from '../contracts/clock.ts'
import { expectOptions } from '../kernel/expect.ts'
import { systemClock } from '../kernel/system-clock.ts'
import { HitCounts } from './hit-counts.ts'

/** What a client has taken, as express-rate-limit wants it. */
export interface ClientHits {
  totalHits: number
  resetTime: Date
}

/** The `Store` of express-rate-limit 8. */
export interface RateLimitStore {
  /** The cache's name and the prefix: what express-rate-limit tells stores by that count together. */
  readonly prefix: string
  /** Others that use the cache count together with this one. */
  readonly localKeys: false
  init(options: { readonly windowMs: number }): void
  get(key: string): Promise<ClientHits | undefined>
  /** Counts one more, atomically; a window begins with the first. Rejects where the store fails. */
  increment(key: string): Promise<ClientHits>
  decrement(key: string): Promise<void>
  resetKey(key: string): Promise<void>
  resetAll(): Promise<void>
}

/** Where hits are counted. */
export interface RateLimitStoreOptions {
  /** Where hits are counted: in the namespace `limits` of it. */
  readonly cache: Cache
  /** Begins the keys, for several limits on one cache. @default '' */
  readonly prefix?: string | undefined
  /** Tells the time. @default the system's */
  readonly clock?: Clock | undefined
}

const known: ReadonlySet<string> = new Set<keyof RateLimitStoreOptions>([
  'cache',
  'prefix',
  'clock',
])
/** That of express-rate-limit, milliseconds. */
const defaultWindow = 60_000

/**
 * A store for express-rate-limit: one count for all processes that share the cache's store. Throws a
 * `ConfigError` for options that make no sense.
 */
export function rateLimitStore(options: RateLimitStoreOptions): RateLimitStore {
  expectOptions('rateLimitStore', options, known)
  const { cache, prefix = '', clock = systemClock } = options
  const counts = new HitCounts(cache.namespace('limits'), clock)
  let window = defaultWindow
  const hits = ({ count, endsAt }: { count: number; endsAt: number }): ClientHits => ({
    totalHits: count,
    resetTime: new Date(endsAt),
  })
  return {
    prefix: `${cache.name}:${prefix}`,
    localKeys: false,
    init({ windowMs }) {
      window = windowMs
    },
    async get(key) {
      const found = await counts.find(prefix + key)
      return found && hits(found)
    },
    increment: async (key) => hits(await counts.add(prefix + key, 1, window)),
    decrement: (key) => counts.takeBack(prefix + key),
    async resetKey(key) {
      await counts.remove(prefix + key)
    },
    resetAll: () => counts.clear(),
  }
}
