import type { Bus, Unsubscribe } from '../contracts/bus.ts'
import type { Bytes } from '../contracts/store.ts'
import { BusError } from '../kernel/errors.ts'
import { type BusMessage, readMessage, splitNames, writeMessage } from './bus-message.ts'

/** What a synchronizer does to its cache. */
export interface SyncTarget {
  /** Others changed these; nothing known of them stands. */
  changed(kind: BusMessage['kind'], names: readonly string[]): void
  /** Messages may have been lost: everything learned so far must be checked before it is served. */
  suspect(reason: string): void
  failed(error: unknown): void
}

/** Most publishers whose numbers are remembered. */
const mostPublishers = 1_000
/** Most bytes of names in one message. */
const messageBytes = 48_000

/**
 * Tells the other processes' caches of the same name what changed here, and this one what changed
 * there. Each message carries its publisher and a number, so that a missing one shows.
 */
export class Synchronizer {
  readonly #bus: Bus
  readonly #cache: string
  readonly #origin: string
  readonly #target: SyncTarget
  readonly #last = new Map<string, number>()
  #sequence = 0
  #unsubscribe: Unsubscribe | undefined

  constructor(bus: Bus, cache: string, origin: Bytes, target: SyncTarget) {
    this.#bus = bus
    this.#cache = cache
    this.#origin = [...origin].map((byte) => byte.toString(16).padStart(2, '0')).join('')
    this.#target = target
  }

  get busName(): string {
    return this.#bus.name
  }

  async open(): Promise<void> {
    this.#unsubscribe = await this.#bus.subscribe({
      message: (bytes) => this.#receive(bytes),
      gap: (reason) => this.#target.suspect(reason),
    })
  }

  /** Hears what has been said up to now; to be called before memory is trusted. */
  get poll(): (() => void) | undefined {
    const { poll } = this.#bus
    return poll && (() => poll.call(this.#bus))
  }

  /** A failure is told to nobody but `failed`: the others' trust in memory is bounded by time. */
  async publish(kind: BusMessage['kind'], names: readonly string[]): Promise<void> {
    for (const part of splitNames(names, messageBytes)) {
      this.#sequence++
      const message = writeMessage({
        origin: this.#origin,
        sequence: this.#sequence,
        cache: this.#cache,
        kind,
        names: part,
      })
      try {
        await this.#bus.publish(message)
      } catch (cause) {
        this.#target.failed(
          new BusError(`Publishing on bus "${this.#bus.name}" failed: ${String(cause)}`, { cause }),
        )
      }
    }
  }

  async close(): Promise<void> {
    await this.#unsubscribe?.()
  }

  #receive(bytes: Bytes): void {
    const message = readMessage(bytes)
    if (message === undefined) {
      this.#target.suspect('unreadable message')
      return
    }
    if (message.origin === this.#origin || message.cache !== this.#cache) return
    const last = this.#last.get(message.origin) ?? message.sequence - 1
    if (message.sequence > last + 1) this.#target.suspect('missing message')
    this.#remember(message.origin, Math.max(last, message.sequence))
    // One that comes late or twice is no less true.
    this.#target.changed(message.kind, message.names)
  }

  /** Publishers come and go; those that have been silent longest are forgotten first. */
  #remember(origin: string, sequence: number): void {
    this.#last.delete(origin)
    this.#last.set(origin, sequence)
    if (this.#last.size <= mostPublishers) return
    const [oldest] = this.#last.keys()
    if (oldest !== undefined) this.#last.delete(oldest)
  }
}
