import type { Cancel, Clock } from '../contracts/clock.ts'
import type { RemovalReason } from '../contracts/events.ts'
import type { Memory, MemoryEntry, MemoryOptions } from '../contracts/memory.ts'
import type { Policy } from '../contracts/policy.ts'
import { hash } from '../kernel/hash.ts'
import { TimerWheel } from '../kernel/timer-wheel.ts'

const firstCapacity = 64
/** A `Map` holds 2 ** 24 entries and throws at the next. */
const mostEntries = 16_000_000
/** How many expired entries are let go before others get their turn: a pause of about a millisecond. */
const expiriesPerTurn = 2_000
/** Milliseconds. The timer looks at the clock at least this often, as the clock may be set forward. */
const longestWait = 600_000

interface Removal<E> {
  readonly key: string
  readonly entry: E
  readonly reason: RemovalReason
}

/**
 * The entries of a cache in this process. A `Map` leads from a key to a slot; everything else is
 * found under the slot number in arrays, the policy's and the timer wheel's own among them.
 *
 * A pinned entry, of weight 0, is unknown to the policy; it counts for `maxEntries` all the same.
 */
export class MemoryTier<E extends MemoryEntry> implements Memory<E> {
  readonly removals: Record<RemovalReason, number> = {
    evicted: 0,
    expired: 0,
    deleted: 0,
    replaced: 0,
    invalidated: 0,
  }
  readonly #clock: Clock
  readonly #policy: Policy
  readonly #onRemove: MemoryOptions<E>['onRemove']
  readonly #seed: number
  readonly #slots = new Map<string, number>()
  readonly #wheel = new TimerWheel((slot) => this.#entryAt(slot).expiresAt)
  /** Those that left and that nobody has been told of yet, in order. */
  readonly #untold = new Set<Removal<E>>()
  #keys: string[] = []
  #entries: (E | undefined)[] = []
  #weights = new Float64Array(0)
  #free: number[] = []
  #maxEntries: number
  #maxWeight: number
  #weight = 0
  #pinned = 0
  #cancelTimer: Cancel | undefined
  /** When the timer is to run: `Infinity` when there is none, `-Infinity` when there shall be none. */
  #timerAt = Infinity

  constructor(options: MemoryOptions<E>) {
    this.#clock = options.clock
    this.#onRemove = options.onRemove
    this.#seed = options.seed ?? 0
    this.#maxEntries = Math.min(options.maxEntries, mostEntries)
    this.#maxWeight = Math.min(options.maxWeight, Number.MAX_VALUE)
    this.#policy = options.policy(options.maxEntries)
  }

  get size(): number {
    return this.#slots.size
  }

  get weight(): number {
    return this.#weight
  }

  get policyName(): string {
    return this.#policy.name
  }

  get(key: string, now: number): E | undefined {
    const slot = this.#slots.get(key)
    if (slot === undefined) return undefined
    const entry = this.#entryAt(slot)
    if (entry.expiresAt <= now) {
      this.#leave(slot, 'expired')
      this.#tell()
      return undefined
    }
    if (this.#weights[slot] !== 0) this.#policy.hit(slot)
    return entry
  }

  peek(key: string, now: number): E | undefined {
    const slot = this.#slots.get(key)
    if (slot === undefined) return undefined
    const entry = this.#entryAt(slot)
    return entry.expiresAt <= now ? undefined : entry
  }

  /**
   * What was there counts as `'replaced'`, unless it is the same object. Where the new entry is
   * refused it counts as `'expired'` if the new one has expired, as `'evicted'` if that is too heavy.
   */
  set(key: string, entry: E, weight: number, now: number): boolean {
    const kept = this.#put(key, entry, weight, now)
    this.#tell()
    return kept
  }

  delete(key: string, reason: RemovalReason): E | undefined {
    const slot = this.#slots.get(key)
    if (slot === undefined) return undefined
    const entry = this.#leave(slot, reason)
    this.#tell()
    return entry
  }

  clear(reason: RemovalReason): void {
    this.removals[reason] += this.#slots.size
    if (this.#onRemove) {
      for (const [key, slot] of this.#slots) {
        this.#untold.add({ key, entry: this.#entryAt(slot), reason })
      }
    }
    this.#slots.clear()
    this.#keys = []
    this.#entries = []
    this.#free = []
    this.#weight = 0
    this.#pinned = 0
    this.#policy.clear()
    this.#wheel.clear()
    this.#tell()
  }

  resize(bounds: { readonly maxEntries: number; readonly maxWeight: number }): void {
    this.#maxEntries = Math.min(bounds.maxEntries, mostEntries)
    this.#maxWeight = Math.min(bounds.maxWeight, Number.MAX_VALUE)
    this.#trim()
    this.#tell()
  }

  *entries(now: number): IterableIterator<[key: string, entry: E]> {
    for (const [key, slot] of this.#slots) {
      const entry = this.#entryAt(slot)
      if (entry.expiresAt > now) yield [key, entry]
    }
  }

  close(): void {
    this.#cancelTimer?.()
    this.#timerAt = -Infinity
  }

  /** The structure, for tests of what must always hold of it. */
  inspect(): {
    readonly slots: ReadonlyMap<string, number>
    readonly keys: readonly string[]
    readonly entries: readonly (E | undefined)[]
    readonly weights: Float64Array
    readonly free: readonly number[]
    readonly wheel: TimerWheel
  } {
    return {
      slots: this.#slots,
      keys: this.#keys,
      entries: this.#entries,
      weights: this.#weights,
      free: this.#free,
      wheel: this.#wheel,
    }
  }

  #put(key: string, entry: E, weight: number, now: number): boolean {
    let slot = this.#slots.get(key)
    if (slot !== undefined && this.#entryAt(slot).expiresAt <= now) {
      this.#leave(slot, 'expired')
      slot = undefined
    }
    const expired = !(entry.expiresAt > now)
    if (expired || !(weight >= 0 && weight <= this.#maxWeight)) {
      if (slot !== undefined) this.#leave(slot, expired ? 'expired' : 'evicted')
      return false
    }
    if (slot !== undefined) this.#replace(slot, entry, weight)
    else if (this.#slots.size >= this.#maxEntries && this.#slots.size === this.#pinned) return false
    else slot = this.#enter(key, entry, weight)
    this.#wheel.schedule(slot, now)
    this.#arm(now)
    this.#trim()
    return this.#entries[slot] === entry
  }

  #enter(key: string, entry: E, weight: number): number {
    const slot = this.#free.pop() ?? this.#entries.length
    if (slot === this.#weights.length) this.#grow()
    this.#slots.set(key, slot)
    this.#keys[slot] = key
    this.#entries[slot] = entry
    this.#admit(slot, weight)
    return slot
  }

  #replace(slot: number, entry: E, weight: number): void {
    const old = this.#entryAt(slot)
    const oldWeight = this.#weights[slot] as number
    this.#entries[slot] = entry
    if (weight === 0 || oldWeight === 0) {
      this.#dismiss(slot)
      this.#admit(slot, weight)
    } else {
      this.#weights[slot] = weight
      this.#weight += weight - oldWeight
      this.#policy.hit(slot)
    }
    if (old !== entry) this.#record(this.#keys[slot] as string, old, 'replaced')
  }

  /** Everything about an entry's departure but the telling of it. */
  #leave(slot: number, reason: RemovalReason): E {
    const key = this.#keys[slot] as string
    const entry = this.#entryAt(slot)
    this.#slots.delete(key)
    this.#wheel.cancel(slot)
    this.#dismiss(slot)
    this.#keys[slot] = ''
    this.#entries[slot] = undefined
    this.#free.push(slot)
    this.#record(key, entry, reason)
    return entry
  }

  #admit(slot: number, weight: number): void {
    this.#weights[slot] = weight
    this.#weight += weight
    if (weight === 0) this.#pinned++
    else this.#policy.insert(slot, hash(this.#keys[slot] as string, this.#seed))
  }

  #dismiss(slot: number): void {
    const weight = this.#weights[slot] as number
    this.#weight -= weight
    if (weight === 0) this.#pinned--
    else this.#policy.remove(slot)
  }

  #trim(): void {
    while (this.#slots.size > this.#maxEntries || this.#weight > this.#maxWeight) {
      const slot = this.#policy.victim()
      if (slot === -1) return
      this.#leave(slot, 'evicted')
    }
  }

  /** One slot more than there may be entries: the policy is asked when the newest is in already. */
  #grow(): void {
    const doubled = Math.max(firstCapacity, this.#weights.length * 2)
    const capacity = Math.min(doubled, this.#maxEntries + 1)
    const weights = new Float64Array(capacity)
    weights.set(this.#weights)
    this.#weights = weights
    this.#policy.reserve(capacity)
    this.#wheel.reserve(capacity)
  }

  #arm(now: number): void {
    if (this.#wheel.next >= this.#timerAt) return
    this.#cancelTimer?.()
    this.#timerAt = Math.min(this.#wheel.next, now + longestWait)
    const wait = Math.max(0, this.#timerAt - now)
    this.#cancelTimer = this.#clock.schedule(wait, () => this.#expire(), 'background')
  }

  #expire(): void {
    const now = this.#clock.now()
    this.#wheel.advance(now, expiriesPerTurn, (slot) => this.#leave(slot, 'expired'))
    this.#timerAt = Infinity
    this.#arm(now)
    this.#tell()
  }

  #record(key: string, entry: E, reason: RemovalReason): void {
    this.removals[reason]++
    if (this.#onRemove) this.#untold.add({ key, entry, reason })
  }

  /** Comes last in every operation, when the structure is whole: a listener may call back, or throw. */
  #tell(): void {
    if (this.#untold.size === 0) return
    let failure: { readonly error: unknown } | undefined
    for (const removal of this.#untold) {
      this.#untold.delete(removal)
      try {
        this.#onRemove?.(removal.key, removal.entry, removal.reason)
      } catch (error) {
        failure ??= { error }
      }
    }
    if (failure) throw failure.error
  }

  #entryAt(slot: number): E {
    return this.#entries[slot] as E
  }
}
