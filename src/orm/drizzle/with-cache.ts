import { systemClock } from '../../kernel/system-clock.ts'
import type { QueryCaching } from '../query-cache.ts'

/** The part of `config` that says when an entry ends; the rest is about hashes of Redis. */
export interface CacheLifetime {
  /** Seconds. */
  readonly ex?: number
  /** Milliseconds. */
  readonly px?: number
  /** Seconds since 1970. */
  readonly exat?: number
  /** Milliseconds since 1970. */
  readonly pxat?: number
}

/** What Drizzle makes of `$withCache(…)`. */
export interface WithCache {
  readonly enable: boolean
  readonly config?: CacheLifetime
  readonly tag?: string
  readonly autoInvalidate?: boolean
}

/** In the words of this library; undefined where nothing was said. */
export function cachingOf(given: WithCache | undefined): QueryCaching | false | undefined {
  if (given === undefined) return undefined
  if (!given.enable) return false
  return {
    ...lifetimeOf(given.config),
    ...(given.tag !== undefined && { tags: [given.tag] }),
  }
}

/** Nothing where nothing was said. */
export function lifetimeOf({ ex, px, exat, pxat }: CacheLifetime = {}): { readonly ttl?: number } {
  if (px !== undefined) return { ttl: px }
  if (ex !== undefined) return { ttl: ex * 1000 }
  const end = pxat ?? (exat === undefined ? undefined : exat * 1000)
  return end === undefined ? {} : { ttl: end - systemClock.now() }
}
