import type { IncomingMessage, ServerResponse } from 'node:http'
import type { HttpResponse, Origin, OriginResponse, RequestHead } from '../message.ts'
import { joinFields, splitFields } from '../page/own-fields.ts'
import type { Asked, Page } from '../page/page.ts'
import { Capture, UnfinishedError } from './capture.ts'
import { goneSignal } from './gone-signal.ts'
import { adopt, type Pair } from './renewal.ts'
import { Renewals } from './renewals.ts'
import { fieldsOf } from './response-fields.ts'
import { sendAtOnce, sendThrough } from './send-through.ts'
import { SentHead } from './sent-head.ts'

/** How a framework that writes to Node's responses differs from others. */
export interface Framework<R extends IncomingMessage> {
  readonly page: Page<R>
  /** The head of a request as the cache is to see it; `undefined` for what it cannot read. */
  head(message: R): RequestHead | undefined
  /** Answers a request from the beginning of the chain. */
  dispatch(pair: Pair, original: R): unknown
}

/** The cache among those who handle the messages of Node's server. */
export class Shell<R extends IncomingMessage> {
  readonly #framework: Framework<R>
  readonly #renewals = new Renewals()

  constructor(framework: Framework<R>) {
    this.#framework = framework
  }

  /** Answers, in this turn where memory has it; else by and by. `run` lets the rest of the chain answer. */
  answer(message: R, response: ServerResponse, run: () => unknown): unknown {
    const renewed = this.#renewals.claim(message)
    if (renewed !== undefined) return this.#renewed(message, response, run, renewed)
    const { page, head } = this.#framework
    const read = head(message)
    const asked = read && page.ask(message, read, message)
    if (asked === undefined) return run()
    const now = page.cache.answerNow(asked.head, asked.rules)
    return now === undefined
      ? this.#handle(asked, message, response, run)
      : sendAtOnce(response, now)
  }

  async #handle(
    asked: Asked,
    message: R,
    response: ServerResponse,
    run: () => unknown,
  ): Promise<void> {
    const signal = goneSignal(response)
    let own = fieldsOf(response)
    let capture: Capture | undefined
    let running: Promise<unknown> | undefined
    let sent: SentHead | undefined
    const origin: Origin = async (request) => {
      // A chain is gone through once: who renews, or asks again, starts another.
      if (request.background || capture !== undefined) {
        const dispatch = (pair: Pair) => this.#framework.dispatch(pair, message)
        return this.#renewals.send(message, targetOf(message), request, dispatch)
      }
      sent = new SentHead(response)
      capture = new Capture(response, request.method)
      adopt(message, request)
      this.#framework.page.enter(message)
      const started = captured(capture, run)
      const reply = await capture.reply
      running = started
      const fields = splitFields(own, reply.headers)
      own = fields.own
      return { ...reply, headers: fields.page, added: sent.added }
    }
    let answer: HttpResponse
    try {
      const request = { ...asked.head, signal }
      answer = await this.#framework.page.cache.handle(request, origin, asked.rulesToFill())
    } catch (error) {
      if (capture !== undefined) capture.release()
      // Somebody else's client has gone, whom this one waited with.
      else if (error instanceof UnfinishedError && !response.closed) {
        return this.#handle(asked, message, response, run)
      }
      if (error instanceof UnfinishedError) return
      throw error
    }
    const fields = joinFields(answer.headers, own)
    sent?.give(fields)
    await sendThrough(response, answer, fields, capture)
    // A handler that fails when it has begun to answer fails as it would without a cache.
    await running
  }

  /** A renewal has come to where the cache is. */
  async #renewed(
    message: R,
    response: ServerResponse,
    run: () => unknown,
    renewed: (reply: Promise<HttpResponse>) => void,
  ): Promise<void> {
    const before = fieldsOf(response)
    const sent = new SentHead(response)
    const capture = new Capture(response, 'GET')
    const pageOf = ({ headers, ...rest }: HttpResponse): OriginResponse => {
      sent.give(headers)
      return { ...rest, headers: splitFields(before, headers).page, added: sent.added }
    }
    renewed(capture.reply.then(pageOf))
    this.#framework.page.enter(message)
    const running = captured(capture, run)
    await capture.ended
    capture.outside(() => response.end())
    await running
  }
}

/** Has an application write to the capture; its own failure is that of what it writes. */
function captured(capture: Capture, run: () => unknown): Promise<unknown> {
  const running = (async () => run())()
  running.catch((error) => capture.fail(error))
  return running
}

function targetOf(message: IncomingMessage): string {
  const { url = '/' } = message
  return 'originalUrl' in message && typeof message.originalUrl === 'string'
    ? message.originalUrl
    : url
}
