import { codeOf } from '../../kernel/error-code.ts'
import { connectionOver, type RedisClient } from './client.ts'
import type { Connection } from './connection.ts'
import type { RedisLocation } from './location.ts'
import { type OpenOptions, type OpenRedis, openRedis } from './open.ts'

/** How a store comes to a connection: by opening it on first use, or because one was handed to it. */
export interface Link {
  /** Shown in errors. */
  readonly label: string
  use(): Connection | Promise<Connection>
  /** Tells of an error, after which the connection may have to be made anew. */
  failed(error: unknown): void
  /** Ends what was opened, at once. May be called twice. */
  close(): Promise<void>
}

export function handedLink(client: RedisClient): Link {
  const connection = connectionOver(client)
  // A client without a listener would end the process when its server goes away.
  if (isEmitter(client) && !client.listeners('error').includes(ignore)) client.on('error', ignore)
  return { label: 'a client handed over', use: () => connection, failed: ignore, close: settled }
}

/** A client is not replaced more often than this. */
const pauseMs = 1000

export class OpeningLink implements Link {
  readonly label: string
  readonly #location: RedisLocation
  readonly #options: OpenOptions
  readonly #now: () => number
  /** What was opened last, connected or not yet. */
  #client: OpenRedis | undefined
  #connection: Connection | undefined
  #connecting: Promise<Connection> | undefined
  #connectedAt = 0
  #closed = false

  constructor(location: RedisLocation, options: OpenOptions, now: () => number) {
    this.label = location.shown
    this.#location = location
    this.#options = options
    this.#now = now
  }

  use(): Connection | Promise<Connection> {
    if (this.#connection) return this.#connection
    this.#connecting ??= this.#connect().finally(() => {
      this.#connecting = undefined
    })
    return this.#connecting
  }

  failed(error: unknown): void {
    if (!this.#connection || !isAstray(error)) return
    if (this.#now() - this.#connectedAt < pauseMs) return
    this.#connection = undefined
    void this.#client?.close().catch(ignore)
  }

  async close(): Promise<void> {
    this.#closed = true
    this.#connection = undefined
    await this.#client?.destroy().catch(ignore)
  }

  async #connect(): Promise<Connection> {
    const client = await openRedis(this.#location, this.#options)
    this.#client = client
    try {
      if (!this.#closed) await client.connect()
      if (this.#closed) throw new Error('it is closed')
    } catch (error) {
      await client.destroy().catch(ignore)
      throw error
    }
    this.#connectedAt = this.#now()
    this.#connection = client.connection
    return client.connection
  }
}

/** Whether an answer shows that the way leads to a server which is not, or no more, the right one. */
function isAstray(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  if (error.message.startsWith('READONLY') || error.message === 'Connection timeout') return true
  return ['ECONNREFUSED', 'EHOSTUNREACH', 'ENETUNREACH', 'ENOTFOUND'].includes(codeOf(error) ?? '')
}

interface Emitter {
  on(event: 'error', listener: () => void): unknown
  listeners(event: 'error'): unknown[]
}

/** The package ioredis only complains on the console where nobody listens. */
function isEmitter(client: object): client is Emitter {
  return 'on' in client && 'listeners' in client && !('getBuffer' in client)
}

function ignore(): void {}

async function settled(): Promise<void> {}
