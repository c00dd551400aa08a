import type { Socket } from 'node:net'
import type { Cancel, Clock } from '../../contracts/clock.ts'
import type { Bytes } from '../../contracts/store.ts'
import { StoreError } from '../../kernel/errors.ts'
import { type Batch, lines, noop, statistics } from './commands.ts'
import { packed } from './packed-parts.ts'
import { type Reply, ReplyReader } from './reply-reader.ts'

/** How long a server may keep a batch waiting before the connection is given up. */
export const longestSilenceMs = 3000
/** What a batch is given in addition, for the way to the server: a megabyte a second. */
const slowestBytesPerMs = 1000
/** Pauses between two attempts to connect to a server that failed. */
export const pausesMs: { readonly first: number; readonly longest: number } = {
  first: 50,
  longest: 3000,
}
/** Commands and bytes that may wait for a server. */
export const mostCommands = 100_000
export const mostBytes: number = 64 * 1024 ** 2

export type Replies = readonly Reply[]

interface Pending {
  readonly batch: Batch
  readonly first: number
  readonly bytes: number
  readonly replies: Reply[]
  resolve(replies: Replies): void
  reject(error: StoreError): void
}

/** Replies that need not say which command they answer. */
const silent: ReadonlySet<string> = new Set(['EN', 'MN', 'SERVER_ERROR'])

/**
 * One connection to one server, opened when it is needed. Batches are pipelined. Whatever is not as
 * expected ends the connection and fails all that waits: an answer is never guessed. After a failure
 * everything fails at once, until the server has answered again; it is tried in the background.
 */
export class Connection {
  /** Bytes of the largest item that the server takes, as far as it told. */
  itemLimit: number = Infinity
  readonly #subject: string
  readonly #open: () => Socket
  readonly #clock: Clock
  #socket: Socket | undefined
  #failure: StoreError | undefined
  #pauseMs: number = pausesMs.first
  #cancelRetry: Cancel | undefined
  #cancelWatch: Cancel | undefined
  #closed = false
  #drained: (() => void)[] = []
  #pending: Pending[] = []
  #waitingCommands = 0
  #waitingBytes = 0
  #opaque = 0
  #outgoing: (string | Bytes)[] = []
  #received = 0

  constructor(name: string, open: () => Socket, clock: Clock) {
    this.#subject = `The Memcached server ${name}`
    this.#open = open
    this.#clock = clock
  }

  /** Whether it failed, and has not answered since. */
  get down(): boolean {
    return this.#failure !== undefined
  }

  /** Answers a reply for each command. What the server could not do is answered with `SERVER_ERROR`. */
  run(batch: Batch): Promise<Replies> {
    if (batch.count === 0) return Promise.resolve([])
    const refusal = this.#refusal(batch)
    if (refusal) return Promise.reject(refusal)
    const socket = this.#socket ?? this.#connect()
    socket.ref()
    return this.#submit(socket, batch)
  }

  /** Waits for what has been asked, then closes; may be called twice. */
  async close(): Promise<void> {
    this.#closed = true
    this.#cancelRetry?.()
    if (this.#pending.length > 0 && !this.#failure) {
      await new Promise<void>((resolve) => this.#drained.push(resolve))
    }
    this.#end('it is not in use any more')
  }

  #refusal({ count }: Batch): StoreError | undefined {
    if (this.#closed) return new StoreError(`${this.#subject} is not in use any more`)
    if (this.#failure) return this.#failure
    const commands = this.#waitingCommands
    // What is too large by itself must not wait for ever.
    if (commands === 0) return undefined
    if (commands + count <= mostCommands && this.#waitingBytes <= mostBytes) return undefined
    return new StoreError(
      `${this.#subject} has ${commands} commands of ${this.#waitingBytes} bytes to answer, and gets no more`,
    )
  }

  #connect(): Socket {
    const socket = this.#open()
    this.#socket = socket
    const reader = new ReplyReader((reply) => this.#take(reply))
    const end = (reason: string, cause?: unknown) => {
      if (this.#socket === socket) this.#end(reason, cause)
    }
    socket.unref()
    socket.on('error', (error) => end(error.message, error))
    socket.on('close', () => end('the connection was closed'))
    socket.on('data', (chunk: Buffer) => {
      if (this.#socket !== socket) return
      this.#received += chunk.length
      try {
        reader.feed(chunk)
      } catch (error) {
        end(`it answered ${error instanceof Error ? error.message : String(error)}`, error)
      }
    })
    this.#greet(socket).catch(() => {})
    return socket
  }

  /** Proves that somebody is there who speaks the meta protocol, and learns what he takes. */
  async #greet(socket: Socket): Promise<void> {
    await this.#submit(socket, noop)
    if (this.#socket !== socket) return
    this.#failure = undefined
    this.#pauseMs = pausesMs.first
    const told = statistics(await this.#submit(socket, lines('stats settings')))
    this.itemLimit = Number(told.get('item_size_max')) || Infinity
  }

  #submit(socket: Socket, batch: Batch): Promise<Replies> {
    const first = this.#opaque
    this.#opaque += batch.count
    const parts = batch.encode(first)
    for (const part of parts) this.#send(socket, part)
    if (!batch.codes) this.#send(socket, 'mn\r\n')
    const bytes = parts.reduce((sum, { length }) => sum + length, 0)
    this.#waitingCommands += batch.count
    this.#waitingBytes += bytes
    return new Promise((resolve, reject) => {
      this.#pending.push({ batch, first, bytes, replies: [], resolve, reject })
      if (!this.#cancelWatch) this.#watch()
    })
  }

  /** What is sent in one turn goes out together. */
  #send(socket: Socket, part: string | Bytes): void {
    const outgoing = this.#outgoing
    if (outgoing.length === 0) queueMicrotask(() => this.#flush(socket))
    const last = outgoing.at(-1)
    if (typeof last === 'string' && typeof part === 'string')
      outgoing[outgoing.length - 1] = last + part
    else outgoing.push(part)
  }

  #flush(socket: Socket): void {
    if (this.#socket !== socket) return
    const outgoing = this.#outgoing
    this.#outgoing = []
    socket.cork()
    for (const part of packed(outgoing)) {
      if (typeof part === 'string') socket.write(part, 'latin1')
      else socket.write(part)
    }
    socket.uncork()
  }

  /** Throws where the reply is none to the oldest batch. */
  #take(reply: Reply): void {
    const pending = this.#pending[0]
    if (!pending) throw new Error('what nobody asked')
    const { batch, first, replies } = pending
    const { codes, count } = batch
    if (codes) expectAnswer(codes, first + replies.length, reply)
    if (codes || reply.code !== 'MN') replies.push(reply)
    if (codes ? replies.length === count : reply.code === 'MN') this.#finish(pending)
  }

  #finish({ batch, bytes, replies, resolve }: Pending): void {
    this.#pending.shift()
    this.#waitingCommands -= batch.count
    this.#waitingBytes -= bytes
    resolve(replies)
    if (this.#pending.length > 0) return
    this.#socket?.unref()
    for (const resolve of this.#drained) resolve()
  }

  /** Also where nothing is open. */
  #end(reason: string, cause?: unknown): void {
    const error = new StoreError(`${this.#subject} failed: ${reason}`, { cause })
    const pending = this.#pending
    this.#pending = []
    this.#waitingCommands = 0
    this.#waitingBytes = 0
    this.#outgoing = []
    this.#cancelWatch?.()
    this.#cancelWatch = undefined
    this.#socket?.destroy()
    this.#socket = undefined
    for (const { reject } of pending) reject(error)
    for (const resolve of this.#drained) resolve()
    // A server that closes what nobody uses is not down; it is asked again when it is needed.
    if (pending.length === 0 || this.#closed) return
    this.#failure = error
    this.#retryLater()
  }

  #retryLater(): void {
    const retry = () => {
      try {
        this.#connect()
      } catch {
        // It could not even be tried: whoever asks next is told why.
        this.#failure = undefined
      }
    }
    this.#cancelRetry = this.#clock.schedule(this.#pauseMs, retry, 'background')
    this.#pauseMs = Math.min(this.#pauseMs * 2, pausesMs.longest)
  }

  /** One timer for all that waits: what was the oldest all the time was not answered. */
  #watch(): void {
    const oldest = this.#pending[0]
    if (!oldest) return
    const received = this.#received
    const patienceMs = longestSilenceMs + Math.floor(oldest.bytes / slowestBytesPerMs)
    const look = () => {
      this.#cancelWatch = undefined
      if (oldest === this.#pending[0] && received === this.#received) {
        this.#end(`it did not answer for ${patienceMs} ms`)
      } else this.#watch()
    }
    this.#cancelWatch = this.#clock.schedule(patienceMs, look, 'background')
  }
}

function expectAnswer(codes: ReadonlySet<string>, opaque: number, reply: Reply): void {
  const { code, line } = reply
  if (!codes.has(code) && code !== 'SERVER_ERROR') {
    throw new Error(JSON.stringify((line || code).slice(0, 80)))
  }
  if (reply.opaque !== opaque && !(reply.opaque < 0 && silent.has(code))) {
    throw new Error('what belongs to another question')
  }
}
