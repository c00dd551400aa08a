/**
 * Random numbers from a seed, alike for the same seed: SplitMix (Steele, Lea and Flood, "Fast
 * splittable pseudorandom number generators", OOPSLA 2014) in 32 bits. Not for secrets.
 */
export class SplitMix {
  #state: number

  constructor(seed: number) {
    this.#state = seed | 0
  }

  /** A signed integer of 32 bits. */
  next(): number {
    this.#state = (this.#state + 0x9e3779b9) | 0
    let bits = this.#state
    bits = Math.imul(bits ^ (bits >>> 16), 0x21f0aaad)
    bits = Math.imul(bits ^ (bits >>> 15), 0x735a2d97)
    return bits ^ (bits >>> 15)
  }

  /** An integer from 0 to `bound - 1`; `bound` is at most 2 ** 32. */
  below(bound: number): number {
    return Math.floor(((this.next() >>> 0) / 2 ** 32) * bound)
  }
}
