import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Duration } from '../../contracts/cache.ts'
import { systemClock } from '../../kernel/system-clock.ts'
import type { HttpResponse, Origin } from '../message.ts'
import { UnfinishedError } from '../node/capture.ts'
import { declareOn } from '../node/declare-on.ts'
import {
  type Answered,
  clear,
  type FastifyReply,
  fieldsOf,
  onHijack,
  put,
  sendPast,
  takenFrom,
} from '../node/fastify-reply.ts'
import { goneSignal } from '../node/gone-signal.ts'
import { adopt } from '../node/renewal.ts'
import { Renewals } from '../node/renewals.ts'
import { headOf, targetSaidBy } from '../node/request-head.ts'
import { SentHead } from '../node/sent-head.ts'
import { UnwatchedRoutes } from '../node/unwatched-routes.ts'
import { type ConditionalOptions, conditionOf, tellCondition } from '../page/conditional.ts'
import type { HeadPatch } from '../page/head-patches.ts'
import { joinFields, splitFields } from '../page/own-fields.ts'
import { type Asked, type PageOptions, type Purging, pageOf, purgingOf } from '../page/page.ts'
import { type PageVerbs, pageVerbs } from '../page/page-verbs.ts'

export type { FastifyReply } from '../node/fastify-reply.ts'
export type { CacheControlOptions } from '../page/cache-control.ts'
export type { ConditionalOptions } from '../page/conditional.ts'
export type { PageOptions, Purging } from '../page/page.ts'

/** What of a Fastify request is made use of. Scheme and host heed the server's `trustProxy`. */
export interface FastifyRequest {
  readonly raw: IncomingMessage
  readonly protocol: string
  readonly host: string
  readonly originalUrl: string
  readonly server: { routing(message: IncomingMessage, response: ServerResponse): void }
}

/** As it calls hooks that promise nothing: a hit is answered in the same turn. */
type PreHandler<R extends FastifyRequest> = (
  request: R,
  reply: FastifyReply,
  done: (error?: Error) => void,
) => void
type OnSend<R extends FastifyRequest> = (
  request: R,
  reply: FastifyReply,
  payload: unknown,
  done: (error: Error | null, payload?: unknown) => void,
) => void

/** What of a Fastify instance is made use of. */
export interface FastifyInstance {
  addHook(name: 'preHandler', hook: PreHandler<FastifyRequest>): unknown
  addHook(name: 'onSend', hook: OnSend<FastifyRequest>): unknown
}

/** For the hook `preHandler` of a route or an instance. */
export type FastifyHook<R extends FastifyRequest = FastifyRequest> = PreHandler<R>

/**
 * A cache for a route, `app.get(path, { preHandler, onSend }, handler)`: whoever guards the route has had
 * a say before.
 */
export interface FastifyPage<R extends FastifyRequest = FastifyRequest> extends Purging {
  readonly preHandler: PreHandler<R>
  readonly onSend: OnSend<R>
}

/**
 * Caches what a route answers for `ttl`, unless the handler declares another lifetime. What was set on
 * the reply before the hook ran belongs to the current reply; what is set after it is part of the page.
 * Throws a `ConfigError` for options that make no sense.
 */
export function cachePage<R extends FastifyRequest = FastifyRequest>(
  ttl: Duration,
  options: PageOptions<R>,
): FastifyPage<R> {
  return hooks(ttl, options)
}

/** As `cachePage`, for what declares its own lifetime alone. */
export function httpCache<R extends FastifyRequest = FastifyRequest>(
  options: PageOptions<R>,
): FastifyPage<R> {
  return hooks(undefined, options)
}

/** For `app.register`: a cache for every route of the instance, which is registered after its guards. */
export function everyRoute({ preHandler, onSend }: FastifyPage): FastifyPlugin {
  const plugin: FastifyPlugin = (instance, _, done) => {
    instance.addHook('preHandler', preHandler)
    instance.addHook('onSend', onSend)
    done()
  }
  // As `fastify-plugin` does: the hooks are for the instance, and not for what the plugin itself adds.
  return Object.assign(plugin, { [Symbol.for('skip-override')]: true })
}

/** What `register` of Fastify takes. */
export type FastifyPlugin = (instance: FastifyInstance, options: unknown, done: () => void) => void

type Verbs = PageVerbs<FastifyHook>
const verbs: Verbs = pageVerbs(patching)

/** Adds to `Cache-Control`, and loosens nothing that the handler says. */
export const cacheControl: Verbs['cacheControl'] = verbs.cacheControl

/** Lets nobody keep anything of it. */
export const neverCache: FastifyHook = verbs.neverCache

/** Lets these request fields select the page, before or after the cache. */
export const varyOnHeaders: Verbs['varyOnHeaders'] = verbs.varyOnHeaders

/** Keeps pages of different cookies apart: by default those of requests with cookies are then not cached. */
export const varyOnCookie: FastifyHook = verbs.varyOnCookie

/** Answers 304 or 412 before the handler runs, where the validators tell enough (RFC 9110 §13). */
export function conditional<R extends FastifyRequest = FastifyRequest>(
  options: ConditionalOptions<R>,
): FastifyHook<R> {
  const conditionFor = conditionOf(options)
  return (request, reply, done) => {
    const { method = 'GET', rawHeaders: headers } = request.raw
    const head = { method, url: request.originalUrl, headers }
    conditionFor(request, head, systemClock.now()).then((condition) => {
      declareOn(reply.raw, tellCondition(condition))
      if (condition.status === undefined) done()
      else {
        reply.code(condition.status)
        reply.send()
      }
    }, done)
  }
}

function patching(patch: HeadPatch): FastifyHook {
  return (_, reply, done) => {
    declareOn(reply.raw, patch)
    done()
  }
}

/** A request whose handler runs: who takes what it sends, and what is sent in its place. */
interface Underway {
  readonly take: (reply: HttpResponse) => void
  /** `undefined` where nobody waits for it. */
  readonly answer: () => Promise<Answered | undefined>
}

function hooks<R extends FastifyRequest>(
  ttl: Duration | undefined,
  options: PageOptions<R>,
): FastifyPage<R> {
  const page = pageOf(ttl, options)
  const renewals = new Renewals()
  const underway = new WeakMap<IncomingMessage, Underway>()
  /** Sent by their handlers, and not yet answered. */
  const answering = new WeakSet<IncomingMessage>()
  const unwatched = new UnwatchedRoutes()

  const preHandler: PreHandler<R> = (request, reply, done) => {
    const { raw } = request
    const claim = renewals.claim(raw)
    if (claim !== undefined) {
      const before = fieldsOf(reply)
      const sent = new SentHead(reply.raw)
      const take = ({ headers, ...rest }: HttpResponse) => {
        sent.give(headers)
        claim({ ...rest, headers: splitFields(before, headers).page, added: sent.added })
      }
      underway.set(raw, { take, answer: async () => undefined })
      page.enter(raw)
      return done()
    }
    // What is upgraded, such as a WebSocket, is no exchange that a cache could hear the end of.
    if (raw.headers.upgrade !== undefined) return done()
    const head = headOf(raw, targetSaidBy(request))
    const asked = head && page.ask(request, head, raw)
    if (asked === undefined) return done()
    const now = page.cache.answerNow(asked.head, asked.rules)
    if (now !== undefined) {
      if (unwatched.has(request, reply)) return sendPast(reply, now)
      const own = fieldsOf(reply)
      if (own.length > 0) clear(reply)
      reply.send(put(reply, { answer: now, fields: joinFields(now.headers, own) }))
      return
    }
    handle(asked, request, reply).then((answered) => {
      if (answered === undefined) return done()
      clear(reply)
      reply.send(put(reply, answered))
    }, done)
  }

  /** `undefined` when the handler is to run: what it sends comes to `onSend`. */
  async function handle(
    asked: Asked,
    request: R,
    reply: FastifyReply,
  ): Promise<Answered | undefined> {
    const { raw, server, originalUrl } = request
    const signal = goneSignal(reply.raw)
    let own = fieldsOf(reply)
    let sent: SentHead | undefined
    let run: (() => void) | undefined
    const running = new Promise<undefined>((resolve) => {
      run = () => resolve(undefined)
    })
    const origin: Origin = async (forwarded) => {
      // A request is handled once: who renews, or asks again, sends another.
      if (forwarded.background || run === undefined) {
        return renewals.send(raw, originalUrl, forwarded, ({ message, response }) =>
          server.routing(message, response),
        )
      }
      adopt(raw, forwarded)
      page.enter(raw)
      sent = new SentHead(reply.raw)
      const taken = await new Promise<HttpResponse>((take, reject) => {
        underway.set(raw, { take, answer: () => answered })
        reply.raw.once('close', () => reject(new UnfinishedError('The reply was closed')))
        onHijack(reply, () => reject(new UnfinishedError('The reply was taken over')))
        run?.()
        run = undefined
      })
      const fields = splitFields(own, taken.headers)
      own = fields.own
      return { ...taken, headers: fields.page, added: sent.added }
    }
    const answered = page.cache
      .handle({ ...asked.head, signal }, origin, asked.rulesToFill())
      .then((answer) => {
        const fields = joinFields(answer.headers, own)
        sent?.give(fields)
        return { answer, fields }
      })
    try {
      return await Promise.race([running, answered])
    } catch (error) {
      if (!(error instanceof UnfinishedError)) throw error
      // Whom this one waited with has gone.
      return handle(asked, request, reply)
    } finally {
      // Where it is closed before it is sent, nobody asks.
      answered.catch(() => {})
    }
  }

  const onSend: OnSend<R> = (request, reply, payload, done) => {
    unwatched.learn(request)
    const { raw } = request
    // Of an async handler that has sent, and answers nothing, Fastify sends what it answers as well.
    if (answering.has(raw)) return
    const waiting = underway.get(raw)
    if (waiting === undefined) return done(null, payload)
    underway.delete(raw)
    answering.add(raw)
    waiting.take(takenFrom(request, reply, payload))
    waiting.answer().then(
      (answered) => {
        answering.delete(raw)
        if (answered !== undefined) clear(reply)
        // For Fastify `undefined` is the payload as it was.
        done(null, (answered && put(reply, answered)) ?? null)
      },
      (error) => {
        answering.delete(raw)
        done(error)
      },
    )
  }

  return { preHandler, onSend, ...purgingOf(page) }
}
