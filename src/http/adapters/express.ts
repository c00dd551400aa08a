import type { ServerResponse } from 'node:http'
import type { Duration } from '../../contracts/cache.ts'
import { systemClock } from '../../kernel/system-clock.ts'
import { declareOn } from '../node/declare-on.ts'
import { type ExpressRequest, expressShell } from '../node/express-shell.ts'
import { patchableResponse } from '../node/response-fields.ts'
import { type ConditionalOptions, conditionOf, tellCondition } from '../page/conditional.ts'
import type { HeadPatch } from '../page/head-patches.ts'
import type { PageOptions, Purging } from '../page/page.ts'
import { type PageVerbs, pageVerbs } from '../page/page-verbs.ts'

export type { ExpressApp, ExpressRequest } from '../node/express-shell.ts'
export type { CacheControlOptions } from '../page/cache-control.ts'
export type { ConditionalOptions } from '../page/conditional.ts'
export type { PageOptions, Purging } from '../page/page.ts'

/** For `app.use`, a router, or before the handler of a route. */
export type ExpressMiddleware<R extends ExpressRequest = ExpressRequest> = (
  request: R,
  response: ServerResponse,
  next: (error?: unknown) => void,
) => void

/**
 * Caches what comes after it in the chain for `ttl`, unless the handler declares another lifetime.
 * What was set on the response before it, by helmet or cors, belongs to the current response; what is
 * set after it is part of the page. Throws a `ConfigError` for options that make no sense.
 */
export function cachePage<R extends ExpressRequest = ExpressRequest>(
  ttl: Duration,
  options: PageOptions<R>,
): ExpressMiddleware<R> & Purging {
  return middleware(ttl, options)
}

/** As `cachePage`, for what declares its own lifetime alone. */
export function httpCache<R extends ExpressRequest = ExpressRequest>(
  options: PageOptions<R>,
): ExpressMiddleware<R> & Purging {
  return middleware(undefined, options)
}

type Verbs = PageVerbs<ExpressMiddleware>
const verbs: Verbs = pageVerbs(patching)

/** Adds to `Cache-Control`, and loosens nothing that the handler says. */
export const cacheControl: Verbs['cacheControl'] = verbs.cacheControl

/** Lets nobody keep anything of it. */
export const neverCache: ExpressMiddleware = verbs.neverCache

/** Lets these request fields select the page, before or after the cache in the chain. */
export const varyOnHeaders: Verbs['varyOnHeaders'] = verbs.varyOnHeaders

/** Keeps pages of different cookies apart: by default those of requests with cookies are then not cached. */
export const varyOnCookie: ExpressMiddleware = verbs.varyOnCookie

/** Answers 304 or 412 before the handler runs, where the validators tell enough (RFC 9110 §13). */
export function conditional<R extends ExpressRequest = ExpressRequest>(
  options: ConditionalOptions<R>,
): ExpressMiddleware<R> {
  const conditionFor = conditionOf(options)
  return async (request, response, next) => {
    const { method = 'GET', originalUrl: url, rawHeaders: headers } = request
    const condition = await conditionFor(request, { method, url, headers }, systemClock.now())
    if (condition.status !== undefined) response.statusCode = condition.status
    // At once: Express makes a tag of its own where there is none.
    tellCondition(condition)(patchableResponse(response))
    if (condition.status === undefined) next()
    else response.end()
  }
}

function middleware<R extends ExpressRequest>(
  ttl: Duration | undefined,
  options: PageOptions<R>,
): ExpressMiddleware<R> & Purging {
  const { shell, purging } = expressShell(ttl, options)
  const answer: ExpressMiddleware<R> = (request, response, next) =>
    shell.answer(request, response, () => next())
  return Object.assign(answer, purging)
}

function patching(patch: HeadPatch): ExpressMiddleware {
  return (_, response, next) => {
    declareOn(response, patch)
    next()
  }
}
