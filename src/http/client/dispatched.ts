import { fieldsByName } from '../engine/fields.ts'
import type { FieldLines, HttpRequest, HttpResponse } from '../message.ts'
import { linesOf } from './dispatch-fields.ts'
import type { Dispatch, DispatchHandler, DispatchOptions, Incoming } from './dispatching.ts'
import { IncomingBody } from './incoming-body.ts'

/** Told of interim responses. */
export type OnInterim = (status: number, fields: Incoming, reason: string | undefined) => void

/** What a dispatcher answered. */
export interface Dispatched {
  readonly response: HttpResponse
  /** Its trailers, once it has ended. */
  readonly body: IncomingBody
  /** Whether it is a response, as HTTP knows them, to this very request. */
  readonly cacheable: boolean
}

/** Sends a request on; resolves with the head of its response. */
export function dispatched(
  dispatch: Dispatch,
  options: DispatchOptions,
  { method, headers, signal }: HttpRequest,
  onInterim: OnInterim,
): Promise<Dispatched> {
  return new Promise((resolve, reject) => {
    let body: IncomingBody | undefined
    let context: unknown
    const handler: DispatchHandler = {
      onRequestStart(controller, given) {
        context = given
        const abort = () => controller.abort(signal?.reason)
        if (signal?.aborted) abort()
        else signal?.addEventListener('abort', abort, { once: true })
      },
      onResponseStart(controller, status, fields, reason = '') {
        if (status < 200) return onInterim(status, fields, reason)
        body = new IncomingBody(controller)
        const bodiless = method === 'HEAD' || status === 204 || status === 304
        const head = { status, reason, headers: linesOf(fields) }
        resolve({
          response: bodiless ? head : { ...head, body },
          body,
          cacheable: status <= 599 && !isRedirected(context),
        })
      },
      onResponseData(_controller, chunk) {
        body?.push(chunk)
      },
      onResponseEnd(_controller, trailers) {
        body?.end(trailers)
      },
      onResponseError(_controller, error) {
        body?.fail(error)
        reject(error)
      },
    }
    dispatch(asSent(options, headers), handler)
  })
}

/** As they were, where the cache asks what was asked. */
function asSent(options: DispatchOptions, lines: FieldLines): DispatchOptions {
  const own = linesOf(options.headers)
  const same = own.length === lines.length && own.every((each, i) => each === lines[i])
  return same ? options : { ...options, headers: fieldsByName(lines) }
}

/** Whether a redirect was followed below: the response is then that of another URL. */
function isRedirected(context: unknown): boolean {
  if (typeof context !== 'object' || context === null || !('history' in context)) return false
  return Array.isArray(context.history) && context.history.length > 1
}
