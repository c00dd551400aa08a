import type { Duration } from '../../contracts/cache.ts'
import { expectFunction } from '../../kernel/expect.ts'
import { systemClock } from '../../kernel/system-clock.ts'
import type { FieldLines, Origin } from '../message.ts'
import { sendAsGiven } from '../node/send-as-given.ts'
import { type ConditionalOptions, conditionOf, tellCondition } from '../page/conditional.ts'
import { applyPatches, declarePatch, type HeadPatch } from '../page/head-patches.ts'
import { joinFields, splitFields } from '../page/own-fields.ts'
import { type PageOptions, type Purging, pageOf, purgingOf } from '../page/page.ts'
import { type PageVerbs, pageVerbs } from '../page/page-verbs.ts'
import {
  asking,
  exchangeOf,
  headOf,
  linesOf,
  patched,
  replyOf,
  responseOf,
} from '../page/web-messages.ts'

export type { CacheControlOptions } from '../page/cache-control.ts'
export type { ConditionalOptions } from '../page/conditional.ts'
export type { PageOptions, Purging } from '../page/page.ts'

/** What Workers, Deno and Bun call for a request; `rest` is what they pass besides. */
export type FetchHandler<Rest extends readonly unknown[] = readonly unknown[]> = (
  request: Request,
  ...rest: Rest
) => Response | Promise<Response>

/** Makes a handler of a handler. */
export type FetchWrapper = <Rest extends readonly unknown[]>(
  handler: FetchHandler<Rest>,
) => FetchHandler<Rest>

/**
 * Caches what a handler answers for `ttl`, unless it declares another lifetime: a single page, or a
 * whole site (`cachePage('15m', { cache })(app.fetch)`). Throws a `ConfigError` for options that make no sense.
 */
export function cachePage(ttl: Duration, options: PageOptions<Request>): FetchWrapper & Purging {
  return wrapper(ttl, options)
}

/** As `cachePage`, for what declares its own lifetime alone. */
export function httpCache(options: PageOptions<Request>): FetchWrapper & Purging {
  return wrapper(undefined, options)
}

type Verbs = PageVerbs<FetchWrapper>
const verbs: Verbs = pageVerbs(patching)

/** Adds to `Cache-Control`, and loosens nothing that the handler says. */
export const cacheControl: Verbs['cacheControl'] = verbs.cacheControl

/** Lets nobody keep anything of it. */
export const neverCache: FetchWrapper = verbs.neverCache

/** Lets these request fields select the page, inside or outside of the cache. */
export const varyOnHeaders: Verbs['varyOnHeaders'] = verbs.varyOnHeaders

/** Keeps pages of different cookies apart: by default those of requests with cookies are then not cached. */
export const varyOnCookie: FetchWrapper = verbs.varyOnCookie

/** Answers 304 or 412 before the handler runs, where the validators tell enough (RFC 9110 §13). */
export function conditional(options: ConditionalOptions<Request>): FetchWrapper {
  const conditionFor = conditionOf(options)
  return (handler) =>
    async (request, ...rest) => {
      const { method, url, headers } = request
      const head = { method, url, headers: linesOf(headers) }
      const condition = await conditionFor(request, head, systemClock.now())
      const { status } = condition
      const response =
        status === undefined ? await handler(request, ...rest) : new Response(null, { status })
      return patched(response, tellCondition(condition))
    }
}

function patching(patch: HeadPatch): FetchWrapper {
  return (handler) =>
    async (request, ...rest) => {
      declarePatch(request, patch)
      return patched(await handler(request, ...rest), (head) => applyPatches(request, head))
    }
}

function wrapper(ttl: Duration | undefined, options: PageOptions<Request>): FetchWrapper & Purging {
  const page = pageOf(ttl, options)
  const wrap: FetchWrapper = (handler) => {
    expectFunction('handler', handler)
    return (request, ...rest) => {
      const exchange = exchangeOf(request, rest[0])
      const head = headOf(request, rest[0])
      const asked = head && page.ask(request, head, exchange)
      if (asked === undefined) return handler(request, ...rest)
      const now = page.cache.answerNow(asked.head, asked.rules)
      if (now !== undefined) {
        sendAsGiven(rest[0], now)
        return responseOf(now)
      }
      let own: FieldLines = []
      const origin: Origin = async (forwarded) => {
        const sent = asking(request, forwarded)
        page.enter(exchange)
        page.enter(sent)
        const response = await handler(sent, ...rest)
        const copy = patched(response, (head) => applyPatches(request, head))
        const reply = replyOf(copy, forwarded.method)
        const fields = splitFields([], reply.headers)
        // Of a renewal they are nobody's.
        if (!forwarded.background) own = fields.own
        return { ...reply, headers: fields.page }
      }
      const forwarded = { ...asked.head, signal: request.signal }
      return page.cache
        .handle(forwarded, origin, asked.rulesToFill())
        .then((answer) => responseOf(answer, joinFields(answer.headers, own)))
    }
  }
  return Object.assign(wrap, purgingOf(page))
}
