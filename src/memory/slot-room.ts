const firstCapacity = 64

/** What keeps something for each slot, and must know how many there may be. */
export interface SlotKeeper {
  reserve(capacity: number): void
}

/**
 * Gives the slots room, doubling it when it runs out. The parts that keep something for each slot
 * grow one at a time, at insertions that follow one another, so that no single one takes long.
 */
export class SlotRoom {
  readonly #parts: readonly SlotKeeper[]
  /** Room that all parts have. */
  #capacity = 0
  /** Room that the first `#grown` parts have already. */
  #target = 0
  #grown: number
  /** The slot at which the next part grows. */
  #next = 0

  constructor(parts: readonly SlotKeeper[]) {
    this.#parts = parts
    this.#grown = parts.length
  }

  /** Before `slot` is used: sees to it that it may be, if no more than `most` are in use. */
  makeFor(slot: number, most: number): void {
    if (slot >= this.#next) this.#grow(slot, most)
  }

  clear(): void {
    this.#capacity = 0
    this.#grown = this.#parts.length
    this.#next = 0
  }

  #grow(slot: number, most: number): void {
    const { length } = this.#parts
    if (this.#grown === length) {
      // One slot more than there may be entries, as the newest is in before another goes; and those
      // at which the parts would grow, as the bound may be raised when all others are taken.
      const doubled = Math.max(firstCapacity, this.#capacity * 2)
      this.#target = Math.max(this.#capacity + length, Math.min(doubled, most + 1 + length))
      this.#grown = 0
    }
    do this.#parts[this.#grown++]?.reserve(this.#target)
    while (this.#grown < length && slot >= this.#capacity)
    if (this.#grown === length) {
      this.#capacity = this.#target
      this.#next = Math.max(slot + 1, this.#capacity - length)
    } else this.#next = slot + 1
  }
}
