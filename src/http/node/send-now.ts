import type { ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { HttpResponse } from '../message.ts'
import { bufferOf } from './buffer-of.ts'

/** What Node keeps of responses and connections, and its types do not tell. */
interface Internals {
  /** The head as it is to be sent, once it has been written. */
  _header?: string | null
  _headerSent?: boolean
  readonly _hasBody?: boolean
  readonly chunkedEncoding?: boolean
  readonly strictContentLength?: boolean
  readonly maxRequestsOnConnectionReached?: boolean
  readonly socket: (Socket & { readonly server?: object; readonly _httpMessage?: object }) | null
}

type Response = ServerResponse & Internals

/** What a server has written as the head of an answer. */
interface Written {
  readonly server: object
  readonly head: string
  /** The same as it goes over the wire. */
  readonly bytes: Buffer
}

/** Answers are given again and again, and so are their heads. */
const written = new WeakMap<HttpResponse, Written>()

/** Sends an answer in this turn, of which all is there: as it is, its lines in their order. */
export function sendNow(
  response: ServerResponse,
  answer: HttpResponse,
  body: Uint8Array | undefined,
): void {
  if (body === undefined) sendOnce(response, answer, body)
  else endWith(response, giveHead(response, answer), body)
}

/** As `sendNow`, of what is not to be sent again. */
export function sendOnce(
  response: ServerResponse,
  answer: HttpResponse,
  body: Uint8Array | undefined,
): void {
  writeHead(response, answer)
  if (body === undefined) response.end()
  else endWith(response, undefined, body)
}

export function writeHead(
  response: ServerResponse,
  { status, reason, headers }: HttpResponse,
): void {
  response.sendDate = false
  response.writeHead(status, reason, headers as string[])
}

/** Writes the head of an answer with a body, or takes what was written for it before, and answers that. */
export function giveHead(response: Response, answer: HttpResponse): Written | undefined {
  const server = isPlain(response) ? response.socket?.server : undefined
  const known = written.get(answer)
  if (known !== undefined && known.server === server) {
    response.statusCode = answer.status
    response.statusMessage = answer.reason
    response._header = known.head
    return known
  }
  writeHead(response, answer)
  const { _header: head } = response
  if (server === undefined || typeof head !== 'string') return undefined
  const own = headLines(answer)
  // Whoever instruments Node may have put in what is this response's alone.
  if (head.startsWith(own) && ofConnection.test(head.slice(own.length))) {
    written.set(answer, { server, head, bytes: bytesOf(head) })
  }
  return undefined
}

/**
 * Sends what is left to send of a response whose head is written. Where it is its turn on its connection the two
 * go there side by side: Node would encode the head with a third, empty part, which costs more than all of that.
 */
export function endWith(response: Response, head: Written | undefined, body: Uint8Array): void {
  const { socket, _header: text } = response
  if (socket && typeof text === 'string' && isNext(response) && isOfNode(response)) {
    response._headerSent = true
    socket.cork()
    socket.write(head?.bytes ?? Buffer.from(text, 'latin1'))
    socket.write(bufferOf(body))
    socket.uncork()
    response.end()
  } else response.end(bufferOf(body))
}

/** Whether what it has to send would go to its connection at once, and as it is. */
function isNext(response: Response): boolean {
  const { socket, _hasBody, _headerSent, chunkedEncoding, strictContentLength } = response
  return (
    socket?.server !== undefined &&
    socket._httpMessage === response &&
    socket.writable &&
    _hasBody === true &&
    !_headerSent &&
    !chunkedEncoding &&
    !strictContentLength
  )
}

/** Whether it is by Node's own methods that it sends: whoever has others before them is to see all of it. */
function isOfNode(response: Response): boolean {
  let owner: unknown = Reflect.getPrototypeOf(response)
  while (
    owner instanceof Object &&
    !Object.hasOwn(owner, 'end') &&
    !Object.hasOwn(owner, 'write')
  ) {
    owner = Reflect.getPrototypeOf(owner)
  }
  return owner instanceof Object && Object.hasOwn(owner, '_send')
}

/** Whether somebody watches what is sent, and is to see it. */
export function isWrapped(response: ServerResponse): boolean {
  return Object.hasOwn(response, 'writeHead') || Object.hasOwn(response, 'end')
}

/** What a server says of the connection, which is the same for all that stay open. */
const ofConnection = /^Connection: keep-alive\r\n(?:Keep-Alive: [^\r]*\r\n)?\r\n$/

/** Whether nothing about a response makes its head another than that of all plain ones. */
function isPlain(response: Response): boolean {
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

/** In memory of their own: small buffers share a large piece, which would be kept for each of them. */
function bytesOf(head: string): Buffer {
  const bytes = Buffer.allocUnsafeSlow(head.length)
  bytes.write(head, 'latin1')
  return bytes
}
