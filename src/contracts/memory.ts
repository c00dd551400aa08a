import type { Clock } from './clock.ts'
import type { RemovalReason } from './events.ts'
import type { PolicyFactory } from './policy.ts'

/** What can be kept in memory: anything with an instant of death. */
export interface MemoryEntry {
  /** Epoch milliseconds from which it is gone; `Infinity` is never. */
  readonly expiresAt: number
}

/** A bounded map that forgets: by policy when it is full, by time without being read. */
export interface Memory<E extends MemoryEntry> {
  readonly size: number
  readonly weight: number
  readonly policyName: string
  /** How many entries left, by reason, since it was made. */
  readonly removals: Readonly<Record<RemovalReason, number>>
  /** The entry, which counts as used. */
  get(key: string): E | undefined
  /** The entry, unnoticed by the policy. */
  peek(key: string): E | undefined
  /**
   * Keeps the entry, in place of the one that was there. A weight of 0 pins it: no policy evicts
   * it. False when it weighs more than the whole bound: then nothing is kept under the key.
   */
  set(key: string, entry: E, weight: number): boolean
  delete(key: string, reason: RemovalReason): E | undefined
  clear(reason: RemovalReason): void
  /** Entries over a new bound are evicted at once. */
  resize(bounds: { readonly maxEntries: number; readonly maxWeight: number }): void
  /** Those that have not expired, unnoticed by the policy. */
  entries(): IterableIterator<[key: string, entry: E]>
  /** Stops its timer. What it holds goes with it. */
  close(): void
}

export interface MemoryOptions<E extends MemoryEntry> {
  /** `Infinity` for none. */
  readonly maxEntries: number
  /** `Infinity` for none. */
  readonly maxWeight: number
  readonly policy: PolicyFactory
  readonly clock: Clock
  /** Told of each entry that left, after it has left; what it throws is not caught here. */
  readonly onRemove?: ((key: string, entry: E, reason: RemovalReason) => void) | undefined
}
