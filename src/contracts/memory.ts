import type { Clock } from './clock.ts'
import type { RemovalReason } from './events.ts'
import type { PolicyFactory } from './policy.ts'

/** A bounded map that forgets: by policy when it is full, by time without being read. */
export interface Memory<V> {
  readonly size: number
  readonly weight: number
  readonly policyName: string
  /** How many entries left, by reason, since it was made. */
  readonly removals: Readonly<Record<RemovalReason, number>>
  /** The value, whose entry counts as used. `now`, here and below, is what the clock says. */
  get(key: string, now: number): V | undefined
  /** The value, unnoticed by the policy. */
  peek(key: string, now: number): V | undefined
  /** When the entry ends, expired or not; undefined where there is none. */
  deadlineOf(key: string): number | undefined
  /**
   * Keeps the value until `expiresAt` (epoch milliseconds; `Infinity` is never), in place of the
   * one that was there, and answers whether it is kept. A weight of 0 pins it: no policy evicts
   * it. Nothing is kept under the key when it has expired, when it weighs more than the whole
   * bound or is not a number of 0 or more, when pinned entries leave no room, or when the policy
   * would rather keep all others.
   */
  set(key: string, value: V, weight: number, expiresAt: number, now: number): boolean
  /** Gives the entry another end, unnoticed by the policy; answers whether there was one. */
  prolong(key: string, expiresAt: number, now: number): boolean
  /** Answers the value that was there, expired or not. */
  delete(key: string, reason: RemovalReason): V | undefined
  clear(reason: RemovalReason): void
  /** Entries over a new bound are evicted at once. */
  resize(bounds: { readonly maxEntries: number; readonly maxWeight: number }): void
  /** Those that have not expired, unnoticed by the policy. */
  entries(now: number): IterableIterator<[key: string, value: V]>
  /** Stops its timer. What it holds goes with it. */
  close(): void
}

export interface MemoryOptions<V> {
  /** `Infinity` for none. */
  readonly maxEntries: number
  /** `Infinity` for none. */
  readonly maxWeight: number
  readonly policy: PolicyFactory
  readonly clock: Clock
  /** Makes the hashes of keys hard to foresee. @default 0 */
  readonly seed?: number | undefined
  /**
   * Django's rule: a `set` that finds `maxEntries` entries first evicts one in so many of them,
   * and all where it is 0. Without it, entries are evicted one at a time as others come.
   */
  readonly cullFrequency?: number | undefined
  /** Is told of some of the keys that are read, whether they are there or not. */
  readonly sampler?: AccessSampler | undefined
  /** Told of each entry that left, after it has left; it may call back. What it throws is not caught here. */
  readonly onRemove?: ((key: string, value: V, reason: RemovalReason) => void) | undefined
  /** Whether it wants to be told now. @default always */
  readonly removalsHeard?: (() => boolean) | undefined
}

export type CreateMemory = <V>(options: MemoryOptions<V>) => Memory<V>

/** Watches the reads of the keys whose hash, as an unsigned integer, is below `threshold`. */
export interface AccessSampler {
  threshold: number
  /** `hash` is the key's, unsigned. */
  read(hash: number): void
}
