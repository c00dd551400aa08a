import type { BusListener, Unsubscribe } from '../../contracts/bus.ts'
import type { Bytes } from '../../contracts/store.ts'
import { LastingConnection } from '../../drivers/lasting-connection.ts'
import type { Connection } from '../../drivers/redis/connection.ts'
import type { Ear } from '../../drivers/redis/ear.ts'
import { BusError, CacheError } from '../../kernel/errors.ts'
import { Audience } from '../audience.ts'
import type { ChannelOptions } from './channel-options.ts'
import { type Listening, listenBy, together } from './listening.ts'

export interface RedisChannelOptions extends ChannelOptions {
  /** Opens what else listens, with which the channel is lost, and which is lost with the channel. */
  readonly beside?: (connection: Connection, lost: (reason: string) => void) => Promise<Listening>
}

/** A channel of Redis: a link on which to speak, and a connection on which to listen. */
export class RedisChannel {
  readonly audience: Audience = new Audience()
  readonly #options: RedisChannelOptions
  readonly #ear: LastingConnection<Listening>
  #closed = false

  constructor(options: RedisChannelOptions) {
    this.#options = options
    this.#ear = new LastingConnection({
      label: this.#label,
      clock: options.clock,
      open: (lost) => this.#listen(lost),
      ping: (ear) => ear.ping(),
      destroy: (ear) => ear.destroy(),
      gap: (reason) => this.gap(reason),
    })
  }

  async publish(message: Bytes): Promise<void> {
    this.#expectOpen()
    const { link, channel } = this.#options
    try {
      const connection = await link.use()
      const bytes = Buffer.from(message.buffer, message.byteOffset, message.length)
      const name = connection.oneServer ? 'PUBLISH' : 'SPUBLISH'
      await connection.write(channel, [name, channel, bytes])
    } catch (error) {
      link.failed(error)
      throw this.#failure(error)
    }
  }

  async subscribe(listener: BusListener): Promise<Unsubscribe> {
    this.#expectOpen()
    const leave = this.audience.add(listener)
    try {
      await this.#ear.use()
      this.#expectOpen()
    } catch (error) {
      leave()
      throw this.#failure(error)
    }
    return async () => {
      leave()
      if (this.audience.size === 0) this.#ear.close()
    }
  }

  gap(reason: string): void {
    this.audience.gap(reason)
    this.audience.deliver()
  }

  /** Listens on another connection from now on, if it does already. */
  renew(reason: string): void {
    this.#ear.renew(reason)
  }

  async close(): Promise<void> {
    this.#closed = true
    this.audience.clear()
    this.#ear.close()
    await this.#options.link.close()
  }

  async #listen(lost: (reason: string) => void): Promise<Listening> {
    const { link, beside } = this.#options
    const connection = await link.use()
    const channel = this.#listenToChannel(connection, lost)
    return beside ? together([channel, beside(connection, lost)]) : channel
  }

  async #listenToChannel(connection: Connection, lost: (reason: string) => void): Promise<Ear> {
    const { channel } = this.#options
    const kind = connection.oneServer ? 'plain' : 'sharded'
    const hear = (said: unknown) => {
      if (said instanceof Uint8Array) this.audience.message(said)
      this.audience.deliver()
    }
    // A sharded channel is where its name belongs, as the server itself knows best.
    let failure: unknown = new BusError(`${this.#label} has no server to listen to`)
    for (const open of await connection.ears()) {
      try {
        return await listenBy(open, lost, (ear) => ear.listen(channel, kind, hear))
      } catch (error) {
        failure = error
      }
    }
    throw failure
  }

  #expectOpen(): void {
    if (this.#closed) throw new BusError(`${this.#label} is closed`)
  }

  #failure(error: unknown): CacheError {
    if (error instanceof CacheError) return error
    const text = error instanceof Error ? error.message || error.name : String(error)
    return new BusError(`${this.#label} failed: ${text}`, { cause: error })
  }

  get #label(): string {
    return `The redis bus at ${this.#options.link.label}`
  }
}
