/**
 * Decides which entry must go. It sees slot numbers (0 to capacity - 1), never keys or values, so
 * that the cache and the simulator run the same object.
 */
export interface Policy {
  /** What stands in reports. */
  readonly name: string
  /** Slots from 0 to `capacity - 1` may be used from now on; it only grows, until `clear`. */
  reserve(capacity: number): void
  /** A new entry took `slot`; its hash and weight may be asked for until it leaves. */
  insert(slot: number): void
  /** The entry in `slot` was read or overwritten. */
  hit(slot: number): void
  /** The weight of the entry in `slot` is another now. Called only where weights are bounded. */
  reweigh?(slot: number, before: number): void
  /** The entry in `slot` leaves, for another reason than `evict`; its hash and weight may still be asked for. */
  remove(slot: number): void
  /**
   * Chooses the entry that must go, the newest included, and lets go of it; -1 when there is none.
   * The hash and the weight of those that stay and of the chosen one may be asked for meanwhile.
   */
  evict(): number
  /** The bounds have changed. What is over them is evicted next, one call of `evict` for each. */
  resize(maxEntries: number, maxWeight: number): void
  /** All entries left at once, and no slot is reserved any more. */
  clear(): void
}

/** What a policy may know of the slots it decides over; to be asked as an object, not taken apart. */
export interface PolicySetup {
  /** Bound on the number of entries; `Infinity` where only the weight is bounded. */
  readonly maxEntries: number
  /** Bound on the sum of the weights; `Infinity` where only the number is bounded. */
  readonly maxWeight: number
  /** 32 bits of the key in the slot, as a signed integer: alike for the same key every time. */
  hashOf(slot: number): number
  /** Weight of the entry in the slot: over 0, and 1 where nobody said. */
  weightOf(slot: number): number
  /** 32 bits to begin its own random numbers with, so that nobody who makes keys foresees them. */
  readonly seed: number
}

/** Makes the policy of one memory. */
export type PolicyFactory = (setup: PolicySetup) => Policy
