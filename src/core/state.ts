import type { MemoryBounds } from '../contracts/cache.ts'
import type { Clock } from '../contracts/clock.ts'
import type { Codec } from '../contracts/codec.ts'
import type { OpenLog } from '../contracts/log.ts'
import type { CreateMemory, Memory } from '../contracts/memory.ts'
import type { PolicyFactory } from '../contracts/policy.ts'
import type { Bytes } from '../contracts/store.ts'
import type { OpenTrace } from '../contracts/trace.ts'
import type { Backlog } from '../contracts/writing.ts'
import { approximateBytes } from '../kernel/approximate-bytes.ts'
import { ClosedError } from '../kernel/errors.ts'
import type { HitRatioCurve } from '../kernel/hit-ratio-curve.ts'
import { memoryBounds } from '../kernel/memory-bounds.ts'
import type { OnDemand } from '../kernel/on-demand.ts'
import { Permits } from '../kernel/permits.ts'
import { stampSource } from '../kernel/random.ts'
import { warn } from '../kernel/warn.ts'
import { Backend } from './behind/backend.ts'
import type { ChangeKind } from './behind/bus-message.ts'
import type { Behind, Connection } from './behind/connection.ts'
import { News } from './behind/news.ts'
import { type CacheOptions, timeLimit } from './cache-options.ts'
import { type Kept, valueIn } from './entry.ts'
import { builtInDefaults, type ResolvedOptions, resolveEntryOptions } from './entry-options.ts'
import { Events } from './events.ts'
import { Counters } from './insight/counters.ts'
import { createCurve } from './insight/curve.ts'
import { ReadWatch } from './insight/read-watch.ts'
import { expectName, Keyspace, logicalKey, namespaceOf } from './keyspace.ts'
import type { Flight } from './loading/flight.ts'
import { Flights } from './loading/flights.ts'
import { isolations, Recollection } from './recollection.ts'
import { UsualEntries } from './usual-entries.ts'
import { Wakers } from './wakers.ts'

/** Milliseconds for which memory is trusted while others' changes are not heard, */
const shortTrust = 1_000
/** and while they are: in parts, a bus can fail without anybody noticing. */
const longTrust = 60_000

/** Milliseconds for a store on this machine, which has nothing but the disk between; */
const localTimeout = 2_000
/** and for one behind a network. */
const remoteTimeout = 500

/** What the composition root decides: the parts that this room may not choose for itself. */
export interface Parts {
  readonly clock: Clock
  readonly codec: OnDemand<Codec>
  readonly createMemory: CreateMemory
  readonly policy: PolicyFactory
  /** Undefined where there is memory alone. */
  readonly behind: Behind | undefined
  readonly openTrace: OpenTrace
  readonly openLog: OpenLog
}

/** Writes that are put off, of one definition. */
export interface Drain {
  /** The definition's, with the namespaces around it. */
  readonly name: string
  backlog(): Backlog
  close(): Promise<void>
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
  /** Values to bytes. */
  readonly codec: OnDemand<Codec>
  readonly leaseTime: number
  readonly leaseWait: number
  readonly counters: Counters = new Counters()
  /** What callers wait for. */
  readonly flights: Flights = new Flights()
  /** What renews an entry that is being served meanwhile. */
  readonly renewals: Flights = new Flights()
  /** Each stands for a loader that may run. */
  readonly permits: Permits
  /** The bounds of memory, `Infinity` for none. */
  bounds: { maxEntries: number; maxWeight: number } = { maxEntries: 0, maxWeight: 0 }
  readonly recollection: Recollection
  /** Undefined where nobody asked for it. */
  readonly curve: HitRatioCurve | undefined
  readonly watch: ReadWatch
  readonly openTrace: OpenTrace
  readonly openLog: OpenLog
  /** What ends writes that are put off; before all else, for they change the cache when they are made. */
  readonly drains: Set<Drain> = new Set()
  /** Work that nobody waits for; `close` does. */
  readonly background: Set<Promise<unknown>> = new Set()
  readonly backend: Backend
  readonly wakers: Wakers
  readonly events: Events
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
    this.permits = new Permits(options.maxLoads ?? 10_000)
    this.events = new Events(this.name, parts.clock, options.onEvent)
    this.openTrace = parts.openTrace
    this.openLog = parts.openLog
    this.wakers = new Wakers(parts.clock)
    this.backend = this.#behind(options, parts)
    const setup = options.memory === false ? undefined : (options.memory ?? {})
    const trust =
      setup?.trust === undefined ? undefined : timeLimit('memory.trust', setup.trust, Infinity)
    if (setup !== undefined) this.bounds = memoryBounds(setup)
    this.curve = setup && createCurve(setup, parts, this)
    this.recollection = new Recollection({
      memory: setup && this.enabled ? this.#memory(options, setup, parts) : undefined,
      usual: new UsualEntries(this.defaults, !this.backed && trust === undefined),
      isolation: isolations[setup?.isolation ?? 'none'],
      trust: () => trust ?? this.#trust(),
      weigh: setup?.weigh ?? (setup?.maxWeight === undefined ? () => 1 : approximateBytes),
    })
    this.watch = new ReadWatch((memoryKey) => this.#weightOf(memoryKey))
  }

  get memory(): Memory<Kept> | undefined {
    return this.recollection.memory
  }

  resize(bounds: MemoryBounds): void {
    this.bounds = memoryBounds(bounds)
    this.memory?.resize(this.bounds)
    this.curve?.restart()
  }

  /** There is something behind memory, whether or not it is open yet. */
  get backed(): boolean {
    return this.backend.exists
  }

  get connection(): Connection | undefined {
    return this.backend.connection
  }

  /** What is behind memory, where nobody has to wait for it. */
  get ready(): Connection | undefined {
    return this.#closed === undefined && this.backend.passable ? this.connection : undefined
  }

  /** What time it is for a read of memory: at most as old as this turn of the event loop. */
  recent(): number {
    const { clock } = this
    return clock.recent === undefined ? clock.now() : clock.recent()
  }

  /** Opens what is behind memory, once; rejects at once while it does not answer. */
  connect(): Promise<Connection> {
    this.expectOpen()
    return this.backend.connect()
  }

  expectOpen(): void {
    if (this.#closed !== undefined)
      throw new ClosedError(`The cache "${this.name}" has been closed`)
  }

  failed(error: unknown, key?: string): void {
    this.events.emit('error', () => (key === undefined ? { error } : { error, key }))
  }

  /**
   * Tells the other processes, if a bus connects them. Where the store was waited for in vain, nobody
   * waits for the bus besides.
   */
  async publish(kind: ChangeKind, names: readonly string[]): Promise<void> {
    const told = this.connection?.sync?.publish(kind, names)
    if (told === undefined) return
    if (this.backend.passable) await told
    else this.inBackground(told)
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
    if (flight.renewal) this.renewals.remove(flight)
    else this.flights.remove(flight)
    flight.afterwards?.()
  }

  async close(): Promise<void> {
    const drained =
      this.drains.size > 0
        ? await Promise.allSettled([...this.drains].map((drain) => drain.close()))
        : []
    this.#closed ??= this.#close()
    await this.#closed
    // A log that cannot be closed keeps nothing else open.
    for (const drain of drained) if (drain.status === 'rejected') throw drain.reason
  }

  async #close(): Promise<void> {
    this.curve?.close()
    await this.watch.close()
    while (this.background.size > 0) await Promise.all(this.background)
    // From now on memory, too, answers nothing.
    this.recollection.suspectAll()
    this.memory?.close()
    await this.backend.close()
  }

  #behind(options: CacheOptions, parts: Parts): Backend {
    return new Backend({
      cache: this.name,
      clock: this.clock,
      codec: this.codec,
      events: this.events,
      stamp: this.stamp,
      owner: this,
      storeTimeout: timeLimit(
        'storeTimeout',
        options.storeTimeout,
        parts.behind?.local ? localTimeout : remoteTimeout,
      ),
      behind: this.enabled ? parts.behind : undefined,
      markKey: (name) => this.root.markKey(name),
      everything: this.root.generations[0] as string,
      target: new News(this),
      prefixes: this.root.prefixes,
      onOpen: ({ sync }) => {
        this.recollection.poll = sync?.poll
      },
      onChange: (up, reason) => this.#storeChanged(up, reason),
    })
  }

  /** What others did to the store while this process could not reach it is not known. */
  #storeChanged(up: boolean, reason: unknown): void {
    this.events.emit('store', () => ({ up }))
    if (!up && !this.events.listens('store')) {
      warn(`What is behind the cache "${this.name}" is down, memory goes on: ${String(reason)}`)
    }
    if (!up) return
    this.recollection.suspectAll()
    this.wakers.wakeAll()
  }

  /** How long memory is trusted where nobody said: as long as others' changes are heard. */
  #trust(): number {
    const { connection } = this
    if (connection === undefined) return this.backed ? shortTrust : Infinity
    const { store, sync } = connection
    if (sync?.poll !== undefined || (sync === undefined && store === undefined)) return Infinity
    if (!sync?.healthy) return shortTrust
    // Where there is no store to ask, not to trust memory would be to lose it.
    return store === undefined ? Infinity : longTrust
  }

  #memory(
    options: CacheOptions,
    setup: NonNullable<CacheOptions['memory']> & object,
    parts: Parts,
  ) {
    const { onRemove } = options
    return parts.createMemory<Kept>({
      ...this.bounds,
      cullFrequency: setup.cullFrequency,
      policy: setup.policy ?? parts.policy,
      clock: parts.clock,
      sampler: this.curve,
      removalsHeard: () => onRemove !== undefined || this.events.hearsRemovals,
      onRemove: (memoryKey, kept, reason) => {
        const key = logicalKey(memoryKey)
        this.events.emit('remove', () => ({ namespace: namespaceOf(memoryKey), key, reason }))
        try {
          onRemove?.(key, valueIn(kept), reason)
        } catch (error) {
          this.failed(error, key)
        }
      },
    })
  }

  /** What a key weighs that is read, as far as that matters to a recording. */
  #weightOf(memoryKey: string): number | undefined {
    if (this.bounds.maxWeight === Infinity) return undefined
    const kept = this.memory?.peek(memoryKey, this.recent())
    try {
      return kept === undefined ? Number.NaN : this.recollection.weightOf(memoryKey, kept)
    } catch {
      return Number.NaN
    }
  }
}
