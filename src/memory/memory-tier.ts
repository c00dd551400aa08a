import type { RemovalReason } from '../contracts/events.ts'
import type { AccessSampler, Memory, MemoryOptions } from '../contracts/memory.ts'
import type { Policy } from '../contracts/policy.ts'
import { SlotMap } from '../kernel/slot-map.ts'
import { Departures } from './departures.ts'
import { PolicyView } from './policy-view.ts'
import { SlotColumn } from './slot-column.ts'
import { SlotRoom } from './slot-room.ts'
import { Sweeper } from './sweeper.ts'

/**
 * The entries of a cache in this process. A hash table leads from a key to a slot; everything else
 * is found under the slot number in arrays, the policy's own among them.
 *
 * A pinned entry, of weight 0, is unknown to the policy; it counts for `maxEntries` all the same.
 */
export class MemoryTier<V> implements Memory<V> {
  readonly #policy: Policy
  readonly #sampler: AccessSampler | undefined
  readonly #cullFrequency: number | undefined
  readonly #departures: Departures<V>
  readonly #table: SlotMap<V>
  readonly #sweeper: Sweeper
  readonly #weights = new SlotColumn(1)
  readonly #room: SlotRoom
  #maxEntries: number
  #maxWeight: number
  #weight = 0
  #pinned = 0

  constructor(options: MemoryOptions<V>) {
    const { maxEntries, maxWeight, seed = 0 } = options
    this.#sampler = options.sampler
    this.#cullFrequency = options.cullFrequency
    this.#departures = new Departures(options.onRemove, options.removalsHeard)
    this.#maxEntries = maxEntries
    this.#maxWeight = Math.min(maxWeight, Number.MAX_VALUE)
    this.#table = new SlotMap(seed)
    this.#sweeper = new Sweeper({
      clock: options.clock,
      table: this.#table,
      expire: (slot) => this.#leave(slot, 'expired'),
      afterTurn: () => this.#departures.tell(),
    })
    const view = new PolicyView({ maxEntries, maxWeight, seed }, this.#table, this.#weights)
    this.#policy = options.policy(view)
    this.#room = new SlotRoom([this.#table, this.#policy, this.#weights])
  }

  get size(): number {
    return this.#table.size
  }

  get weight(): number {
    return this.#weight
  }

  get policyName(): string {
    return this.#policy.name
  }

  get removals(): Readonly<Record<RemovalReason, number>> {
    return this.#departures.counts
  }

  get(key: string, now: number): V | undefined {
    const slot = this.use(key, now)
    return slot === -1 ? undefined : this.#table.valueAt(slot)
  }

  /** As `get`, but answers the slot in which the value is now, or -1: `undefined` may be a value. */
  use(key: string, now: number): number {
    const table = this.#table
    const slot = table.seek(key)
    const sampler = this.#sampler
    if (sampler !== undefined) {
      const hash = slot === -1 ? table.hashOfMissed(key) : table.hashAt(slot)
      if (hash >>> 0 < sampler.threshold) sampler.read(hash >>> 0)
    }
    if (slot === -1) return -1
    if (this.#table.deadlineAt(slot) <= now) {
      this.#leave(slot, 'expired')
      this.#departures.tell()
      return -1
    }
    if (this.#weights.at(slot) !== 0) this.#policy.hit(slot)
    return slot
  }

  valueAt(slot: number): V {
    return this.#table.valueAt(slot)
  }

  has(key: string, now: number): boolean {
    const slot = this.#find(key)
    return slot !== -1 && this.#table.deadlineAt(slot) > now
  }

  peek(key: string, now: number): V | undefined {
    const slot = this.#find(key)
    return slot === -1 || this.#table.deadlineAt(slot) <= now
      ? undefined
      : this.#table.valueAt(slot)
  }

  deadlineOf(key: string): number | undefined {
    const slot = this.#find(key)
    return slot === -1 ? undefined : this.#table.deadlineAt(slot)
  }

  /**
   * What was there counts as `'replaced'`, unless it is the same object. Where the new value is
   * refused it counts as `'expired'` if the new one has expired, as `'evicted'` if that is too heavy.
   */
  set(key: string, value: V, weight: number, expiresAt: number, now: number): boolean {
    if (this.#cullFrequency !== undefined) this.#cull(this.#cullFrequency)
    const kept = this.#put(key, value, weight, expiresAt, now)
    this.#departures.tell()
    return kept
  }

  prolong(key: string, expiresAt: number, now: number): boolean {
    const slot = this.#find(key)
    if (slot === -1 || this.#table.deadlineAt(slot) <= now) return false
    this.#schedule(slot, expiresAt, now)
    return true
  }

  delete(key: string, reason: RemovalReason): V | undefined {
    const slot = this.#find(key)
    if (slot === -1) return undefined
    const value = this.#leave(slot, reason)
    this.#departures.tell()
    return value
  }

  clear(reason: RemovalReason): void {
    const table = this.#table
    this.#departures.counts[reason] += table.size
    if (this.#departures.heard) {
      for (const slot of table.slots()) {
        this.#departures.note(table.keyAt(slot), table.valueAt(slot), reason)
      }
    }
    table.clear()
    this.#policy.clear()
    this.#sweeper.clear()
    this.#weights.clear()
    this.#room.clear()
    this.#weight = 0
    this.#pinned = 0
    this.#departures.tell()
  }

  resize(bounds: { readonly maxEntries: number; readonly maxWeight: number }): void {
    this.#maxEntries = bounds.maxEntries
    this.#maxWeight = Math.min(bounds.maxWeight, Number.MAX_VALUE)
    this.#policy.resize(bounds.maxEntries, bounds.maxWeight)
    this.#trim(-1)
    this.#departures.tell()
  }

  *entries(now: number): IterableIterator<[key: string, value: V]> {
    const table = this.#table
    for (const slot of table.slots()) {
      if (this.#table.deadlineAt(slot) > now) yield [table.keyAt(slot), table.valueAt(slot)]
    }
  }

  close(): void {
    this.#sweeper.close()
  }

  /** The structure, for tests of what must always hold of it. */
  inspect(): {
    readonly table: SlotMap<V>
    readonly weights: SlotColumn
    readonly sweeper: Sweeper
  } {
    return { table: this.#table, weights: this.#weights, sweeper: this.#sweeper }
  }

  #find(key: string): number {
    return this.#table.find(key, this.#table.hash(key))
  }

  #put(key: string, value: V, weight: number, expiresAt: number, now: number): boolean {
    const hash = this.#table.hashOfMissed(key)
    let slot = this.#table.find(key, hash)
    if (slot !== -1 && this.#table.deadlineAt(slot) <= now) {
      this.#leave(slot, 'expired')
      slot = -1
    }
    const expired = !(expiresAt > now)
    if (expired || !(weight >= 0 && weight <= this.#maxWeight)) {
      if (slot !== -1) this.#leave(slot, expired ? 'expired' : 'evicted')
      return false
    }
    if (slot !== -1) this.#replace(slot, value, weight)
    else if (this.size >= this.#maxEntries && this.size === this.#pinned) return false
    else slot = this.#enter(key, hash, value, weight)
    this.#schedule(slot, expiresAt, now)
    return this.#trim(slot)
  }

  #enter(key: string, hash: number, value: V, weight: number): number {
    this.#room.makeFor(this.#table.next, this.#maxEntries)
    const slot = this.#table.insert(key, hash, value)
    this.#weights.set(slot, weight)
    this.#admit(slot, weight)
    return slot
  }

  #replace(slot: number, value: V, weight: number): void {
    const table = this.#table
    const before = this.#weights.at(slot)
    const old = table.valueAt(slot)
    if (weight === 0 || before === 0) {
      this.#dismiss(slot, before)
      this.#weights.set(slot, weight)
      this.#admit(slot, weight)
    } else {
      if (weight !== before) this.#reweigh(slot, before, weight)
      this.#policy.hit(slot)
    }
    if (old === value) return
    table.setValue(slot, value)
    this.#departures.count(table, slot, old, 'replaced')
  }

  #reweigh(slot: number, before: number, weight: number): void {
    this.#weights.set(slot, weight)
    this.#weight += weight - before
    if (this.#maxWeight < Number.MAX_VALUE) this.#policy.reweigh?.(slot, before)
  }

  #admit(slot: number, weight: number): void {
    this.#weight += weight
    if (weight === 0) this.#pinned++
    else this.#policy.insert(slot)
  }

  #dismiss(slot: number, weight: number): void {
    this.#weight -= weight
    if (weight === 0) this.#pinned--
    else this.#policy.remove(slot)
  }

  /** Everything about an entry's departure but the telling of it. */
  #leave(slot: number, reason: RemovalReason): V {
    this.#dismiss(slot, this.#weights.at(slot))
    return this.#empty(slot, reason)
  }

  /** Frees a slot that the policy does not hold any more. */
  #empty(slot: number, reason: RemovalReason): V {
    const value = this.#table.valueAt(slot)
    this.#departures.count(this.#table, slot, value, reason)
    this.#weights.set(slot, 1)
    this.#table.remove(slot)
    // A sum of fractions drifts; that of pinned entries alone, or of none, is known.
    if (this.size === this.#pinned) this.#weight = 0
    return value
  }

  /** Evicts what is over the bounds; answers whether the entry in `slot` is still there. */
  #trim(slot: number): boolean {
    let kept = true
    while (this.size > this.#maxEntries || this.#weight > this.#maxWeight) {
      const victim = this.#evict()
      if (victim === -1) break
      if (victim === slot) kept = false
    }
    return kept
  }

  #evict(): number {
    const victim = this.#policy.evict()
    if (victim === -1) return -1
    this.#weight -= this.#weights.at(victim)
    this.#empty(victim, 'evicted')
    return victim
  }

  #cull(frequency: number): void {
    if (this.size < this.#maxEntries) return
    let left = frequency === 0 ? this.size : Math.floor(this.size / frequency)
    while (left-- > 0 && this.#evict() !== -1);
  }

  #schedule(slot: number, expiresAt: number, now: number): void {
    this.#table.setDeadline(slot, expiresAt)
    this.#sweeper.note(expiresAt, now)
  }
}
