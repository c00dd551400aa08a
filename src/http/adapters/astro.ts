import type { Duration } from '../../contracts/cache.ts'
import type { ConditionalOptions } from '../page/conditional.ts'
import type { PageOptions, Purging } from '../page/page.ts'
import { type PageVerbs, pageVerbs } from '../page/page-verbs.ts'
import { conditionalStep, pageStep, patchStep, type WebStep } from '../page/web-steps.ts'

export type { CacheControlOptions } from '../page/cache-control.ts'
export type { ConditionalOptions } from '../page/conditional.ts'
export type { PageOptions, Purging } from '../page/page.ts'

/** What of the context of Astro's middleware is made use of. */
export interface AstroContext {
  readonly request: Request
  /** The same for a page and for what it is rewritten to, which may be told what nobody outside is. */
  readonly locals: object
  readonly isPrerendered: boolean
  readonly cookies: {
    /** The `Set-Cookie` lines of what has been set, which Astro adds when all of the chain has answered. */
    headers(): Iterable<string>
  }
}

/** The `onRequest` of `src/middleware.ts`, or one of its `sequence`. */
export type AstroHandler<C extends AstroContext = AstroContext> = (
  context: C,
  next: () => Promise<Response>,
) => Promise<Response>

/**
 * Caches what comes after it in the sequence for `ttl`, unless it declares another lifetime. A request
 * for which something before has set a cookie passes by, and so does what is prerendered, or is part of
 * a page by `rewrite`. Throws a `ConfigError` for options that make no sense.
 */
export function cachePage<C extends AstroContext = AstroContext>(
  ttl: Duration,
  options: PageOptions<C>,
): AstroHandler<C> & Purging {
  return caching(ttl, options)
}

/** As `cachePage`, for what declares its own lifetime alone. */
export function httpCache<C extends AstroContext = AstroContext>(
  options: PageOptions<C>,
): AstroHandler<C> & Purging {
  return caching(undefined, options)
}

type Verbs = PageVerbs<AstroHandler>
const verbs: Verbs = pageVerbs((patch) => handlerOf(patchStep(patch)))

/** Adds to `Cache-Control`, and loosens nothing that the page says. */
export const cacheControl: Verbs['cacheControl'] = verbs.cacheControl

/** Lets nobody keep anything of it. */
export const neverCache: AstroHandler = verbs.neverCache

/** Lets these request fields select the page, before or after the cache in the sequence. */
export const varyOnHeaders: Verbs['varyOnHeaders'] = verbs.varyOnHeaders

/** Keeps pages of different cookies apart: by default those of requests with cookies are then not cached. */
export const varyOnCookie: AstroHandler = verbs.varyOnCookie

/** Answers 304 or 412 before the page is rendered, where the validators tell enough (RFC 9110 §13). */
export function conditional<C extends AstroContext = AstroContext>(
  options: ConditionalOptions<C>,
): AstroHandler<C> {
  return handlerOf(conditionalStep(options))
}

function handlerOf<C extends AstroContext>(step: WebStep<C>): AstroHandler<C> {
  return (context, next) => step(context, () => next())
}

function caching<C extends AstroContext>(
  ttl: Duration | undefined,
  options: PageOptions<C>,
): AstroHandler<C> & Purging {
  const step = pageStep(ttl, options)
  const inside = new WeakSet<object>()
  const handler: AstroHandler<C> = async (context, next) => {
    const { cookies, locals, request } = context
    if (inside.has(locals) || passesBy(context)) return next()
    const response = await step(context, async (asked) => {
      inside.add(locals)
      adopt(request, asked)
      return withCookies(await next(), [...cookies.headers()])
    })
    return withoutCookies(response, [...cookies.headers()])
  }
  return Object.assign(handler, { purge: step.purge, settled: step.settled })
}

/** HEAD too: the page that a renewal wants would be one without a body. */
function passesBy({ cookies, isPrerendered, request }: AstroContext): boolean {
  return isPrerendered || request.method === 'HEAD' || [...cookies.headers()].length > 0
}

/** Makes the request ask what the cache asks: Astro takes no other one. */
function adopt({ headers }: Request, asked: Request): void {
  for (const name of [...headers.keys()]) if (!asked.headers.has(name)) headers.delete(name)
  for (const [name, value] of asked.headers) headers.set(name, value)
}

/** Astro adds them when the cache has long decided what to keep. */
function withCookies(response: Response, lines: readonly string[]): Response {
  if (lines.length === 0) return response
  const copy = new Response(response.body, response)
  for (const line of lines) copy.headers.append('Set-Cookie', line)
  return copy
}

/** Without those that Astro is still to add. */
function withoutCookies(response: Response, lines: readonly string[]): Response {
  if (lines.length === 0) return response
  const others = response.headers.getSetCookie().filter((line) => !lines.includes(line))
  response.headers.delete('Set-Cookie')
  for (const line of others) response.headers.append('Set-Cookie', line)
  return response
}
