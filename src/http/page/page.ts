import type { Cache, Duration } from '../../contracts/cache.ts'
import { waitingTime } from '../../kernel/duration.ts'
import { expectFunction, expectOptions, expectString, invalid } from '../../kernel/expect.ts'
import type { Rules } from '../engine/rules.ts'
import { createHttpCache, type HttpCache } from '../exchange/http-cache.ts'
import type { RequestHead } from '../message.ts'

/** How pages are cached; `R` is what the framework calls a request. */
export interface PageOptions<R> {
  /** Where pages are kept; shells on one cache, under one prefix, share what they keep. */
  readonly cache: Cache | HttpCache
  /** Begins the keys, for several sites on one cache. @default '' */
  readonly keyPrefix?: string | undefined
  /**
   * How long browsers may keep what has its lifetime from here; 0 lets them ask each time, so that
   * no copy outlives a purge. Nobody but browsers, where `cookies` or `variant` select pages. @default 0
   */
  readonly browserTtl?: Duration | undefined
  /** Statuses that get the lifetime. @default [200] */
  readonly statuses?: readonly number[] | undefined
  /**
   * Requests with cookies: for pages that declare no lifetime of their own they `'bypass'` the cache, or `'ignore'` all
   * cookies; or those of these names, and no others, select each page, which says `Vary: Cookie`. @default 'bypass'
   */
  readonly cookies?: 'bypass' | 'ignore' | readonly string[] | undefined
  /** Names by which pages can be purged, besides those of `Surrogate-Key` and `Cache-Tag`. @default none */
  readonly tags?: readonly string[] | ((request: R) => readonly string[]) | undefined
  /**
   * What else than URL and `Vary` tells pages apart, such as the locale or the tenant; `null` for a
   * request that is to pass by the cache. @default nothing
   */
  readonly variant?: ((request: R) => string | null) | undefined
}

const known: ReadonlySet<string> = new Set<keyof PageOptions<never>>([
  'cache',
  'keyPrefix',
  'browserTtl',
  'statuses',
  'cookies',
  'tags',
  'variant',
])

/** A request as the cache is asked. */
export interface Asked {
  readonly head: RequestHead
  readonly rules: Partial<Rules>
  /** For what is to be stored: by the same rules, with tags of its own. */
  rulesToFill(): Partial<Rules>
}

/** The part of page caching that is the same in all frameworks. */
export interface Page<R> {
  readonly cache: HttpCache
  /**
   * How the cache is asked for `request`, whose head is `head`; `undefined` where it is not to be, as when it
   * has been already for `exchange`: it would wait for itself.
   */
  ask(request: R, head: RequestHead, exchange: object): Asked | undefined
  /** What comes after it in the chain of `exchange` is now asked for the cache. */
  enter(exchange: object): void
}

/** What every shell can do besides answering. */
export type Purging = Pick<HttpCache, 'purge' | 'settled'>

/** That, of one page. */
export function purgingOf<R>({ cache: { purge, settled } }: Page<R>): Purging {
  return { purge, settled }
}

/** The name of what is no field of a request, and selects a page as if it were: none can be called so. */
const variantField = 'hotset variant'

/**
 * Throws a `ConfigError` for options that make no sense. Without `ttl` only what declares a lifetime
 * is cached; `limits` are what a shell cannot do.
 */
export function pageOf<R>(
  ttl: Duration | undefined,
  options: PageOptions<R>,
  limits: Partial<Rules> = {},
): Page<R> {
  expectOptions('page options', options, known)
  const { tags, variant } = options
  if (variant !== undefined) expectFunction('variant', variant)
  const rules = { ...rulesOf(ttl, options), ...limits }
  const rulesToFill = (request: R) =>
    typeof tags === 'function' ? { ...rules, tags: tags(request) } : rules
  const asked = (request: R, head: RequestHead): Asked => {
    return { head, rules, rulesToFill: () => rulesToFill(request) }
  }
  const cache = httpCacheOf(options.cache, options.keyPrefix)
  const inside = entered.get(cache) ?? new WeakSet()
  entered.set(cache, inside)
  return {
    cache,
    enter: (exchange) => void inside.add(exchange),
    ask(request, head, exchange) {
      if (inside.has(exchange)) return undefined
      if (variant === undefined) return asked(request, head)
      const chosen = variant(request)
      if (chosen === null) return undefined
      const headers = [...head.headers, variantField, escaped(chosen)]
      return asked(request, { ...head, headers })
    },
  }
}

/** Without what has a meaning in fields, such as commas; no two variants become one. */
function escaped(variant: string): string {
  return variant.replace(/[^\w-]/g, (char) => `.${char.charCodeAt(0).toString(16)}.`)
}

function rulesOf<R>(ttl: Duration | undefined, options: PageOptions<R>): Partial<Rules> {
  const { browserTtl, cookies, statuses, tags, variant } = options
  return {
    // Else anybody could keep a page cold: who has it made anew is who purges it.
    ...(ttl === undefined ? undefined : { ttl: finite('ttl', ttl), heedReload: false }),
    ...(browserTtl === undefined ? undefined : { browserTtl: finite('browserTtl', browserTtl) }),
    ...(cookies === undefined ? undefined : { cookies: expectCookies(cookies) }),
    ...(statuses === undefined ? undefined : { statuses }),
    ...(typeof tags === 'object' ? { tags } : undefined),
    ...(variant === undefined ? undefined : { vary: [variantField] }),
  }
}

function finite(option: string, duration: Duration): number {
  const ms = waitingTime(option, duration)
  if (ms === Infinity) throw invalid(option, 'finite, as HTTP knows no other lifetimes', duration)
  return ms
}

function expectCookies(cookies: unknown): 'bypass' | 'ignore' | readonly string[] {
  if (cookies === 'bypass' || cookies === 'ignore') return cookies
  if (!Array.isArray(cookies)) throw invalid('cookies', "'bypass', 'ignore' or names", cookies)
  return cookies.map((name) => expectString('cookies', name))
}

/** The requests, by what the runtime knows them by, whose answers are on their way through a cache. */
const entered = new WeakMap<HttpCache, WeakSet<object>>()

/** One for each cache and prefix, so that collapsing and purges concern all shells on it. */
const httpCaches = new WeakMap<Cache, Map<string, HttpCache>>()

export function httpCacheOf(cache: Cache | HttpCache, keyPrefix = ''): HttpCache {
  if (typeof cache !== 'object' || cache === null) throw invalid('cache', 'a cache', cache)
  if ('handle' in cache) {
    if (keyPrefix !== '') throw invalid('keyPrefix', "the HTTP cache's own", keyPrefix)
    return cache
  }
  const ofPrefix = httpCaches.get(cache) ?? new Map<string, HttpCache>()
  httpCaches.set(cache, ofPrefix)
  const existing = ofPrefix.get(keyPrefix)
  if (existing !== undefined) return existing
  const made = createHttpCache({ cache, keyPrefix })
  ofPrefix.set(keyPrefix, made)
  return made
}
