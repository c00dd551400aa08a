import type { Clock } from './clock.ts'
import type { RemovalReason } from './events.ts'
import type { PolicyFactory } from './policy.ts'

/** What can be kept in memory: anything with an instant of death. */
export interface MemoryEntry {
  /**
   * Epoch milliseconds from which it is gone; `Infinity` is never. Its owner may move it to a later
   * instant while it is kept; to bring it forward, `set` it again.
   */
  readonly expiresAt: number
}

/** A bounded map that forgets: by policy when it is full, by time without being read. */
export interface Memory<E extends MemoryEntry> {
  readonly size: number
  readonly weight: number
  readonly policyName: string
  /** How many entries left, by reason, since it was made. */
  readonly removals: Readonly<Record<RemovalReason, number>>
  /** The entry, which counts as used. `now`, here and below, is what the clock says. */
  get(key: string, now: number): E | undefined
  /** The entry, unnoticed by the policy. */
  peek(key: string, now: number): E | undefined
  /**
   * Keeps the entry, in place of the one that was there, and answers whether it is kept. A weight
   * of 0 pins it: no policy evicts it. Nothing is kept under the key when the entry has expired,
   * when it weighs more than the whole bound or is not a number of 0 or more, when pinned entries
   * leave no room, or when the policy would rather keep all others.
   */
  set(key: string, entry: E, weight: number, now: number): boolean
  /** Answers the entry that was there, expired or not. */
  delete(key: string, reason: RemovalReason): E | undefined
  clear(reason: RemovalReason): void
  /** Entries over a new bound are evicted at once. */
  resize(bounds: { readonly maxEntries: number; readonly maxWeight: number }): void
  /** Those that have not expired, unnoticed by the policy. */
  entries(now: number): IterableIterator<[key: string, entry: E]>
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
  /** Makes the hashes that the policy is given hard to foresee. @default 0 */
  readonly seed?: number | undefined
  /** Told of each entry that left, after it has left; it may call back. What it throws is not caught here. */
  readonly onRemove?: ((key: string, entry: E, reason: RemovalReason) => void) | undefined
}
