import { SplitMix } from './split-mix.ts'

/** Keys of more units are long: only so many are looked at, in parts spread over the key. */
const sampled = 128
const parts = 16
/** Units that have random numbers of their own. */
const block = 256

/**
 * 32 bits of a key, the same for the same key and seed, and hard to foresee without the seed: the
 * units of a key are added to random numbers, each place's own, then multiplied in pairs and summed
 * up ("Multilinear-HM" of Lemire and Kaser, "Strongly universal string hashing is fast", 2014), so
 * that whoever makes keys cannot make them collide: two keys do once in 2 ** 17 seeds at most. The
 * low bits of such a sum are weak; mixing at the end spreads the high ones over all.
 *
 * A long key takes no more time than one of 128 units. Keys alike in all that is looked at collide;
 * their owner notices, and has them hashed `whole`.
 */
export class KeyHash {
  /** Every unit of every key counts, at the price of time without bound. */
  whole = false
  readonly #numbers = new Int32Array(block)

  constructor(seed: number) {
    const random = new SplitMix(seed)
    for (let i = 0; i < block; i++) this.#numbers[i] = random.next()
  }

  /** Whether the hash of the key depends on a sample of it, unless they are hashed whole. */
  isLong(key: string): boolean {
    return key.length > sampled
  }

  /** A signed integer of 32 bits. */
  of(key: string): number {
    const { length } = key
    if (length <= sampled) return mixed(this.#sum(key, 0, length, 0, length))
    return this.whole ? this.#ofWhole(key) : this.ofSample(key)
  }

  /** The hash of a long key by a sample of it. */
  ofSample(key: string): number {
    const { length } = key
    const size = sampled / parts
    let sum = length
    for (let part = 0; part < parts; part++) {
      const start = Math.floor(((length - size) * part) / (parts - 1))
      sum = this.#sum(key, start, start + size, part * size, sum)
    }
    return mixed(sum)
  }

  #ofWhole(key: string): number {
    const { length } = key
    let bits = length
    for (let start = 0; start < length; start += block) {
      bits = mixed(this.#sum(key, start, Math.min(length, start + block), 0, bits))
    }
    return bits
  }

  /** Four units at a time, two in each factor, as long as they are bytes: most keys are. */
  #sum(key: string, start: number, end: number, first: number, before: number): number {
    const numbers = this.#numbers
    let sum = before
    let seen = 0
    let place = first
    let i = start
    for (; i + 3 < end; i += 4, place += 2) {
      const a = key.charCodeAt(i)
      const b = key.charCodeAt(i + 1)
      const c = key.charCodeAt(i + 2)
      const d = key.charCodeAt(i + 3)
      seen |= a | b | c | d
      const left = ((numbers[place] as number) + (a | (b << 8))) | 0
      const right = ((numbers[place + 1] as number) + (c | (d << 8))) | 0
      sum = (turned(sum) + Math.imul(left, right)) | 0
    }
    for (; i < end; i++, place++) {
      const unit = key.charCodeAt(i)
      seen |= unit
      sum = (sum + Math.imul(numbers[place] as number, unit)) | 0
    }
    return seen > 255 ? this.#sumOfWide(key, start, end, first, before) : sum
  }

  /** The same with one unit in each factor. */
  #sumOfWide(key: string, start: number, end: number, first: number, before: number): number {
    const numbers = this.#numbers
    let sum = before
    let place = first
    for (let i = start; i < end; i += 2, place += 2) {
      const left = ((numbers[place] as number) + key.charCodeAt(i)) | 0
      const unit = i + 1 < end ? key.charCodeAt(i + 1) : 0
      sum = (turned(sum) + Math.imul(left, ((numbers[place + 1] as number) + unit) | 0)) | 0
    }
    return sum
  }
}

/** Units that differ in a high bit leave the low bits of their product alike: not those of the sum. */
function turned(sum: number): number {
  return (sum << 7) | (sum >>> 25)
}

/** The last steps of MurmurHash3 (x86, 32 bits): each bit of the answer depends on all bits. */
function mixed(sum: number): number {
  let bits = Math.imul(sum ^ (sum >>> 16), 0x85ebca6b)
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35)
  return bits ^ (bits >>> 16)
}
