import type { MemoryBounds } from '../contracts/cache.ts'
import type { Clock } from '../contracts/clock.ts'
import type { Codec } from '../contracts/codec.ts'
import type { CacheEvent, Outcome, Tier } from '../contracts/events.ts'
import type { CreateMemory, Memory } from '../contracts/memory.ts'
import type { PolicyFactory } from '../contracts/policy.ts'
import type { Bytes } from '../contracts/store.ts'
import type { OpenTrace } from '../contracts/trace.ts'
import { approximateBytes } from '../kernel/approximate-bytes.ts'
import { ClosedError, ConfigError, StoreError } from '../kernel/errors.ts'
import type { HitRatioCurve } from '../kernel/hit-ratio-curve.ts'
import { memoryBounds } from '../kernel/memory-bounds.ts'
import { stampSource } from '../kernel/random.ts'
import type { BusMessage } from './bus-message.ts'
import { type CacheOptions, timeLimit } from './cache-options.ts'
import { type Backing, type Connection, connect } from './connection.ts'
import { Counters } from './counters.ts'
import { createCurve } from './curve.ts'
import type { Entry } from './entry.ts'
import { builtInDefaults, type ResolvedOptions, resolveEntryOptions } from './entry-options.ts'
import type { Flight } from './flight.ts'
import { expectName, Keyspace, logicalKey } from './keyspace.ts'
import { ReadWatch } from './read-watch.ts'
import { isolations, Recollection } from './recollection.ts'

/** What the composition root decides: the parts that this room may not choose for itself. */
export interface Parts {
  readonly clock: Clock
  readonly codec: Codec
  readonly createMemory: CreateMemory
  readonly policy: PolicyFactory
  /** Undefined where there is memory alone. */
  readonly open: (() => Promise<Backing>) | undefined
  readonly openTrace: OpenTrace
}

/** One cache: what all its namespaces share. */
export class CacheState {
  readonly name: string
  readonly enabled: boolean
  readonly root: Keyspace
  readonly defaults: ResolvedOptions
  readonly clock: Clock
  readonly random: () => number
  readonly stamp: () => Bytes
  readonly codec: Codec
  readonly leaseTime: number
  readonly leaseWait: number
  readonly counters: Counters = new Counters()
  /** What callers wait for, by key in memory. */
  readonly flights: Map<string, Flight> = new Map()
  /** What renews an entry that is being served meanwhile. */
  readonly renewals: Map<string, Flight> = new Map()
  /** The bounds of memory, `Infinity` for none. */
  bounds: { maxEntries: number; maxWeight: number } = { maxEntries: 0, maxWeight: 0 }
  readonly recollection: Recollection
  /** Undefined where nobody asked for it. */
  readonly curve: HitRatioCurve | undefined
  readonly watch: ReadWatch
  readonly openTrace: OpenTrace
  /** Work that nobody waits for; `close` does. */
  readonly background: Set<Promise<unknown>> = new Set()
  /** There is something behind memory, whether or not it is open yet. */
  readonly backed: boolean
  readonly #onEvent: ((event: CacheEvent) => void) | undefined
  readonly #storeTimeout: number
  readonly #open: (() => Promise<Backing>) | undefined
  readonly #wakers = new Map<string, Set<() => void>>()
  #connection: Connection | undefined
  #connecting: Promise<Connection> | undefined
  #closed: Promise<void> | undefined

  constructor(options: CacheOptions, parts: Parts) {
    this.name = expectName('name', options.name ?? 'default')
    this.enabled = options.enabled ?? true
    this.root = new Keyspace(this.name, options.version ?? 1, options.keyFunction)
    this.defaults = resolveEntryOptions('defaults', options.defaults, builtInDefaults)
    this.clock = parts.clock
    this.random = options.random ?? Math.random
    this.stamp = stampSource()
    this.codec = parts.codec
    this.leaseTime = timeLimit('leaseTime', options.leaseTime, 5_000)
    this.leaseWait = timeLimit('leaseWait', options.leaseWait, 30_000)
    this.#storeTimeout = timeLimit('storeTimeout', options.storeTimeout, 2_000)
    this.#onEvent = options.onEvent
    this.openTrace = parts.openTrace
    this.#open = this.enabled ? parts.open : undefined
    this.backed = this.#open !== undefined
    const setup = options.memory === false ? undefined : (options.memory ?? {})
    const trust =
      setup?.trust === undefined ? undefined : timeLimit('memory.trust', setup.trust, Infinity)
    if (setup !== undefined) this.bounds = memoryBounds(setup)
    this.curve = setup && createCurve(setup, parts, this)
    this.recollection = new Recollection({
      memory: setup && this.enabled ? this.#memory(options, setup, parts) : undefined,
      isolation: isolations[setup?.isolation ?? 'none'],
      trust: () => trust ?? this.#trustWithoutBus(),
      weigh: setup?.weigh ?? (setup?.maxWeight === undefined ? () => 1 : approximateBytes),
    })
    this.watch = new ReadWatch((memoryKey) => this.#weightOf(memoryKey))
  }

  get memory(): Memory<Entry> | undefined {
    return this.recollection.memory
  }

  resize(bounds: MemoryBounds): void {
    this.bounds = memoryBounds(bounds)
    this.memory?.resize(this.bounds)
    this.curve?.restart()
  }

  get connection(): Connection | undefined {
    return this.#connection
  }

  /** What time it is for a read of memory: at most as old as this turn of the event loop. */
  recent(): number {
    const { clock } = this
    return clock.recent === undefined ? clock.now() : clock.recent()
  }

  /** Opens what is behind memory, once; a failure is tried again by the next caller. */
  connect(): Promise<Connection> {
    this.expectOpen()
    this.#connecting ??= this.#connect().catch((cause) => {
      this.#connecting = undefined
      if (cause instanceof ConfigError || cause instanceof StoreError) throw cause
      const message = `Opening what is behind "${this.name}" failed: ${String(cause)}`
      throw new StoreError(message, { cause })
    })
    return this.#connecting
  }

  expectOpen(): void {
    if (this.#closed !== undefined)
      throw new ClosedError(`The cache "${this.name}" has been closed`)
  }

  /** Tells the listener, if there is one; the event is built only then. */
  emit(event: () => CacheEvent): void {
    if (this.#onEvent === undefined) return
    try {
      this.#onEvent(event())
    } catch {
      // A listener's failure is not the cache's; there is nobody left to tell.
    }
  }

  read(key: string, outcome: Outcome, tier?: Tier): void {
    if (this.#onEvent === undefined) return
    const base = { type: 'read', cache: this.name, key, outcome } as const
    this.emit(() => (tier === undefined ? base : { ...base, tier }))
  }

  failed(error: unknown, key?: string): void {
    const base = { type: 'error', cache: this.name, error } as const
    this.emit(() => (key === undefined ? base : { ...base, key }))
  }

  /** Tells the other processes, if a bus connects them. */
  async publish(kind: BusMessage['kind'], names: readonly string[]): Promise<void> {
    await this.#connection?.sync?.publish(kind, names)
  }

  /** Goes on by itself; its failure becomes an event. */
  inBackground(work: Promise<unknown>): void {
    const done = work
      .catch((error) => this.failed(error))
      .finally(() => this.background.delete(done))
    this.background.add(done)
  }

  /** The flight is over, or not to be joined any more. */
  land(flight: Flight): void {
    const flights = flight.renewal ? this.renewals : this.flights
    if (flights.get(flight.memoryKey) === flight) flights.delete(flight.memoryKey)
    flight.afterwards?.()
  }

  /** Ends every wait for a change of the key. */
  wake(memoryKey: string): void {
    for (const wake of this.#wakers.get(memoryKey) ?? []) wake()
  }

  /** Resolves when the key is known to have changed in the store, or after `ms`. */
  changeOf(memoryKey: string, ms: number): Promise<void> {
    return new Promise((resolve) => {
      const wakers = this.#wakers.get(memoryKey) ?? new Set()
      this.#wakers.set(memoryKey, wakers)
      const wake = () => {
        cancel()
        wakers.delete(wake)
        if (wakers.size === 0) this.#wakers.delete(memoryKey)
        resolve()
      }
      const cancel = this.clock.schedule(ms, wake, 'foreground')
      wakers.add(wake)
    })
  }

  async close(): Promise<void> {
    this.#closed ??= this.#close()
    return this.#closed
  }

  async #close(): Promise<void> {
    this.curve?.close()
    await this.watch.close()
    while (this.background.size > 0) await Promise.all(this.background)
    // From now on memory, too, answers nothing.
    this.recollection.suspectAll()
    this.memory?.close()
    const connection = await this.#connecting?.catch(() => undefined)
    await connection?.close()
  }

  async #connect(): Promise<Connection> {
    const backing = await this.#backing()
    const connection = await connect(backing, {
      cache: this.name,
      clock: this.clock,
      stamp: this.stamp,
      storeTimeout: this.#storeTimeout,
      markKey: (name) => this.root.markKey(name),
      target: {
        changed: (kind, names) => this.#changedElsewhere(kind, names),
        suspect: (reason) => this.#suspect(reason),
        failed: (error) => this.failed(error),
      },
    })
    this.recollection.poll = connection.sync?.poll
    this.#connection = connection
    return connection
  }

  async #backing(): Promise<Backing> {
    return (await this.#open?.()) ?? { store: undefined, bus: undefined, close: async () => {} }
  }

  #trustWithoutBus(): number {
    const connection = this.#connection
    return connection?.store === undefined || connection.sync !== undefined ? Infinity : 1_000
  }

  #memory(
    options: CacheOptions,
    setup: NonNullable<CacheOptions['memory']> & object,
    parts: Parts,
  ) {
    const { onRemove } = options
    const listening = onRemove !== undefined || options.onEvent !== undefined
    return parts.createMemory<Entry>({
      ...this.bounds,
      cullFrequency: setup.cullFrequency,
      policy: setup.policy ?? parts.policy,
      clock: parts.clock,
      sampler: this.curve,
      onRemove: listening
        ? (memoryKey, entry, reason) => {
            const key = logicalKey(memoryKey)
            this.emit(() => ({ type: 'remove', cache: this.name, key, reason }))
            try {
              onRemove?.(key, entry.value, reason)
            } catch (error) {
              this.failed(error, key)
            }
          }
        : undefined,
    })
  }

  /** What a key weighs that is read, as far as that matters to a recording. */
  #weightOf(memoryKey: string): number | undefined {
    if (this.bounds.maxWeight === Infinity) return undefined
    const entry = this.memory?.peek(memoryKey, this.recent())
    try {
      return entry === undefined ? Number.NaN : this.recollection.weightOf(memoryKey, entry)
    } catch {
      return Number.NaN
    }
  }

  #changedElsewhere(kind: BusMessage['kind'], names: readonly string[]): void {
    if (kind === 'keys') {
      for (const name of names) {
        this.recollection.forget(name, 'invalidated')
        this.wake(name)
      }
      return
    }
    for (const name of names) {
      if (kind === 'clear' && name === this.root.generations[0]) {
        this.recollection.forgetAll('invalidated')
      } else this.recollection.tags.mark(name)
    }
  }

  #suspect(reason: string): void {
    this.emit(() => ({ type: 'gap', cache: this.name, reason }))
    if (this.#connection?.store === undefined) this.recollection.forgetAll('invalidated')
    else this.recollection.suspectAll()
    for (const wakers of this.#wakers.values()) for (const wake of wakers) wake()
  }
}
