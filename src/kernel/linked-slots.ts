/**
 * Doubly linked lists of slot numbers in two typed arrays. A slot is in one list or in none, and
 * leaves in constant time without knowing which. Each list is a ring through a node of its own:
 * node 0 stands for "in no list", nodes 1 to `lists` are the rings' own, the slots' nodes follow.
 */
export class LinkedSlots {
  readonly #base: number
  #next: Int32Array
  #previous: Int32Array

  /** Lists are numbered from 0 to `lists - 1`. */
  constructor(lists = 1) {
    this.#base = lists + 1
    this.#next = new Int32Array(this.#base)
    this.#previous = new Int32Array(this.#base)
    this.clear()
  }

  /** Slots from 0 to `capacity - 1` may be linked from now on, until `clear`. */
  reserve(capacity: number): void {
    const length = this.#base + capacity
    if (length <= this.#next.length) return
    this.#next = grown(this.#next, length)
    this.#previous = grown(this.#previous, length)
  }

  /** Whether the slot is in a list. */
  has(slot: number): boolean {
    return this.#next[this.#base + slot] !== 0
  }

  /** Puts a slot that is in no list at the end of one. */
  append(slot: number, list = 0): void {
    const node = this.#base + slot
    const ring = list + 1
    const last = this.#previous[ring] as number
    this.#next[last] = node
    this.#previous[node] = last
    this.#next[node] = ring
    this.#previous[ring] = node
  }

  /** Takes a slot that is in a list out of it. */
  remove(slot: number): void {
    const node = this.#base + slot
    const next = this.#next[node] as number
    const previous = this.#previous[node] as number
    this.#next[previous] = next
    this.#previous[next] = previous
    this.#next[node] = 0
  }

  /** The slot that has been in the list for longest, or -1. */
  first(list = 0): number {
    return this.#slotAt(this.#next[list + 1] as number)
  }

  /** The slot that was appended after this one, or -1. */
  after(slot: number): number {
    return this.#slotAt(this.#next[this.#base + slot] as number)
  }

  /** Empties the lists; no slot is reserved any more. */
  clear(): void {
    this.#next = new Int32Array(this.#base)
    this.#previous = new Int32Array(this.#base)
    for (let ring = 1; ring < this.#base; ring++) {
      this.#next[ring] = ring
      this.#previous[ring] = ring
    }
  }

  #slotAt(node: number): number {
    return node < this.#base ? -1 : node - this.#base
  }
}

function grown(array: Int32Array, length: number): Int32Array {
  const copy = new Int32Array(length)
  copy.set(array)
  return copy
}
