import type { Duration } from '../../contracts/cache.ts'
import type { ConditionalOptions } from '../page/conditional.ts'
import type { PageOptions, Purging } from '../page/page.ts'
import { type PageVerbs, pageVerbs } from '../page/page-verbs.ts'
import { conditionalStep, pageStep, patchStep, type WebStep } from '../page/web-steps.ts'

export type { CacheControlOptions } from '../page/cache-control.ts'
export type { ConditionalOptions } from '../page/conditional.ts'
export type { PageOptions, Purging } from '../page/page.ts'

/** What of a SvelteKit event is made use of. */
export interface SvelteKitEvent {
  /** As it came: what the client's router asks for has a URL of its own here, and not in `event.url`. */
  readonly request: Request
  /** Whether it is a `fetch` of another event, which may be told what nobody outside is. */
  readonly isSubRequest: boolean
  readonly cookies: {
    getAll(options: { decode: (value: string) => string }): { name: string; value: string }[]
  }
}

/** What a hook is called with. */
export interface SvelteKitInput<E> {
  event: E
  resolve(event: E): Response | Promise<Response>
}

/** The `handle` of `hooks.server.ts`, or one of its `sequence`. */
export type SvelteKitHandle<E extends SvelteKitEvent = SvelteKitEvent> = (
  input: SvelteKitInput<E>,
) => Promise<Response>

/**
 * Caches what SvelteKit answers for `ttl`, unless it declares another lifetime. SvelteKit declares
 * that the data for its client's router is private: `setHeaders` says otherwise. A request for which
 * a hook before has set a cookie passes by, and so does what SvelteKit fetches from itself. Throws a `ConfigError` for options that make no sense.
 */
export function cachePage<E extends SvelteKitEvent = SvelteKitEvent>(
  ttl: Duration,
  options: PageOptions<E>,
): SvelteKitHandle<E> & Purging {
  return caching(ttl, options)
}

/** As `cachePage`, for what declares its own lifetime alone. */
export function httpCache<E extends SvelteKitEvent = SvelteKitEvent>(
  options: PageOptions<E>,
): SvelteKitHandle<E> & Purging {
  return caching(undefined, options)
}

type Verbs = PageVerbs<SvelteKitHandle>
const verbs: Verbs = pageVerbs((patch) => handleOf(patchStep(patch)))

/** Adds to `Cache-Control`, and loosens nothing that the page says. */
export const cacheControl: Verbs['cacheControl'] = verbs.cacheControl

/** Lets nobody keep anything of it. */
export const neverCache: SvelteKitHandle = verbs.neverCache

/** Lets these request fields select the page, before or after the cache in the sequence. */
export const varyOnHeaders: Verbs['varyOnHeaders'] = verbs.varyOnHeaders

/** Keeps pages of different cookies apart: by default those of requests with cookies are then not cached. */
export const varyOnCookie: SvelteKitHandle = verbs.varyOnCookie

/** Answers 304 or 412 before SvelteKit does, where the validators tell enough (RFC 9110 §13). */
export function conditional<E extends SvelteKitEvent = SvelteKitEvent>(
  options: ConditionalOptions<E>,
): SvelteKitHandle<E> {
  return handleOf(conditionalStep(options))
}

function caching<E extends SvelteKitEvent>(
  ttl: Duration | undefined,
  options: PageOptions<E>,
): SvelteKitHandle<E> & Purging {
  const step = pageStep(ttl, options)
  const cached = handleOf(step)
  const handle: SvelteKitHandle<E> = async (input) =>
    passesBy(input.event) ? input.resolve(input.event) : cached(input)
  return Object.assign(handle, { purge: step.purge, settled: step.settled })
}

function handleOf<E extends SvelteKitEvent>(step: WebStep<E>): SvelteKitHandle<E> {
  return ({ event, resolve }) => step(event, async (request) => resolve({ ...event, request }))
}

/** A cookie that was set before is sent by SvelteKit alone, and the page may heed it. */
function passesBy({ cookies, isSubRequest, request }: SvelteKitEvent): boolean {
  const sent = (request.headers.get('cookie') ?? '').split(';').map((pair) => pair.trim())
  const known = cookies.getAll({ decode: (value) => value })
  return isSubRequest || known.some(({ name, value }) => !sent.includes(`${name}=${value}`))
}
