/** Cells that a hash may be in; the newest of them is the first. */
export const bucketLength = 8
/** A cell is 12 bits of a fingerprint over 4 of a count; 0 is an empty one. */
const countBits = 0b1111

/**
 * Remembers how often the keys were used that have gone, in two bytes apiece and by fingerprints:
 * one key in 500 is taken for another. Each bucket forgets the one that came first.
 */
export class EvictedCounts {
  #cells = new Uint16Array(0)
  #buckets = 0

  /** How many keys it remembers at most. */
  get capacity(): number {
    return this.#cells.length
  }

  /** Remembers about so many keys from now on, and none that came before. */
  resize(capacity: number): void {
    this.#buckets = Math.ceil(capacity / bucketLength)
    this.#cells = new Uint16Array(this.#buckets * bucketLength)
  }

  /** Notes the count, 1 to 15, of a key that is not there. */
  put(hash: number, count: number): void {
    if (this.#buckets === 0) return
    let carried = fingerprint(hash) | count
    let place = this.#bucketOf(hash)
    for (const end = place + bucketLength; place < end && carried !== 0; place++) {
      const moved = this.#cells[place] as number
      this.#cells[place] = carried
      carried = moved
    }
  }

  /** Forgets the key; answers its count, or 0. */
  take(hash: number): number {
    if (this.#buckets === 0) return 0
    const sought = fingerprint(hash)
    let place = this.#bucketOf(hash)
    for (const end = place + bucketLength; place < end; place++) {
      const cell = this.#cells[place] as number
      if ((cell ^ sought) > countBits) continue
      this.#cells[place] = 0
      return cell & countBits
    }
    return 0
  }

  /** Halves the counts in a range of places; what falls to 0 is forgotten. */
  halve(from: number, to: number): void {
    for (let place = from; place < to; place++) {
      const cell = this.#cells[place] as number
      const count = (cell & countBits) >> 1
      this.#cells[place] = count === 0 ? 0 : (cell & ~countBits) | count
    }
  }

  #bucketOf(hash: number): number {
    return Math.floor(((hash >>> 0) / 2 ** 32) * this.#buckets) * bucketLength
  }
}

/** Bits that those which choose the bucket say nothing about; never 0, as empty cells are. */
function fingerprint(hash: number): number {
  return (Math.imul(hash, 0x9e3779b1) >>> 16) & ~countBits || countBits + 1
}
