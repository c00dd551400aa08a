/** Cells that a hash may be in: two words of two cells, the newest in the low half of the first. */
export const bucketLength = 4
/** A cell is 12 bits of a fingerprint over 4 of a count; it is empty where the count is 0. */
const countBits = 0b1111
const cellBits = 0xffff

/**
 * Remembers how often the keys were used that have gone, in two bytes apiece and by fingerprints:
 * one key in a thousand is taken for another. Each bucket forgets the one that came first.
 */
export class EvictedCounts {
  /** There are none until a key has gone: a cache that never fills pays nothing for them. */
  #words: Int32Array | undefined
  #buckets = 0

  /** How many keys it remembers at most. */
  get capacity(): number {
    return this.#buckets * bucketLength
  }

  /** Remembers about so many keys from now on, and none that came before. */
  resize(capacity: number): void {
    this.#buckets = Math.ceil(capacity / bucketLength)
    this.#words = undefined
  }

  /** Notes the count, 1 to 15, of a key that is not there. */
  put(hash: number, count: number): void {
    if (this.#buckets === 0) return
    this.#words ??= new Int32Array(2 * this.#buckets)
    const words = this.#words
    const place = this.#placeOf(hash)
    const newer = words[place] as number
    const older = words[place + 1] as number
    words[place] = (newer << 16) | fingerprint(hash) | count
    words[place + 1] = (older << 16) | (newer >>> 16)
  }

  /** Forgets the key; answers its count, or 0. */
  take(hash: number): number {
    const words = this.#words
    if (words === undefined) return 0
    const sought = fingerprint(hash)
    const first = this.#placeOf(hash)
    for (let place = first; place < first + 2; place++) {
      const word = words[place] as number
      for (let shift = 0; shift < 32; shift += 16) {
        const cell = (word >>> shift) & cellBits
        if ((cell ^ sought) > countBits || (cell & countBits) === 0) continue
        words[place] = word & ~(cellBits << shift)
        return cell & countBits
      }
    }
    return 0
  }

  /** Halves the counts in a range of places, of two cells each, out of `capacity / 2`. */
  halve(from: number, to: number): void {
    const words = this.#words
    if (words === undefined) return
    for (let place = from; place < to; place++) {
      const word = words[place] as number
      words[place] = (word & ~0xf000f) | ((word >>> 1) & 0x70007)
    }
  }

  #placeOf(hash: number): number {
    return Math.floor(((hash >>> 0) / 2 ** 32) * this.#buckets) * 2
  }
}

/** Bits that those which choose the bucket say nothing about. */
function fingerprint(hash: number): number {
  return (Math.imul(hash, 0x9e3779b1) >>> 16) & ~countBits
}
