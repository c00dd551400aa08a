import type { ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { HttpResponse } from '../message.ts'
import { bufferOf } from './buffer-of.ts'

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

/** As `sendResponse`, in this turn, of what is all there. */
export function sendNow(
  response: ServerResponse,
  answer: HttpResponse,
  body: Uint8Array | undefined,
): void {
  if (body === undefined) {
    writeHead(response, answer)
    response.end()
    return
  }
  giveHead(response, answer)
  response.end(bufferOf(body))
}

function writeHead(response: ServerResponse, { status, reason, headers }: HttpResponse): void {
  response.sendDate = false
  response.writeHead(status, reason, headers as string[])
}

/** What Node keeps of responses and connections, and its types do not tell. */
interface Internals {
  /** The head as it is to be sent, once it has been written. */
  _header?: string | null
  readonly maxRequestsOnConnectionReached?: boolean
  readonly socket: { readonly server?: object } | null
}

/** What a server has written as the head of an answer: they are given again and again. */
const written = new WeakMap<HttpResponse, { readonly server: object; readonly head: string }>()

/** What a server says of the connection, which is the same for all that stay open. */
const ofConnection = /^Connection: keep-alive\r\n(?:Keep-Alive: [^\r]*\r\n)?\r\n$/

/** Writes the head of an answer with a body, or has Node send what it wrote for that before. */
function giveHead(response: ServerResponse & Internals, answer: HttpResponse): void {
  const server = isPlain(response) ? response.socket?.server : undefined
  const known = written.get(answer)
  if (known !== undefined && known.server === server) {
    response.statusCode = answer.status
    response.statusMessage = answer.reason
    response._header = known.head
    return
  }
  writeHead(response, answer)
  const { _header: head } = response
  if (server === undefined || typeof head !== 'string') return
  const own = headLines(answer)
  // Whoever instruments Node may have put in what is this response's alone.
  if (head.startsWith(own) && ofConnection.test(head.slice(own.length))) {
    written.set(answer, { server, head })
  }
}

/** Whether nothing about a response makes its head another than that of all plain ones. */
function isPlain(response: ServerResponse & Internals): boolean {
  const { req, shouldKeepAlive, maxRequestsOnConnectionReached } = response
  return (
    req.method === 'GET' &&
    req.httpVersion === '1.1' &&
    shouldKeepAlive &&
    !maxRequestsOnConnectionReached
  )
}

function headLines({ status, reason, headers }: HttpResponse): string {
  let text = `HTTP/1.1 ${status} ${reason}\r\n`
  for (let i = 0; i < headers.length; i += 2) text += `${headers[i]}: ${headers[i + 1]}\r\n`
  return text
}
