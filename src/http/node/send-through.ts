import type { ServerResponse } from 'node:http'
import type { FieldLines, HttpResponse } from '../message.ts'
import { joinFields } from '../page/own-fields.ts'
import { bufferOf } from './buffer-of.ts'
import type { Capture } from './capture.ts'
import { fieldsOf, replaceFields } from './response-fields.ts'
import { isWrapped, sendNow } from './send-now.ts'

/** Sends what is all there, in this turn. */
export function sendAtOnce(response: ServerResponse, answer: HttpResponse): void {
  const body = answer.body as Uint8Array | undefined
  if (isUntouched(response)) sendNow(response, answer, body)
  else {
    setHead(response, answer, joinFields(answer.headers, fieldsOf(response)))
    response.end(body && bufferOf(body))
  }
}

function setHead(
  response: ServerResponse,
  { status, reason }: HttpResponse,
  fields: FieldLines,
): void {
  response.statusCode = status
  response.statusMessage = reason
  replaceFields(response, fields)
}

/** Whether nobody in the chain has set or wrapped anything. */
function isUntouched(response: ServerResponse): boolean {
  return response.getHeaderNames().length === 0 && !isWrapped(response)
}

/**
 * Sends an answer by way of a response that others in the chain watch: its fields are set one by one,
 * and what wrapped its methods before the cache sees them called. With a capture it goes past it.
 */
export async function sendThrough(
  response: ServerResponse,
  answer: HttpResponse,
  fields: FieldLines,
  capture: Capture | undefined,
): Promise<void> {
  const { body, status } = answer
  // What ends the response would end the application's writing, which may still be recorded.
  if (body === undefined || body instanceof Uint8Array) await capture?.ended
  const outside = <T>(run: () => T): T => (capture === undefined ? run() : capture.outside(run))
  outside(() => setHead(response, answer, fields))
  // Nobody reads it: those who add to heads when they are written have their say all the same.
  const forNobody = () => outside(() => response.headersSent || response.writeHead(status))
  if (body === undefined || body instanceof Uint8Array) {
    if (response.closed) forNobody()
    else outside(() => (body === undefined ? response.end() : response.end(body)))
    return
  }
  if (capture?.flushed) outside(() => response.flushHeaders())
  let wake = () => {}
  outside(() => {
    response.on('drain', () => wake())
    response.on('close', () => wake())
  })
  try {
    for await (const part of body) {
      if (response.closed) {
        forNobody()
        return
      }
      if (outside(() => response.write(part))) continue
      await new Promise<void>((resolve) => {
        wake = resolve
        if (response.closed) resolve()
      })
    }
    outside(() => response.end())
  } catch {
    // Nobody is to take what came of it for the whole.
    response.destroy()
  }
}
