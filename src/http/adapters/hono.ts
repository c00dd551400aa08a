import type { Duration } from '../../contracts/cache.ts'
import { systemClock } from '../../kernel/system-clock.ts'
import type { FieldLines, HttpResponse, Origin } from '../message.ts'
import { outgoingOf, sendAsGiven } from '../node/send-as-given.ts'
import { SentHead } from '../node/sent-head.ts'
import { type ConditionalOptions, conditionOf, tellCondition } from '../page/conditional.ts'
import { applyPatches, declarePatch, type HeadPatch, patchableOf } from '../page/head-patches.ts'
import { joinFields, splitFields } from '../page/own-fields.ts'
import { type Asked, type PageOptions, type Purging, pageOf, purgingOf } from '../page/page.ts'
import { type PageVerbs, pageVerbs } from '../page/page-verbs.ts'
import { asking, exchangeOf, headOf, linesOf, replyOf, responseOf } from '../page/web-messages.ts'

export type { CacheControlOptions } from '../page/cache-control.ts'
export type { ConditionalOptions } from '../page/conditional.ts'
export type { PageOptions, Purging } from '../page/page.ts'

/** What of a Hono context is made use of. */
export interface HonoContext {
  readonly req: { raw: Request }
  /** On Node it has the message of Node's server. */
  readonly env: unknown
  get res(): Response
  set res(response: Response | undefined)
}

/** For `app.use`, or before the handler of a route. */
export type HonoMiddleware<C extends HonoContext = HonoContext> = (
  context: C,
  next: () => Promise<void>,
) => Promise<Response | undefined>

/**
 * Caches what comes after it in the chain for `ttl`, unless the handler declares another lifetime.
 * What is set on the response before it, or when it has answered, belongs to the current response; what
 * is set after it in the chain is part of the page. A chain of Hono is gone through once for each request: pages
 * with `stale-while-revalidate` are renewed in the background by the wrapper of `hotset/fetch` around
 * `app.fetch`, and here while their client waits. Throws a `ConfigError` for options that make no sense.
 */
export function cachePage<C extends HonoContext = HonoContext>(
  ttl: Duration,
  options: PageOptions<C>,
): HonoMiddleware<C> & Purging {
  return middleware(ttl, options)
}

/** As `cachePage`, for what declares its own lifetime alone. */
export function httpCache<C extends HonoContext = HonoContext>(
  options: PageOptions<C>,
): HonoMiddleware<C> & Purging {
  return middleware(undefined, options)
}

type Verbs = PageVerbs<HonoMiddleware>
const verbs: Verbs = pageVerbs(patching)

/** Adds to `Cache-Control`, and loosens nothing that the handler says. */
export const cacheControl: Verbs['cacheControl'] = verbs.cacheControl

/** Lets nobody keep anything of it. */
export const neverCache: HonoMiddleware = verbs.neverCache

/** Lets these request fields select the page, before or after the cache in the chain. */
export const varyOnHeaders: Verbs['varyOnHeaders'] = verbs.varyOnHeaders

/** Keeps pages of different cookies apart: by default those of requests with cookies are then not cached. */
export const varyOnCookie: HonoMiddleware = verbs.varyOnCookie

/** Answers 304 or 412 before the handler runs, where the validators tell enough (RFC 9110 §13). */
export function conditional<C extends HonoContext = HonoContext>(
  options: ConditionalOptions<C>,
): HonoMiddleware<C> {
  const conditionFor = conditionOf(options)
  return async (context, next) => {
    const { method, url, headers } = context.req.raw
    const head = { method, url, headers: linesOf(headers) }
    const condition = await conditionFor(context, head, systemClock.now())
    const { status } = condition
    declarePatch(context, tellCondition(condition))
    if (status === undefined) await next()
    else replace(context, new Response(null, { status, headers: context.res.headers }))
    applyTo(context)
    return undefined
  }
}

function patching(patch: HeadPatch): HonoMiddleware {
  return async (context, next) => {
    declarePatch(context, patch)
    await next()
    applyTo(context)
    return undefined
  }
}

function middleware<C extends HonoContext>(
  ttl: Duration | undefined,
  options: PageOptions<C>,
): HonoMiddleware<C> & Purging {
  const page = pageOf(ttl, options, { renewInBackground: false })

  const answer: HonoMiddleware<C> = async (context, next) => {
    const head = headOf(context.req.raw, context.env)
    const asked = head && page.ask(context, head, exchangeOf(context.req.raw, context.env))
    const now = asked && page.cache.answerNow(asked.head, asked.rules)
    if (now !== undefined) {
      const own = fieldsOf(context)
      if (own.length === 0) sendAsGiven(context.env, now)
      put(context, now, own)
    } else if (asked === undefined) await next()
    else await handle(asked, context, next)
    return undefined
  }

  async function handle(asked: Asked, context: C, next: () => Promise<void>): Promise<void> {
    const { raw } = context.req
    let own = fieldsOf(context)
    let sent: SentHead | undefined
    let ran = false
    const origin: Origin = async (request) => {
      if (ran) throw new Error('A chain of Hono can be gone through once')
      ran = true
      page.enter(exchangeOf(raw, context.env))
      const outgoing = outgoingOf(context.env)
      sent = outgoing && new SentHead(outgoing)
      context.req.raw = asking(raw, request)
      page.enter(context.req.raw)
      await next()
      applyTo(context)
      const reply = replyOf(context.res, request.method)
      const fields = splitFields(own, reply.headers)
      own = fields.own
      return { ...reply, headers: fields.page, added: sent?.added }
    }
    const request = { ...asked.head, signal: raw.signal }
    const answer = await page.cache.handle(request, origin, asked.rulesToFill())
    const fields = joinFields(answer.headers, own)
    sent?.give(fields)
    replace(context, responseOf(answer, fields))
  }
  return Object.assign(answer, purgingOf(page))
}

function fieldsOf(context: HonoContext): FieldLines {
  return linesOf(context.res.headers)
}

/** Makes a response that of the context, with the fields of both. */
function put(context: HonoContext, answer: HttpResponse, own: FieldLines): void {
  replace(context, responseOf(answer, joinFields(answer.headers, own)))
}

/** Hono adds the fields of the response before to a new one, unless that has gone. */
function replace(context: HonoContext, response: Response): void {
  context.res = undefined
  context.res = response
}

/** What was fetched cannot be changed: a copy can. */
function applyTo(context: HonoContext): void {
  const copy = new Response(context.res.body, context.res)
  applyPatches(context, patchableOf(copy))
  replace(context, copy)
}
