import type { Duration } from '../../contracts/cache.ts'
import { expectFunction } from '../../kernel/expect.ts'
import { systemClock } from '../../kernel/system-clock.ts'
import type { FieldLines, Origin } from '../message.ts'
import { type ConditionalOptions, conditionOf, tellCondition } from './conditional.ts'
import { applyPatches, declarePatch, type HeadPatch } from './head-patches.ts'
import { joinFields, splitFields } from './own-fields.ts'
import { type PageOptions, type Purging, pageOf, purgingOf } from './page.ts'
import { asking, linesOf, patched, replyOf, responseOf } from './web-messages.ts'

/** What a chain hands each of its steps. */
export interface WebContext {
  readonly request: Request
}

/** The rest of a chain, which can be gone through once. */
export type Rest = (request: Request) => Promise<Response>

/** A step of a chain of Web requests and responses; `C` is what the framework calls a context or an event. */
export type WebStep<C> = (context: C, rest: Rest) => Promise<Response>

/**
 * The cache as a step. A renewal in the background goes through the rest of the chain of a client that
 * was answered without it. Throws a `ConfigError` for options that make no sense.
 */
export function pageStep<C extends WebContext>(
  ttl: Duration | undefined,
  options: PageOptions<C>,
): WebStep<C> & Purging {
  const page = pageOf(ttl, withHost(options))

  const answer: WebStep<C> = async (context, rest) => {
    const { request } = context
    const { method, url, headers, signal } = request
    const asked = page.ask(context, { method, url, headers: linesOf(headers) }, request)
    if (asked === undefined) return rest(request)
    const now = page.cache.answerNow(asked.head, asked.rules)
    if (now !== undefined) return responseOf(now)
    let own: FieldLines = []
    let ran = false
    const origin: Origin = async (forwarded) => {
      if (ran) throw new Error('The rest of a chain can be gone through once')
      ran = true
      const sent = asking(request, forwarded)
      page.enter(request)
      page.enter(sent)
      const patch: HeadPatch = (head) => applyPatches(request, head)
      const reply = replyOf(patched(await rest(sent), patch), forwarded.method)
      const fields = splitFields([], reply.headers)
      // Of a renewal they are nobody's.
      if (!forwarded.background) own = fields.own
      return { ...reply, headers: fields.page }
    }
    const reply = await page.cache.handle({ ...asked.head, signal }, origin, asked.rulesToFill())
    return responseOf(reply, joinFields(reply.headers, own))
  }
  return Object.assign(answer, purgingOf(page))
}

/** Changes the head of what the rest of the chain answers, and of what a cache there keeps of it. */
export function patchStep(patch: HeadPatch): WebStep<WebContext> {
  return async ({ request }, rest) => {
    declarePatch(request, patch)
    return patched(await rest(request), (head) => applyPatches(request, head))
  }
}

/** Answers 304 or 412 before the rest of the chain, where the validators tell enough (RFC 9110 §13). */
export function conditionalStep<C extends WebContext>(options: ConditionalOptions<C>): WebStep<C> {
  const conditionFor = conditionOf(options)
  return async (context, rest) => {
    const { request } = context
    const { method, url, headers } = request
    const head = { method, url, headers: linesOf(headers) }
    const condition = await conditionFor(context, head, systemClock.now())
    const { status } = condition
    const response = status === undefined ? await rest(request) : new Response(null, { status })
    return patched(response, tellCondition(condition))
  }
}

/**
 * Behind a proxy, or where it trusts no host, a framework makes up the origin of a request's URL: the
 * application may look at either, so what they answer differs by both.
 */
function withHost<C extends WebContext>(options: PageOptions<C>): PageOptions<C> {
  const { variant = () => '' } = { ...options }
  expectFunction('variant', variant)
  const both = (context: C): string | null => {
    const own = variant(context)
    return own === null ? null : JSON.stringify([context.request.headers.get('host'), own])
  }
  return { ...options, variant: both }
}
