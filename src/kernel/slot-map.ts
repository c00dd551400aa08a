import { grown } from './grown.ts'
import { KeyHash } from './key-hash.ts'

/** Keys and values lie in chunks of so many slots, of which none but the first is ever moved: */
const chunkBits = 11
const chunkMask = (1 << chunkBits) - 1
/** that one begins with so many cells and grows, as most caches that are made hold little. */
const fewestCells = 16
const fewestBuckets = 16
/** Buckets that are split at each insertion while the table grows; one would be just enough. */
const splitsPerInsertion = 2
/** Units that are the end of a key. */
const endLength = 4
/** Places in which keys are noted that were found lately, at most; a power of two. */
const mostPlaces = 4096
/** In place of a slot, where keys that end alike take turns. */
const ambiguous = -1
/** Long keys of one hash, from which on the whole of long keys is hashed. */
const mostAlike = 8

/**
 * A hash table whose entries have numbers: a key leads to its slot, and all else that is to be
 * known of an entry its owner keeps under that number. Slots are given out from 0 on, freed ones
 * first. Entries whose hashes lead to the same bucket are chained; keys are compared in full.
 *
 * No operation is long: buckets are added by splitting one after another (Litwin, "Linear
 * hashing", VLDB 1980), and what lies by slot grows when its owner says so.
 */
export class SlotMap<V> {
  readonly #hash: KeyHash
  /** Keys at even places, values at odd ones, so that a hit finds both in one line of memory. */
  #cells: unknown[][] = []
  /** For each slot its hash, the next slot of its bucket, plus 1 (of a free one the next free), */
  #links = new Int32Array(0)
  /** and, at odd places over the same bytes, its deadline: all that a miss or a late hit looks at. */
  #deadlines = new Float64Array(0)
  /** The first slot of each bucket, plus 1; 0 is none. */
  #heads = new Int32Array(fewestBuckets)
  /** Buckets in use: a power of two, and as many more as have been split off since. */
  #buckets = fewestBuckets
  #free = 0
  #used = 0
  #size = 0
  /** Long keys that were put in before all of a long key counted. */
  #sampled = 0
  /** The ends of keys that were found lately, and their slots, by place. */
  #lately = new Int32Array(8 * fewestBuckets)
  /** What was sought last in vain, which is most likely put in next, and its hash. */
  #missed: string | undefined = undefined
  #missedHash = 0

  constructor(seed: number) {
    this.#hash = new KeyHash(seed)
  }

  get size(): number {
    return this.#size
  }

  /** How many slots have ever been given out since the last `clear`. */
  get used(): number {
    return this.#used
  }

  /** The slot that `insert` gives out next. */
  get next(): number {
    return this.#free === 0 ? this.#used : this.#free - 1
  }

  /** The hash of a key, a signed integer of 32 bits. */
  hash(key: string): number {
    return this.#hash.of(key)
  }

  /** The same, of a key that has most likely been sought in vain just now. */
  hashOfMissed(key: string): number {
    return key === this.#missed ? this.#missedHash : this.#hash.of(key)
  }

  /** Slots from 0 to `capacity - 1` may be given out from now on. */
  reserve(capacity: number): void {
    const bytes = new ArrayBuffer(16 * capacity)
    const links = new Int32Array(bytes)
    links.set(this.#links)
    this.#links = links
    this.#deadlines = new Float64Array(bytes)
  }

  /** The slot of a key, or -1; `hash` is the key's. */
  find(key: string, hash: number): number {
    const slot = this.#lookUp(key, hash)
    if (slot !== -1) return slot
    this.#missed = key
    this.#missedHash = hash
    if (this.#sampled === 0) return slot
    if (!this.#hash.whole || !this.#hash.isLong(key)) return slot
    return this.#lookUp(key, this.#hash.ofSample(key))
  }

  /**
   * As `find`, of a key whose hash nobody knows yet. Reading a key is what takes longest in finding
   * it: of one that was found lately, its last units tell where it may be.
   */
  seek(key: string): number {
    if (key.length < endLength) return this.find(key, this.#hash.of(key))
    const lately = this.#lately
    const end = endOf(key)
    const place = (Math.imul(end, 0x85ebca6b) >>> 19) & (lately.length - 2)
    const known = lately[place] === end ? (lately[place + 1] as number) : undefined
    if (known === ambiguous) return this.find(key, this.#hash.of(key))
    if (known !== undefined && this.keyAt(known) === key) return known
    const slot = this.find(key, this.#hash.of(key))
    if (slot !== -1) {
      lately[place] = end
      lately[place + 1] = known !== undefined && this.#endsWith(known, end) ? ambiguous : slot
    }
    return slot
  }

  /** Gives a slot to a key that has none; the slot must have been reserved. */
  insert(key: string, hash: number, value: V): number {
    const slot = this.next
    if (slot === this.#used) this.#used++
    else this.#free = this.#links[4 * slot + 1] as number
    if (slot >> chunkBits === this.#cells.length) this.#cells.push(emptyCells(slot))
    const chunk = this.#cells[slot >> chunkBits] as unknown[]
    const place = (slot & chunkMask) * 2
    chunk[place] = key
    chunk[place + 1] = value
    this.#links[4 * slot] = hash
    this.#deadlines[2 * slot + 1] = Infinity
    this.#chain(slot, this.#bucketOf(hash))
    this.#size++
    if (this.#hash.isLong(key)) this.#watch(hash)
    if (this.#size > this.#buckets || this.#buckets !== this.#heads.length) this.#grow()
    return slot
  }

  remove(slot: number): void {
    const links = this.#links
    const hash = links[4 * slot] as number
    const bucket = this.#bucketOf(hash)
    const after = links[4 * slot + 1] as number
    let before = this.#heads[bucket] as number
    if (before === slot + 1) this.#heads[bucket] = after
    else {
      while (links[4 * before - 3] !== slot + 1) before = links[4 * before - 3] as number
      links[4 * before - 3] = after
    }
    const chunk = this.#cells[slot >> chunkBits] as unknown[]
    const place = (slot & chunkMask) * 2
    if (this.#sampled > 0 && this.#isSampled(chunk[place] as string, hash)) this.#sampled--
    chunk[place] = undefined
    chunk[place + 1] = undefined
    links[4 * slot + 1] = this.#free
    this.#deadlines[2 * slot + 1] = Infinity
    this.#free = slot + 1
    this.#size--
  }

  keyAt(slot: number): string {
    return this.#cells[slot >> chunkBits]?.[(slot & chunkMask) * 2] as string
  }

  valueAt(slot: number): V {
    return this.#cells[slot >> chunkBits]?.[(slot & chunkMask) * 2 + 1] as V
  }

  setValue(slot: number, value: V): void {
    const chunk = this.#cells[slot >> chunkBits] as unknown[]
    chunk[(slot & chunkMask) * 2 + 1] = value
  }

  /** Epoch milliseconds from which the entry is gone; `Infinity` where nobody said, and in free slots. */
  deadlineAt(slot: number): number {
    return this.#deadlines[2 * slot + 1] as number
  }

  setDeadline(slot: number, deadline: number): void {
    this.#deadlines[2 * slot + 1] = deadline
  }

  hashAt(slot: number): number {
    return this.#links[4 * slot] as number
  }

  /** The slots that are taken, in order; what is done meanwhile is seen or not. */
  *slots(): IterableIterator<number> {
    for (let slot = 0; slot < this.#used; slot++) {
      if (this.#cells[slot >> chunkBits]?.[(slot & chunkMask) * 2] !== undefined) yield slot
    }
  }

  /** The slots of each bucket and the free ones, for tests of what must always hold of them. */
  inspect(): { readonly buckets: readonly number[][]; readonly free: readonly number[] } {
    const chain = (head: number): number[] => {
      const slots: number[] = []
      for (let node = head; node !== 0; node = this.#links[4 * node - 3] as number) {
        if (slots.push(node - 1) > this.#used) throw new Error('A chain that never ends')
      }
      return slots
    }
    return {
      buckets: Array.from(this.#heads.subarray(0, this.#buckets), chain),
      free: chain(this.#free),
    }
  }

  /** Takes everything out; no slot is reserved any more. */
  clear(): void {
    this.#cells = []
    this.#links = new Int32Array(0)
    this.#deadlines = new Float64Array(0)
    this.#heads = new Int32Array(fewestBuckets)
    this.#buckets = fewestBuckets
    this.#free = 0
    this.#used = 0
    this.#size = 0
    this.#sampled = 0
    this.#missed = undefined
    this.#lately = new Int32Array(8 * fewestBuckets)
  }

  #lookUp(key: string, hash: number): number {
    const links = this.#links
    const cells = this.#cells
    let node = this.#heads[this.#bucketOf(hash)] as number
    while (node !== 0) {
      const slot = node - 1
      if (
        links[4 * slot] === hash &&
        (cells[slot >> chunkBits] as unknown[])[(slot & chunkMask) * 2] === key
      ) {
        return slot
      }
      node = links[4 * slot + 1] as number
    }
    return -1
  }

  #endsWith(slot: number, end: number): boolean {
    const key = this.keyAt(slot)
    return key !== undefined && key.length >= endLength && endOf(key) === end
  }

  #bucketOf(hash: number): number {
    const mask = this.#heads.length - 1
    const bucket = hash & mask
    return bucket < this.#buckets ? bucket : bucket & (mask >> 1)
  }

  #chain(slot: number, bucket: number): void {
    this.#links[4 * slot + 1] = this.#heads[bucket] as number
    this.#heads[bucket] = slot + 1
  }

  /** Adds some buckets, each by dividing another's entries between the two. */
  #grow(): void {
    if (this.#buckets === this.#heads.length) {
      this.#heads = grown(Int32Array, this.#heads, 2 * this.#buckets)
      if (this.#lately.length < 2 * mostPlaces) this.#lately = new Int32Array(16 * this.#buckets)
    }
    for (let i = 0; i < splitsPerInsertion && this.#buckets < this.#heads.length; i++) {
      const divided = this.#buckets++ - this.#heads.length / 2
      let node = this.#heads[divided] as number
      this.#heads[divided] = 0
      while (node !== 0) {
        const next = this.#links[4 * node - 3] as number
        this.#chain(node - 1, this.#bucketOf(this.#links[4 * node - 4] as number))
        node = next
      }
    }
  }

  #isSampled(key: string, hash: number): boolean {
    return this.#hash.isLong(key) && (!this.#hash.whole || this.#hash.ofSample(key) === hash)
  }

  /** When many long keys have this hash, they differ where nobody looked: from now on all counts. */
  #watch(hash: number): void {
    if (this.#hash.whole) return
    this.#sampled++
    let alike = 0
    let node = this.#heads[this.#bucketOf(hash)] as number
    for (; node !== 0; node = this.#links[4 * node - 3] as number) {
      if (this.#links[4 * node - 4] === hash) alike++
    }
    if (alike < mostAlike) return
    this.#hash.whole = true
    this.#missed = undefined
  }
}

/** The chunk that begins with the slot. */
function emptyCells(slot: number): unknown[] {
  return new Array(slot === 0 ? fewestCells : 2 << chunkBits).fill(undefined)
}

/** The last units of a key, which most often tell it from others that are as long. */
function endOf(key: string): number {
  const { length } = key
  return (
    key.charCodeAt(length - 1) |
    (key.charCodeAt(length - 2) << 8) |
    (key.charCodeAt(length - 3) << 16) |
    (key.charCodeAt(length - 4) << 24)
  )
}
