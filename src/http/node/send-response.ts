import type { ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { HttpResponse } from '../message.ts'
import { sendNow, writeHead } from './send-now.ts'

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
    writeHead(response, answer)
  } catch (error) {
    parts.destroy()
    throw error
  }
  // Rejects with the body's failure, which the client has seen, or because the client has gone.
  await pipeline(parts, response).catch(() => {})
}
