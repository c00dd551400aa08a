import type { ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { HttpResponse } from '../message.ts'

/**
 * Sends an answer as it is: field lines in their order, duplicates and all. It waits for a client
 * that is slower than the body. A body that fails takes the connection with it, so that nobody takes
 * what came of it for the whole. Rejects with what is wrong with a head that cannot be sent.
 */
export async function sendResponse(response: ServerResponse, answer: HttpResponse): Promise<void> {
  const { body } = answer
  if (body === undefined || body instanceof Uint8Array) {
    sendNow(response, answer, body)
    return
  }
  const parts = Readable.from(body)
  try {
    sendHead(response, answer)
  } catch (error) {
    parts.destroy()
    throw error
  }
  // Rejects with the body's failure, which the client has seen, or because the client has gone.
  await pipeline(parts, response).catch(() => {})
}

/** As `sendResponse`, in this turn, of what is all there. */
export function sendNow(
  response: ServerResponse,
  answer: HttpResponse,
  body: Uint8Array | undefined,
): void {
  sendHead(response, answer)
  response.end(body)
}

function sendHead(response: ServerResponse, { status, reason, headers }: HttpResponse): void {
  response.sendDate = false
  response.writeHead(status, reason, headers as string[])
}
