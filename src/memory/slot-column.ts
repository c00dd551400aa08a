import { grown } from '../kernel/grown.ts'

/**
 * One number for each slot. While all are the one that nobody has to say, there is no array: so
 * a cache without expiry or weights pays for neither.
 */
export class SlotColumn {
  readonly #usual: number
  #numbers: Float64Array | undefined
  #capacity = 0

  constructor(usual: number) {
    this.#usual = usual
  }

  /** Slots from 0 to `capacity - 1` may be used from now on, until `clear`. */
  reserve(capacity: number): void {
    this.#capacity = capacity
    if (this.#numbers === undefined) return
    const { length } = this.#numbers
    this.#numbers = grown(Float64Array, this.#numbers, capacity).fill(this.#usual, length)
  }

  at(slot: number): number {
    return this.#numbers === undefined ? this.#usual : (this.#numbers[slot] as number)
  }

  set(slot: number, number: number): void {
    if (this.#numbers === undefined) {
      if (number === this.#usual) return
      this.#numbers = new Float64Array(this.#capacity).fill(this.#usual)
    }
    this.#numbers[slot] = number
  }

  clear(): void {
    this.#numbers = undefined
    this.#capacity = 0
  }
}
