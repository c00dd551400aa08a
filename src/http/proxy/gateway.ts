import { type IncomingMessage, type ServerResponse, STATUS_CODES } from 'node:http'
import type { Duplex } from 'node:stream'
import { writeCacheStatus } from '../engine/cache-status.ts'
import { fieldValue, withField, withoutConnectionFields, withoutFields } from '../engine/fields.ts'
import type { HttpCache } from '../exchange/http-cache.ts'
import type { FieldLines, Origin, RequestHead } from '../message.ts'
import { goneSignal } from '../node/gone-signal.ts'
import { BadRequestError, hasBody, readsByBody } from '../node/read-request.ts'
import { readHead, targetOf } from '../node/request-head.ts'
import { sendNow } from '../node/send-now.ts'
import { sendResponse } from '../node/send-response.ts'
import { type Client, forwardedFields } from './forwarding.ts'
import { mayPurge, purge } from './purging.ts'
import { askAgain, headOf, isTunnel, passUpgrade } from './upgrade.ts'
import type { OnInterim, Upstream } from './upstream.ts'
import { UpstreamError } from './upstream-error.ts'

/** Trailer fields are not passed on (RFC 9110 §6.5.1), so none are announced. */
const trailer: ReadonlySet<string> = new Set(['trailer'])

/** What names no further fields. */
const plainConnection = /^(?:keep-alive|close)$/i

/** What is passed on, as far as this proxy is concerned. */
const methods = 'GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS'

export interface GatewayParts {
  readonly upstream: Upstream
  readonly cache: HttpCache
  readonly host: string
  readonly trustForwarded: boolean
  readonly purgeToken: string | undefined
}

/** Answers messages of Node's server: from the cache in the same turn, or else by way of the origin. */
export class Gateway {
  readonly #parts: GatewayParts

  constructor(parts: GatewayParts) {
    this.#parts = parts
  }

  answer(message: IncomingMessage, response: ServerResponse): void {
    const head = this.#read(message)
    // TRACE would show a client what others have put into its request (RFC 9110 §9.3.8).
    if (head === undefined || head.method === 'TRACE') {
      reply(response, head === undefined ? 400 : 405)
      return
    }
    if (head.method === 'OPTIONS' && fieldValue(head.headers, 'max-forwards') === '0') {
      // RFC 9110 §7.6.2: it is meant for this proxy.
      reply(response, 200, ['Allow', methods])
      return
    }
    const { cache, purgeToken } = this.#parts
    if (head.method === 'PURGE' && purgeToken !== undefined) {
      this.#purge(head, purgeToken, response)
      return
    }
    const answer = isKnowable(message) ? cache.answerNow(head) : undefined
    const body = answer?.body
    if (answer !== undefined && (body === undefined || body instanceof Uint8Array)) {
      sendNow(response, answer, body)
      return
    }
    this.#handle(head, message, response).catch((error: unknown) => {
      const status = error instanceof UpstreamError ? error.status : 502
      const detail = status === 504 ? 'timeout' : 'unreachable'
      reply(response, status, ['Cache-Status', writeCacheStatus(cache.name, { detail })])
    })
  }

  #purge(head: RequestHead, token: string, response: ServerResponse): void {
    if (!mayPurge(head, token)) {
      reply(response, 401, ['WWW-Authenticate', 'Bearer'])
      return
    }
    purge(head, this.#parts.cache).then(
      () => reply(response, 200),
      // The store may be away: who purges must know that what it had is still there.
      () => reply(response, 503),
    )
  }

  /** `again` takes a connection that stays as it is, with the request on it. */
  upgrade(
    message: IncomingMessage,
    socket: Duplex,
    early: Uint8Array,
    again: (socket: Duplex) => void,
  ): void {
    const { upstream } = this.#parts
    if (!isTunnel(message)) {
      askAgain(message, socket, early)
      again(socket)
      return
    }
    const head = this.#read(message)
    if (head === undefined) {
      turnAway(socket, 400)
      return
    }
    const { method, url } = head
    const passed = this.#forwarded(head, this.#clientOf(message))
    const headers = [...passed, 'Connection', 'Upgrade', 'Upgrade', 'websocket']
    passUpgrade(upstream, { method, url, headers }, socket, early)
  }

  /** RFC 9110 §9.3.6: tunnels are for proxies that clients choose themselves. */
  connect(socket: Duplex): void {
    turnAway(socket, 501)
  }

  #read(message: IncomingMessage): RequestHead | undefined {
    const { host, scheme = 'http' } = targetOf(message, this.#parts.trustForwarded)
    try {
      const head = readHead(message, scheme, host, this.#parts.host)
      return { ...head, headers: meant(message, head.headers) }
    } catch (error) {
      if (error instanceof BadRequestError) return undefined
      throw error
    }
  }

  async #handle(
    head: RequestHead,
    message: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    const body = hasBody(message.rawHeaders) ? message : undefined
    const request = { ...head, body, signal: goneSignal(response) }
    const origin = this.#origin(message, response)
    const answer = isKnowable(message)
      ? await this.#parts.cache.handle(request, origin)
      : await origin(request)
    await sendResponse(response, answer)
  }

  #origin(message: IncomingMessage, response: ServerResponse): Origin {
    const onInterim = relay(message, response)
    // A renewal in the background may come when the client has gone.
    const client = this.#clientOf(message)
    return async (request) => {
      const headers = this.#forwarded(request, client)
      const reply = await this.#parts.upstream.fetch({ ...request, headers }, onInterim)
      return { ...reply, headers: passedOn(reply.headers) }
    }
  }

  #clientOf(message: IncomingMessage): Client {
    const address = (message.socket.remoteAddress ?? '').replace(/^::ffff:/, '')
    const { scheme = 'http' } = targetOf(message, this.#parts.trustForwarded)
    return { address, scheme }
  }

  #forwarded(request: RequestHead, client: Client): FieldLines {
    return withoutFields(forwardedFields(request, client, this.#parts.trustForwarded), trailer)
  }
}

/** Whether what is asked for is all in the head, as a cache reads it. */
function isKnowable(message: IncomingMessage): boolean {
  return !readsByBody(message, message.rawHeaders)
}

/**
 * The fields that are meant for the origin: what a client takes back by `Connection` must not have
 * chosen what is kept. The host is not its to take back.
 */
function meant(message: IncomingMessage, headers: FieldLines): FieldLines {
  const { connection } = message.headers
  if (connection === undefined || plainConnection.test(connection)) return headers
  const rest = withoutConnectionFields(headers)
  const [host, left] = [headers, rest].map((lines) => fieldValue(lines, 'host'))
  return host === left ? rest : withField(rest, 'Host', host as string)
}

function passedOn(headers: FieldLines): FieldLines {
  return withoutFields(withoutConnectionFields(headers), trailer)
}

/** Passes interim responses on as they come (RFC 9110 §15.2), to clients that know what they are. */
function relay(message: IncomingMessage, response: ServerResponse): OnInterim {
  return (status, headers) => {
    if (response.headersSent || message.httpVersion === '1.0') return
    if (status === 100) response.writeContinue()
    // Node's own `writeEarlyHints` leaves out whatever has no `Link`.
    else {
      const start = { statusCode: status, statusMessage: STATUS_CODES[status] ?? '' }
      response.socket?.write(headOf(start, withoutConnectionFields(headers)))
    }
  }
}

function turnAway(socket: Duplex, status: number): void {
  const start = { statusCode: status, statusMessage: STATUS_CODES[status] ?? '' }
  socket.on('error', () => socket.destroy())
  socket.end(headOf(start, ['Content-Length', '0', 'Connection', 'close']))
}

/** An answer of the proxy's own. */
function reply(response: ServerResponse, status: number, headers: FieldLines = []): void {
  if (response.headersSent || response.destroyed) {
    response.destroy()
    return
  }
  const text = `${STATUS_CODES[status]}\n`
  const own = ['Content-Type', 'text/plain', 'Content-Length', `${text.length}`]
  response.sendDate = true
  response.writeHead(status, [...own, 'Cache-Control', 'no-store', ...headers])
  response.end(text)
}
