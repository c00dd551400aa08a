import { EventEmitter } from 'node:events'
import { type ServerResponse, STATUS_CODES } from 'node:http'
import { PassThrough } from 'node:stream'
import type { Body, HttpResponse } from '../message.ts'
import { applyPatches } from '../page/head-patches.ts'
import { addFields, fieldsOf, patchableResponse } from './response-fields.ts'

/** An application did not answer, or not to the end: whoever asked it had gone, or it gave up. */
export class UnfinishedError extends Error {
  static {
    UnfinishedError.prototype.name = 'UnfinishedError'
  }
}

/** What Node says to who changes a head that has gone. */
class HeadGoneError extends Error {
  readonly code = 'ERR_HTTP_HEADERS_SENT'

  constructor() {
    super('The head of the response has been written and cannot be changed')
  }
}

/** The methods by which a response is written; `once` is by way of `on`, which others may have wrapped. */
const written = [
  'writeHead',
  'write',
  'end',
  'flushHeaders',
  'on',
  'addListener',
  'off',
  'removeListener',
  'setHeader',
  'appendHeader',
  'removeHeader',
] as const
type Listener = (...args: unknown[]) => void

/**
 * Takes what an application writes to a response, by whatever method, in place of the client. The
 * application finds the response as it would be without: begun, ended, slow. Whoever wrapped its
 * methods before sees only what is sent in the end; whoever wraps them later, what the application writes.
 */
export class Capture {
  /** The head as soon as it is final, with all of the body or the rest as it comes. Rejects with an `UnfinishedError`. */
  readonly reply: Promise<HttpResponse>
  /** Resolves when the application has ended the response, or has failed to. */
  readonly ended: Promise<void>
  /** Whether the application wants the head to be sent before there is any of the body. */
  flushed = false
  readonly #response: ServerResponse
  readonly #bodyless: boolean
  readonly #before: Pick<ServerResponse, (typeof written)[number]>
  /** Listeners of the application that wait for room in the body. */
  readonly #drains = new EventEmitter()
  readonly #body = new PassThrough()
  #state: 'open' | 'headed' | 'streaming' | 'ended' | 'failed' = 'open'
  #outside = false
  #head: HttpResponse | undefined
  #resolve: (reply: HttpResponse) => void = () => {}
  #reject: (error: unknown) => void = () => {}
  #end: () => void = () => {}

  constructor(response: ServerResponse, method: string) {
    this.#response = response
    this.#bodyless = method === 'HEAD'
    this.#before = pick(response)
    this.reply = new Promise((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
    })
    this.ended = new Promise((resolve) => {
      this.#end = resolve
    })
    this.#body.on('error', () => {})
    this.#body.on('drain', () => this.#drains.emit('drain'))
    response.once('close', () => {
      if (this.#isDone) return
      this.fail(new UnfinishedError('The response was closed before it was ended'))
    })
    this.#takeOver()
  }

  /** Writes to the response itself, past the capture. */
  outside<T>(run: () => T): T {
    const inside = pick(this.#response)
    Object.assign(this.#response, this.#before)
    this.#outside = true
    try {
      return run()
    } finally {
      this.#outside = false
      Object.assign(this.#response, inside)
    }
  }

  /** Nothing more will come of it; what is ended stays so. */
  fail(error: unknown): void {
    if (this.#isDone) return
    this.#state = 'failed'
    this.#reject(error)
    this.#body.destroy(new UnfinishedError('The response was not ended', { cause: error }))
    this.#end()
  }

  /** Gives the response back as it was found: the application has failed, and others may answer. */
  release(): void {
    const response = this.#response
    Object.assign(response, this.#before)
    Reflect.deleteProperty(response, 'headersSent')
    Reflect.deleteProperty(response, 'writableEnded')
  }

  #takeOver(): void {
    const response = this.#response
    const listen = (name: 'on' | 'addListener' | 'off' | 'removeListener') => {
      return (event: string, listener: Listener) => {
        if (event === 'drain') this.#drains[name](event, listener)
        else this.#before[name].call(response, event, listener)
        return response
      }
    }
    const changing = (name: 'setHeader' | 'appendHeader' | 'removeHeader') => {
      const change = response[name] as Listener
      return (...args: unknown[]) => {
        if (this.#state !== 'open') throw new HeadGoneError()
        return Reflect.apply(change, response, args)
      }
    }
    Object.assign(response, {
      writeHead: (...args: unknown[]) => this.#writeHead(args),
      write: (...args: unknown[]) => this.#write(args),
      end: (...args: unknown[]) => this.#finish(args),
      flushHeaders: () => this.#flush(),
      on: listen('on'),
      addListener: listen('addListener'),
      off: listen('off'),
      removeListener: listen('removeListener'),
      setHeader: changing('setHeader'),
      appendHeader: changing('appendHeader'),
      removeHeader: changing('removeHeader'),
    })
    Object.defineProperty(response, 'headersSent', {
      configurable: true,
      get: () => (this.#outside ? sent(response) : this.#state !== 'open' || sent(response)),
    })
    Object.defineProperty(response, 'writableEnded', {
      configurable: true,
      get: () => (this.#state === 'ended' && !this.#outside) || response.finished,
    })
  }

  #writeHead(args: readonly unknown[]): ServerResponse {
    const response = this.#response
    if (this.#state !== 'open') return response
    const [status, reason] = args
    response.statusCode = expectStatus(status)
    if (typeof reason === 'string') response.statusMessage = reason
    addFields(response, typeof reason === 'string' ? args[2] : reason)
    applyPatches(response, patchableResponse(response))
    const { statusCode, statusMessage = STATUS_CODES[statusCode] ?? '' } = response
    this.#head = { status: statusCode, reason: statusMessage, headers: fieldsOf(response) }
    this.#state = 'headed'
    return response
  }

  /** As Node does, by the method that others may have wrapped. */
  #headed(): void {
    if (this.#state === 'open') this.#response.writeHead(this.#response.statusCode)
  }

  #write(args: readonly unknown[]): boolean {
    this.#headed()
    if (this.#hasNoBody) {
      args.find(isFunction)?.()
      return true
    }
    this.#stream()
    return Reflect.apply(this.#body.write, this.#body, args)
  }

  #finish(args: readonly unknown[]): ServerResponse {
    const response = this.#response
    const [chunk, encoding] = args.filter((arg) => !isFunction(arg))
    const callback = args.find(isFunction)
    if (callback !== undefined) response.once('finish', callback)
    this.#headed()
    if (this.#isDone) return response
    if (this.#state === 'streaming') {
      Reflect.apply(this.#body.end, this.#body, chunk == null ? [] : [chunk, encoding])
    } else this.#settle(this.#hasNoBody ? undefined : bytesOf(chunk, encoding))
    this.#state = 'ended'
    this.#end()
    return response
  }

  #flush(): void {
    this.flushed = true
    this.#headed()
    this.#stream()
  }

  /** From here on the body comes in parts. */
  #stream(): void {
    if (this.#state !== 'headed') return
    this.#state = 'streaming'
    this.#settle(this.#hasNoBody ? undefined : partsOf(this.#body))
  }

  #settle(body: Body | undefined): void {
    if (this.#head !== undefined) this.#resolve({ ...this.#head, body })
  }

  get #isDone(): boolean {
    return this.#state === 'ended' || this.#state === 'failed'
  }

  get #hasNoBody(): boolean {
    const status = this.#head?.status
    return this.#bodyless || status === 204 || status === 304
  }
}

function pick(response: ServerResponse): Pick<ServerResponse, (typeof written)[number]> {
  const { writeHead, write, end, flushHeaders } = response
  const { on, addListener, off, removeListener } = response
  const { setHeader, appendHeader, removeHeader } = response
  return {
    ...{ writeHead, write, end, flushHeaders },
    ...{ on, addListener, off, removeListener },
    ...{ setHeader, appendHeader, removeHeader },
  }
}

/** Whether the head has left, whatever the response says of itself. */
function sent(response: ServerResponse): boolean {
  return Reflect.get(Object.getPrototypeOf(response), 'headersSent', response) === true
}

function expectStatus(status: unknown): number {
  const code = Math.trunc(Number(status))
  if (!(code >= 100 && code <= 999)) throw new RangeError(`Invalid status code: ${status}`)
  return code
}

function isFunction(value: unknown): value is () => void {
  return typeof value === 'function'
}

function bytesOf(chunk: unknown, encoding: unknown): Uint8Array {
  if (chunk === undefined || chunk === null) return new Uint8Array()
  if (chunk instanceof Uint8Array) return chunk
  if (typeof chunk !== 'string') throw new TypeError('The body is neither a string nor bytes')
  return Buffer.from(chunk, typeof encoding === 'string' ? (encoding as BufferEncoding) : 'utf8')
}

/** What an application writes is taken to the end, even when nobody wants it any more. */
function partsOf(body: PassThrough): AsyncIterable<Uint8Array> {
  return {
    [Symbol.asyncIterator]() {
      const parts = body.iterator({ destroyOnReturn: false })
      return {
        next: () => parts.next(),
        async return() {
          await parts.return?.()
          body.resume()
          return { done: true, value: undefined }
        },
      }
    },
  }
}
