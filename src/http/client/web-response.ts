import { fieldValue, withoutFields } from '../engine/fields.ts'
import type { Body, HttpResponse } from '../message.ts'
import { replyOf } from '../page/web-messages.ts'

/** Codings that `fetch` has undone by the time that a body can be read (RFC 9110 §8.4.1). */
const decoded = /^(?:(?:x-)?gzip|deflate|br)$/i
const ofCoding: ReadonlySet<string> = new Set(['content-encoding', 'content-length'])

/** What came, as the bytes that there are to read. */
export function decodedReply(response: Response, method: string): HttpResponse {
  const reply = replyOf(response, method)
  const codings = fieldValue(reply.headers, 'content-encoding')?.split(/[ \t]*,[ \t]*/)
  if (codings === undefined || !codings.every((coding) => decoded.test(coding))) return reply
  return { ...reply, headers: withoutFields(reply.headers, ofCoding) }
}

/** Where a response came from. */
export interface Source {
  readonly url: string
  readonly redirected: boolean
}

/** Statuses whose responses have no body (Fetch §2.2.3). */
const bodiless: ReadonlySet<number> = new Set([204, 205, 304])

/** The answer as `fetch` gives it; its body fails when `signal` aborts. */
export function webResponse(
  { status, reason, headers: lines, body }: HttpResponse,
  source: Source,
  signal: AbortSignal,
): Response {
  const headers = new Headers()
  for (let i = 0; i < lines.length; i += 2)
    headers.append(lines[i] as string, lines[i + 1] as string)
  const sent = bodiless.has(status) ? null : webBody(body, signal)
  return from(source, new Response(sent, { status, statusText: reason, headers }))
}

/** A response that was not fetched has no URL of its own; its copies neither. */
function from(source: Source, response: Response): Response {
  return Object.defineProperties(response, {
    url: { value: source.url },
    redirected: { value: source.redirected },
    type: { value: 'basic' },
    clone: { value: () => from(source, Response.prototype.clone.call(response)) },
  })
}

type WebBody = Exclude<ConstructorParameters<typeof Response>[0], undefined>

function webBody(body: Body | undefined, signal: AbortSignal): WebBody {
  if (body === undefined) return null
  if (body instanceof Uint8Array) return body as Uint8Array<ArrayBuffer>
  // From here on the source is held: one that nobody holds is cancelled with its response.
  const parts = body[Symbol.asyncIterator]()
  return new ReadableStream({
    type: 'bytes',
    start(controller) {
      const abort = () => {
        controller.error(signal.reason)
        parts.return?.()
      }
      signal.addEventListener('abort', abort, { once: true })
    },
    async pull(controller) {
      const { done, value } = await nextPart(parts)
      if (signal.aborted) return
      if (done === true) {
        controller.close()
        controller.byobRequest?.respond(0)
      } else {
        // A copy: the stream takes the buffer, and so may whoever reads it.
        controller.enqueue(value.slice())
      }
    },
    async cancel() {
      await parts.return?.()
    },
  })
}

/** A stream of bytes takes none that is empty. */
async function nextPart(parts: AsyncIterator<Uint8Array>): Promise<IteratorResult<Uint8Array>> {
  for (;;) {
    const part = await parts.next()
    if (part.done === true || part.value.length > 0) return part
  }
}
