import type { Cache } from '../contracts/cache.ts'
import type { Clock } from '../contracts/clock.ts'
import { expectFunction, expectOptions } from '../kernel/expect.ts'
import { systemClock } from '../kernel/system-clock.ts'
import { type HitCount, HitCounts } from './hit-counts.ts'

/** Where points are counted. */
export interface FlexibleLimiterOptions<Limits extends object = object> {
  /** Where points are counted: in the namespace `limiter` of it. */
  readonly cache: Cache
  /** What the class takes: `points`, `duration`, `blockDuration`, `keyPrefix` … */
  readonly limits: Limits
  /** Tells the time. @default the system's */
  readonly clock?: Clock | undefined
}

const known: ReadonlySet<string> = new Set<keyof FlexibleLimiterOptions>([
  'cache',
  'limits',
  'clock',
])

/** What was counted, as the class reads it from its store. */
interface StoredPoints {
  readonly consumedPoints: number
  /** Milliseconds; -1 for ever. */
  readonly msBeforeNext: number
}

/** What the limiters of rate-limiter-flexible ask their stores by. */
interface StoreVerbs {
  _upsert(key: string, points: number, window: number, replace?: boolean): Promise<StoredPoints>
  _get(key: string): Promise<StoredPoints | null>
  _delete(key: string): Promise<boolean>
}

/**
 * A limiter of rate-limiter-flexible that counts in a cache, atomically for all processes that share
 * the cache's store. It is made from the class `RateLimiterMemcache`, which brings everything but a
 * client: here it needs none. Throws a `ConfigError` for options that make no sense.
 */
export function flexibleLimiter<Limiter extends object, Limits extends object>(
  RateLimiterMemcache: new (options: Limits & { storeClient: Cache }) => Limiter,
  options: FlexibleLimiterOptions<Omit<Limits, 'storeClient'>>,
): Limiter {
  expectFunction('RateLimiterMemcache', RateLimiterMemcache)
  expectOptions('flexibleLimiter', options, known)
  const { cache, limits, clock = systemClock } = options
  const counts = new HitCounts(cache.namespace('limiter'), clock)
  const stored = ({ count, endsAt }: HitCount): StoredPoints => ({
    consumedPoints: count,
    msBeforeNext: endsAt === Infinity ? -1 : Math.max(0, endsAt - clock.now()),
  })
  const verbs: StoreVerbs = {
    async _upsert(key, points, window, replace = false) {
      const lifetime = window > 0 ? window : Infinity
      if (!replace) return stored(await counts.add(key, points, lifetime))
      await counts.set(key, points, lifetime)
      return stored({ count: points, endsAt: clock.now() + lifetime })
    },
    async _get(key) {
      const found = await counts.find(key)
      return found === undefined ? null : stored(found)
    },
    _delete: (key) => counts.remove(key),
  }
  return Object.assign(
    Reflect.construct(RateLimiterMemcache, [{ ...limits, storeClient: cache }]),
    verbs,
  )
}
