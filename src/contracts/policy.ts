/**
 * Decides which entry must go. It sees slot numbers (0 to capacity - 1), never keys or values, so
 * that the cache and the simulator run the same object.
 */
export interface Policy {
  readonly name: string
  /** Slots from 0 to `capacity - 1` may be used from now on; it only grows. */
  reserve(capacity: number): void
  /** A new entry took `slot`; `hash` is 32 bits of its key, alike for the same key every time. */
  insert(slot: number, hash: number): void
  /** The entry in `slot` was read or overwritten. */
  hit(slot: number): void
  /** The entry in `slot` left, for whatever reason. */
  remove(slot: number): void
  /** The slot that should go next, the newest included; -1 when there is none. Asking changes nothing for the answered slot. */
  victim(): number
  /** All entries left at once. */
  clear(): void
}

/** `maxEntries` is the bound of the cache, or `Infinity` where only the weight is bounded. */
export type PolicyFactory = (maxEntries: number) => Policy
