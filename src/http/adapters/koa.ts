import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Duration } from '../../contracts/cache.ts'
import { systemClock } from '../../kernel/system-clock.ts'
import type { HttpResponse, Origin } from '../message.ts'
import { UnfinishedError } from '../node/capture.ts'
import { goneSignal } from '../node/gone-signal.ts'
import { adopt } from '../node/renewal.ts'
import { Renewals } from '../node/renewals.ts'
import { headOf, targetSaidBy } from '../node/request-head.ts'
import { fieldsOf, patchableResponse, replaceFields } from '../node/response-fields.ts'
import { sendAtOnce } from '../node/send-through.ts'
import { SentHead } from '../node/sent-head.ts'
import { bodyOf, hasBody, payloadOf, StreamBody } from '../node/stream-body.ts'
import { type ConditionalOptions, conditionOf, tellCondition } from '../page/conditional.ts'
import { applyPatches, declarePatch, type HeadPatch } from '../page/head-patches.ts'
import { joinFields, splitFields } from '../page/own-fields.ts'
import { type Asked, type PageOptions, type Purging, pageOf, purgingOf } from '../page/page.ts'
import { type PageVerbs, pageVerbs } from '../page/page-verbs.ts'

export type { CacheControlOptions } from '../page/cache-control.ts'
export type { ConditionalOptions } from '../page/conditional.ts'
export type { PageOptions, Purging } from '../page/page.ts'

/** What of a Koa context is made use of. Scheme and host heed the application's `proxy`. */
export interface KoaContext {
  readonly req: IncomingMessage
  readonly res: ServerResponse
  readonly protocol: string
  readonly host: string
  readonly originalUrl: string
  readonly app: {
    readonly middleware: readonly unknown[]
    callback(): (message: IncomingMessage, response: ServerResponse) => unknown
  }
  status: number
  message: string
  body: unknown
  respond?: boolean | undefined
}

/** For `app.use`, a router, or before the handler of a route. */
export type KoaMiddleware<C extends KoaContext = KoaContext> = (
  context: C,
  next: () => Promise<unknown>,
) => Promise<void>

/**
 * Caches what comes after it in the chain for `ttl`, unless the handler declares another lifetime.
 * What is set on the response before it, or when it has answered, belongs to the current response; what
 * is set after it in the chain is part of the page. Throws a `ConfigError` for options that make no sense.
 */
export function cachePage<C extends KoaContext = KoaContext>(
  ttl: Duration,
  options: PageOptions<C>,
): KoaMiddleware<C> & Purging {
  return middleware(ttl, options)
}

/** As `cachePage`, for what declares its own lifetime alone. */
export function httpCache<C extends KoaContext = KoaContext>(
  options: PageOptions<C>,
): KoaMiddleware<C> & Purging {
  return middleware(undefined, options)
}

type Verbs = PageVerbs<KoaMiddleware>
const verbs: Verbs = pageVerbs(patching)

/** Adds to `Cache-Control`, and loosens nothing that the handler says. */
export const cacheControl: Verbs['cacheControl'] = verbs.cacheControl

/** Lets nobody keep anything of it. */
export const neverCache: KoaMiddleware = verbs.neverCache

/** Lets these request fields select the page, before or after the cache in the chain. */
export const varyOnHeaders: Verbs['varyOnHeaders'] = verbs.varyOnHeaders

/** Keeps pages of different cookies apart: by default those of requests with cookies are then not cached. */
export const varyOnCookie: KoaMiddleware = verbs.varyOnCookie

/** Answers 304 or 412 before the handler runs, where the validators tell enough (RFC 9110 §13). */
export function conditional<C extends KoaContext = KoaContext>(
  options: ConditionalOptions<C>,
): KoaMiddleware<C> {
  const conditionFor = conditionOf(options)
  return async (context, next) => {
    const { method = 'GET', rawHeaders: headers } = context.req
    const head = { method, url: context.originalUrl, headers }
    const condition = await conditionFor(context, head, systemClock.now())
    declarePatch(context.res, tellCondition(condition))
    if (condition.status === undefined) await next()
    else {
      context.body = null
      context.status = condition.status
    }
    applyPatches(context.res, patchableResponse(context.res))
  }
}

function patching(patch: HeadPatch): KoaMiddleware {
  return async ({ res }, next) => {
    declarePatch(res, patch)
    await next()
    applyPatches(res, patchableResponse(res))
  }
}

function middleware<C extends KoaContext>(
  ttl: Duration | undefined,
  options: PageOptions<C>,
): KoaMiddleware<C> & Purging {
  const page = pageOf(ttl, options)
  const renewals = new Renewals()

  const answer: KoaMiddleware<C> = async (context, next) => {
    const claim = renewals.claim(context.req)
    if (claim !== undefined) {
      page.enter(context.req)
      return renew(context, next, claim)
    }
    const head = headOf(context.req, targetSaidBy(context))
    const asked = head && page.ask(context, head, context.req)
    if (asked === undefined) {
      await next()
      return
    }
    const now = page.cache.answerNow(asked.head, asked.rules)
    if (now === undefined) await handle(asked, context, next)
    else if (context.app.middleware[0] === answer) {
      // Nobody comes after the first in a chain.
      context.respond = false
      sendAtOnce(context.res, now)
    } else put(context, now, joinFields(now.headers, fieldsOf(context.res)))
  }

  async function handle(asked: Asked, context: C, next: () => Promise<unknown>): Promise<void> {
    const { req, res, originalUrl } = context
    const request = { ...asked.head, signal: goneSignal(res) }
    let own = fieldsOf(res)
    let reply: HttpResponse | undefined
    let sent: SentHead | undefined
    let ran = false
    const origin: Origin = async (forwarded) => {
      // A chain is gone through once: who renews, or asks again, starts another.
      if (forwarded.background || ran) {
        return renewals.send(req, originalUrl, forwarded, ({ message, response }) =>
          context.app.callback()(message, response),
        )
      }
      ran = true
      adopt(req, forwarded)
      page.enter(req)
      sent = new SentHead(res)
      await next()
      reply = taken(context)
      const fields = splitFields(own, reply.headers)
      own = fields.own
      return { ...reply, headers: fields.page, added: sent.added }
    }
    let answer: HttpResponse
    try {
      answer = await page.cache.handle(request, origin, asked.rulesToFill())
    } catch (error) {
      if (!(error instanceof UnfinishedError)) throw error
      // Whom this one waited with has gone, or took the response over.
      return ran ? undefined : handle(asked, context, next)
    }
    // Koa destroys its stream when the response ends, and it may still be recorded.
    if (!isStream(answer) && reply?.body instanceof StreamBody) await reply.body.ended
    const fields = joinFields(answer.headers, own)
    sent?.give(fields)
    put(context, answer, fields)
  }
  return Object.assign(answer, purgingOf(page))
}

/** A renewal has come to where the cache is. */
async function renew(
  context: KoaContext,
  next: () => Promise<unknown>,
  claim: (reply: Promise<HttpResponse>) => void,
): Promise<void> {
  const before = fieldsOf(context.res)
  const sent = new SentHead(context.res)
  const reply = next().then(() => {
    const { headers, ...rest } = taken(context)
    sent.give(headers)
    return { ...rest, headers: splitFields(before, headers).page, added: sent.added }
  })
  claim(reply)
  const { body } = await reply
  if (body instanceof StreamBody) await body.ended
  context.body = null
}

/** What the handler has made of the context. */
function taken(context: KoaContext): HttpResponse {
  const { req, res, status } = context
  if (context.respond === false || res.headersSent) {
    throw new UnfinishedError('The response has been taken out of the hands of Koa')
  }
  // As Koa does for what nobody has answered.
  if (context.body === undefined && hasBody(req.method, { status })) {
    context.body = context.message
    context.status = status
  }
  applyPatches(res, patchableResponse(res))
  const body = bodyOf(context.body)
  const wanted = hasBody(req.method, { status })
  if (!wanted && body instanceof StreamBody) body[Symbol.asyncIterator]().return?.()
  const head = { status, reason: context.message, headers: fieldsOf(res) }
  return { ...head, body: wanted ? body : undefined }
}

/** Makes the context what the cache answers. */
function put(context: KoaContext, answer: HttpResponse, fields: readonly string[]): void {
  const { status, reason, body } = answer
  // Where the type is known Koa does not guess it; and of JSON without a body it would make `null`.
  if (body === undefined) context.res.removeHeader('Content-Type')
  else replaceFields(context.res, fields)
  context.body = body === undefined ? null : payloadOf(body)
  context.status = status
  if (reason !== '') context.message = reason
  if (body === undefined) replaceFields(context.res, fields)
}

function isStream({ body }: HttpResponse): boolean {
  return body !== undefined && !(body instanceof Uint8Array)
}
