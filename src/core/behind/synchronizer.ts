import type { Bus, Unsubscribe } from '../../contracts/bus.ts'
import type { Cancel, Clock } from '../../contracts/clock.ts'
import type { Bytes } from '../../contracts/store.ts'
import { withDeadline } from '../../kernel/deadline.ts'
import { BusError } from '../../kernel/errors.ts'
import { hexOf } from '../../kernel/hex.ts'
import {
  type BusMessage,
  type ChangeKind,
  readMessage,
  splitNames,
  writeMessage,
} from './bus-message.ts'
import { Publishers } from './publishers.ts'
import { Unsaid } from './unsaid.ts'

/** What a synchronizer does to its cache. */
export interface SyncTarget {
  /** Others changed these; nothing known of them stands. */
  changed(kind: ChangeKind, names: readonly string[]): void
  /** Messages may have been lost: everything learned so far must be checked before it is served. */
  suspect(reason: string): void
  failed(error: unknown): void
  /** These keys of the store were changed, by whomever. */
  written(physicalKeys: readonly string[]): void
}

export interface SynchronizerOptions {
  readonly cache: string
  readonly origin: Bytes
  readonly clock: Clock
  /** Most milliseconds that anybody waits for the bus. */
  readonly storeTimeout: number
  readonly target: SyncTarget
  /** How the keys of the cache begin in the store. */
  readonly prefixes: readonly string[]
  /** The generation that all entries of the cache depend on. */
  readonly everything: string
}

/** Most bytes of names in one message. */
const messageBytes = 48_000
/** Milliseconds between two signs of life, where there are few publishers; */
const shortestBeat = 1_000
/** of many, each is heard of more rarely, so that nobody hears more than a hundred a second. */
const beatPerPublisher = 10
/** Beats after which silence means something. */
const patience = 3

/**
 * Tells the other processes' caches of the same name what changed here, and this one what changed
 * there. Each message carries its publisher and a number, so that a missing one shows at the next;
 * a sign of life now and then says which number was the last. Who hears no such sign of itself is
 * not connected; who does not hear another's any more may have missed its words.
 */
export class Synchronizer {
  readonly #bus: Bus
  readonly #options: SynchronizerOptions
  readonly #origin: string
  readonly #publishers = new Publishers()
  readonly #unsaid: Unsaid
  #sequence = 0
  #unsubscribe: Unsubscribe | undefined
  #unwatch: (() => void) | undefined
  #cancel: Cancel | undefined
  #closed = false
  /** When this process last heard itself. */
  #heardAt = 0
  /** Whether what others say is heard, as far as can be known. */
  #healthy = false
  /** The bus answered in time, last. While it does not nobody waits for it. */
  #answers = true

  constructor(bus: Bus, options: SynchronizerOptions) {
    this.#bus = bus
    this.#options = options
    this.#origin = hexOf(options.origin)
    this.#unsaid = new Unsaid(options.everything)
  }

  get busName(): string {
    return this.#bus.name
  }

  /** What others say is heard, as far as can be known. */
  get healthy(): boolean {
    return this.#healthy
  }

  /** Once this resolves, what others say is heard; or it is not, and will be tried again. */
  async open(): Promise<void> {
    const { clock, target, prefixes } = this.#options
    this.#unwatch ??= this.#bus.watch?.(prefixes, (keys) => target.written(keys))
    const attempt = { isLate: false }
    const subscribing = this.#subscribe(attempt)
    try {
      this.#unsubscribe = await this.#inTime(subscribing)
    } catch (cause) {
      // One that is answered late is followed by another; what is heard on it says nothing of that.
      attempt.isLate = true
      subscribing.then((unsubscribe) => unsubscribe()).catch(() => {})
      target.failed(this.#error('Subscribing to', cause))
      const again = () => void this.open()
      if (!this.#closed) this.#cancel = clock.schedule(shortestBeat, again, 'background')
      return
    }
    if (this.#closed) return this.#leave(this.#unsubscribe)
    this.#begin()
    if (this.#bus.poll === undefined) this.#beat()
  }

  /** Hears what has been said up to now; to be called before memory is trusted. */
  get poll(): (() => void) | undefined {
    const { poll } = this.#bus
    return poll && (() => poll.call(this.#bus))
  }

  /**
   * A failure is told to nobody but `failed`. Who has heard of this process notices that a number is
   * missing; for who has not, what was not said is said as soon as the bus takes something again.
   */
  async publish(kind: ChangeKind, names: readonly string[]): Promise<void> {
    if (await this.#say(kind, names)) await this.#sayRest()
  }

  async close(): Promise<void> {
    this.#closed = true
    this.#cancel?.()
    this.#unwatch?.()
    if (this.#unsubscribe === undefined) return
    if (this.#bus.poll === undefined) await this.#send('gone', [])
    await this.#leave(this.#unsubscribe)
  }

  async #subscribe(attempt: { readonly isLate: boolean }): Promise<Unsubscribe> {
    return this.#bus.subscribe({
      message: (bytes) => attempt.isLate || this.#receive(bytes),
      gap: (reason) => attempt.isLate || this.#gap(reason),
    })
  }

  async #leave(unsubscribe: Unsubscribe): Promise<void> {
    try {
      await this.#inTime(unsubscribe())
    } catch (cause) {
      this.#options.target.failed(this.#error('Leaving', cause))
    }
  }

  /** Answers whether the bus has taken all of it. */
  async #say(kind: ChangeKind, names: readonly string[]): Promise<boolean> {
    let said = true
    for (const part of splitNames(names, messageBytes)) {
      this.#sequence++
      if (!(await this.#send(kind, part))) said = false
    }
    return said
  }

  /** Says what the bus did not take, for as long as it takes it now. */
  async #sayRest(): Promise<void> {
    for (const [kind, names] of this.#unsaid.take()) await this.#say(kind, names)
  }

  /** Gives a sign of life: others learn from it which number was the last. */
  async #live(): Promise<void> {
    if (await this.#send('alive', [])) await this.#sayRest()
  }

  /** Answers whether the bus has taken it, in time. */
  async #send(kind: BusMessage['kind'], names: readonly string[]): Promise<boolean> {
    const { cache, target } = this.#options
    const sequence = this.#sequence
    const message = writeMessage({ origin: this.#origin, sequence, cache, kind, names })
    const failed = (cause: unknown) => {
      target.failed(this.#error('Publishing on', cause))
      return false
    }
    const sent = this.#publish(message).catch((cause) => {
      this.#unsaid.add(kind, names)
      return failed(cause)
    })
    if (!this.#answers) return false
    return this.#inTime(sent).catch((cause) => {
      this.#answers = false
      return failed(cause)
    })
  }

  async #publish(message: Bytes): Promise<boolean> {
    await this.#bus.publish(message)
    this.#answers = true
    return true
  }

  #inTime<T>(answer: Promise<T>): Promise<T> {
    const { clock, storeTimeout } = this.#options
    return withDeadline(
      answer,
      storeTimeout,
      clock,
      () => new BusError(`No answer for more than ${storeTimeout} ms`),
    )
  }

  #receive(bytes: Bytes): void {
    const { cache, clock, target } = this.#options
    const message = readMessage(bytes)
    if (message === undefined) target.suspect('unreadable message')
    if (message?.cache !== cache) return
    const { origin, sequence, kind, names } = message
    const now = clock.now()
    if (origin === this.#origin) {
      this.#heardAt = now
      if (!this.#healthy) this.#begin('heard again')
      return
    }
    if (kind === 'gone') {
      this.#publishers.leave(origin)
      return
    }
    const isChange = kind !== 'alive'
    if (this.#publishers.hear(origin, sequence, isChange, now, this.#patience)) {
      target.suspect('missing message')
    }
    // One that comes late or twice is no less true.
    if (isChange) target.changed(kind, names)
  }

  #gap(reason: string): void {
    this.#publishers.begin(this.#options.clock.now())
    this.#options.target.suspect(reason)
    if (this.#bus.poll !== undefined) return
    // Its connection may be lost: whether it hears the others shows when it hears itself.
    this.#healthy = false
    void this.#live()
  }

  /** What is said from now on is heard. */
  #begin(reason?: string): void {
    const now = this.#options.clock.now()
    this.#heardAt = now
    this.#healthy = true
    this.#publishers.begin(now)
    if (reason !== undefined) this.#options.target.suspect(reason)
  }

  /** Gives a sign of life, and looks who has not. */
  #beat(): void {
    const { clock, target } = this.#options
    const now = clock.now()
    if (this.#healthy && now - this.#heardAt > this.#patience) {
      this.#healthy = false
      target.suspect('the bus is silent')
    } else if (this.#publishers.forgetSilent(now, this.#patience)) {
      target.suspect('another process is silent')
    } else if (this.#publishers.settle(now, this.#patience)) {
      target.suspect('the beginning may have been missed')
    }
    void this.#live()
    this.#cancel = clock.schedule(this.#interval, () => this.#beat(), 'background')
  }

  get #interval(): number {
    return Math.max(shortestBeat, this.#publishers.count * beatPerPublisher)
  }

  get #patience(): number {
    return patience * this.#interval
  }

  #error(what: string, cause: unknown): BusError {
    return new BusError(`${what} bus "${this.#bus.name}" failed: ${String(cause)}`, { cause })
  }
}
