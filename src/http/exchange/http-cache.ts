import type { Cache } from '../../contracts/cache.ts'
import type { Clock } from '../../contracts/clock.ts'
import { expectOptions, invalid } from '../../kernel/expect.ts'
import { bytes } from '../../kernel/size.ts'
import { systemClock } from '../../kernel/system-clock.ts'
import { type Profile, profiles, type Rules } from '../engine/rules.ts'
import { normalUrl } from '../engine/url.ts'
import type { HttpRequest, HttpResponse, Origin, RequestHead } from '../message.ts'
import { Answers } from './answers.ts'
import { Exchange } from './exchange.ts'
import { Fetcher } from './fetcher.ts'
import { PageStore } from './page-store.ts'
import { SoftPurges } from './soft-purges.ts'
import { tagOf } from './tags.ts'

/** Where responses are kept, and by which rules. */
export interface HttpCacheOptions {
  /** Where responses are kept: memory, and what is behind it. */
  readonly cache: Cache
  /** `safe` refuses what has leaked in practice; `rfc` does all that RFC 9111 allows. @default 'safe' */
  readonly profile?: Profile | undefined
  /** Choices that differ from the profile's. */
  readonly rules?: Partial<Rules> | undefined
  /** How this cache calls itself in `Cache-Status` (RFC 9211). @default 'hotset' */
  readonly name?: string | undefined
  /** Begins the keys, for several HTTP caches on one cache. @default '' */
  readonly keyPrefix?: string | undefined
  /** Bytes of bodies that may be on their way into the cache at a time; others pass by it. @default '64mb' */
  readonly maxInFlight?: number | string | undefined
  /** Tells the time. @default the system's */
  readonly clock?: Clock | undefined
}

const known: ReadonlySet<string> = new Set<keyof HttpCacheOptions>([
  'cache',
  'profile',
  'rules',
  'name',
  'keyPrefix',
  'maxInFlight',
  'clock',
])

const purgeable: ReadonlySet<string> = new Set(['url', 'tag', 'group', 'origin'])

/** What is to be purged: a cache group (RFC 9875) is one of an origin such as `https://example.org`. */
export type Purge =
  | { readonly url: string }
  | { readonly tag: string }
  | { readonly group: string; readonly origin: string }

/** An HTTP cache by RFC 9111, between clients and an origin. */
export interface HttpCache {
  /** How it calls itself in `Cache-Status`. */
  readonly name: string
  /** Answers from what is stored, or asks the origin. Rejects with the origin's own error where nothing stands in for it. */
  handle(request: HttpRequest, origin: Origin, overrides?: Partial<Rules>): Promise<HttpResponse>
  /** A complete answer from memory, in this turn; `undefined` says only that `handle` must be asked. */
  answerNow(request: RequestHead, overrides?: Partial<Rules>): HttpResponse | undefined
  /**
   * Removes what is stored for a URL, with all its variants, or what has a tag (`Surrogate-Key`,
   * `Cache-Tag`) or is in a cache group of an origin. Once it has resolved no response from before is
   * served, in any process, whatever was under way. `soft` leaves it in place as stale: it is validated
   * before use, or stands in where `stale-while-revalidate` or `stale-if-error` allow it.
   */
  purge(what: Purge, options?: { readonly soft?: boolean | undefined }): Promise<void>
  /** Resolves once all that is on its way into the cache is there, for who is about to close that. */
  settled(): Promise<void>
}

/** Makes an HTTP cache on a cache. Throws a `ConfigError` for options that make no sense. */
export function createHttpCache(options: HttpCacheOptions): HttpCache {
  expectOptions('HTTP cache options', options, known)
  const { cache, clock = systemClock, keyPrefix = '', name = 'hotset', profile = 'safe' } = options
  const room = { left: bytes('maxInFlight', options.maxInFlight ?? '64mb') }
  const rules = { ...profiles[profile], ...options.rules }
  const answers = new Answers(name)
  const pages = new PageStore(cache, clock, keyPrefix)
  const softPurges = new SoftPurges(cache, clock, `http1:${keyPrefix} !`)
  const fetcher = new Fetcher(clock, answers, room)
  const exchange = new Exchange({ pages, softPurges, fetcher, answers, clock })
  const merged = new WeakMap<Partial<Rules>, Rules>()
  const rulesOf = (overrides: Partial<Rules> | undefined): Rules => {
    if (overrides === undefined) return rules
    const known = merged.get(overrides) ?? { ...rules, ...overrides }
    merged.set(overrides, known)
    return known
  }
  return {
    name,
    handle: (request, origin, overrides) =>
      exchange.handle({ request, origin, rules: rulesOf(overrides) }),
    answerNow: (request, overrides) => exchange.answerNow(request, rulesOf(overrides)),
    settled: () => exchange.settled(),
    async purge(what, { soft = false } = {}) {
      const tags = await tagsOf(what, pages)
      await (soft ? softPurges.add(tags) : cache.invalidate(tags))
    },
  }
}

/** The cache's tags for what is to be purged. */
async function tagsOf(what: Purge, pages: PageStore): Promise<string[]> {
  expectOptions('purge', what, purgeable)
  if ('tag' in what) return [tagOf(`tag:${what.tag}`)]
  if ('group' in what)
    return [tagOf(`group:${expectUrl('origin', what.origin).origin} ${what.group}`)]
  expectUrl('url', what.url)
  return pages.urlTags([what.url, normalUrl(what.url)])
}

function expectUrl(option: string, url: string): URL {
  if (!URL.canParse(url)) throw invalid(option, 'an absolute URL', url)
  return new URL(url)
}
