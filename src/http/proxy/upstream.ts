import { Agent, type ClientRequest, type IncomingMessage, request as requestHttp } from 'node:http'
import { request as requestHttps, Agent as SecureAgent } from 'node:https'
import { withoutFields } from '../engine/fields.ts'
import type { FieldLines, HttpRequest, HttpResponse } from '../message.ts'
import { hasBody } from '../node/read-request.ts'
import { ReplayableBody } from './replayable-body.ts'
import { upstreamBody } from './upstream-body.ts'
import { UpstreamError } from './upstream-error.ts'

const contentLength: ReadonlySet<string> = new Set(['content-length'])

/** Told of interim responses: 100, 102, 103 … */
export type OnInterim = (status: number, headers: FieldLines) => void

/** RFC 9110 §9.2.2: what may be sent again though it may have been received. */
const idempotent = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE', 'PUT', 'DELETE'])
/** How a connection fails that the origin closed while it was idle. */
const closed = new Set(['ECONNRESET', 'EPIPE'])
/** Idle connections are let go before most origins do: Node's after 5 s. */
const idleTime = 4000

/** The origin behind the proxy, over connections that are kept. */
export class Upstream {
  readonly #origin: URL
  readonly #timeout: number
  readonly #agent: Agent

  constructor(origin: URL, timeout: number) {
    this.#origin = origin
    this.#timeout = timeout
    const options = { keepAlive: true, timeout: idleTime }
    this.#agent = origin.protocol === 'https:' ? new SecureAgent(options) : new Agent(options)
  }

  /** Sends a request, its fields as they are; rejects with an `UpstreamError`. */
  async fetch(request: HttpRequest, onInterim: OnInterim = () => {}): Promise<HttpResponse> {
    const body = new ReplayableBody(request.body)
    try {
      return await this.#attempt(request, body, onInterim, this.#agent)
    } catch (error) {
      if (!(error instanceof DeadConnection)) throw error
      if (!idempotent.has(request.method) || !body.replayable) throw failure(error.cause)
      return await this.#attempt(request, body, onInterim, false)
    }
  }

  /** Closes the idle connections. */
  close(): void {
    this.#agent.destroy()
  }

  async #attempt(
    request: HttpRequest,
    body: ReplayableBody,
    onInterim: OnInterim,
    agent: Agent | false,
  ): Promise<HttpResponse> {
    const sent = this.open(request, agent)
    sent.on('information', (interim) => onInterim(interim.statusCode, interim.rawHeaders))
    const response = responseTo(sent)
    body.send(sent).catch((error) => sent.destroy(error))
    const message = await response
    const { statusCode: status = 502, statusMessage: reason = '', rawHeaders: headers } = message
    if (request.method === 'HEAD' || status === 204 || status === 304) {
      message.on('error', () => {}).resume()
      // RFC 9110 §8.6: there is no content that it could be the length of.
      const fields = status === 204 ? withoutFields(headers, contentLength) : headers
      return { status, reason, headers: fields }
    }
    return { status, reason, headers, body: upstreamBody(message, this.#timeout) }
  }

  /** Begins a request. */
  open(request: HttpRequest, agent: Agent | false = this.#agent): ClientRequest {
    const { protocol, hostname, port } = this.#origin
    const send = protocol === 'https:' ? requestHttps : requestHttp
    return send({
      protocol,
      hostname: hostname.replace(/^\[|\]$/g, ''),
      port,
      method: request.method,
      path: pathOf(request),
      headers: framed(request),
      setHost: false,
      agent,
      timeout: this.#timeout,
      signal: request.signal,
    })
  }
}

/** A kept connection had been closed by the time that a request was sent over it. */
class DeadConnection extends Error {}

function responseTo(sent: ClientRequest): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    sent.once('response', (message) => {
      sent.setTimeout(0)
      resolve(message)
    })
    sent.once('upgrade', (_, socket) => {
      socket.destroy()
      reject(new UpstreamError(502, 'The origin changed the protocol, which nobody asked for'))
    })
    sent.once('close', () => reject(failure(new Error('the connection was closed'))))
    sent.once('timeout', () => {
      sent.destroy(new UpstreamError(504, 'The origin did not answer in time'))
    })
    // It stays: what comes after a complete response is no failure of it.
    sent.on('error', (error: NodeJS.ErrnoException) => {
      const dead = sent.reusedSocket && closed.has(error.code ?? '')
      reject(dead ? new DeadConnection(error.message, { cause: error }) : failure(error))
    })
  })
}

function failure(error: unknown): UpstreamError {
  if (error instanceof UpstreamError) return error
  const said = error instanceof Error ? error.message : String(error)
  return new UpstreamError(502, `The origin cannot be reached: ${said}`, { cause: error })
}

function pathOf({ method, url }: HttpRequest): string {
  const path = url.slice(url.indexOf('/', url.indexOf('//') + 2))
  return method === 'OPTIONS' && path === '/*' ? '*' : path
}

/** Says where the body ends: what was said of one that is not sent would be waited for. */
function framed({ headers, body, method }: HttpRequest): readonly string[] {
  if (body !== undefined) {
    return hasBody(headers) ? headers : [...headers, 'Transfer-Encoding', 'chunked']
  }
  const expectsBody = method === 'POST' || method === 'PUT' || method === 'PATCH'
  const rest = withoutFields(headers, contentLength)
  return expectsBody ? [...rest, 'Content-Length', '0'] : rest
}
