import { grown } from './grown.ts'

/**
 * Doubly linked lists of slot numbers in a typed array. A slot is in one list or in none, and
 * leaves in constant time without knowing which. Each list is a ring through a node of its own:
 * node 0 stands for "in no list", nodes 1 to `lists` are the rings' own, the slots' nodes follow.
 */
export class LinkedSlots {
  readonly #base: number
  /** Of each node the next one and the previous one, side by side. */
  #links = new Int32Array(0)

  /** Lists are numbered from 0 to `lists - 1`. */
  constructor(lists = 1) {
    this.#base = lists + 1
    this.clear()
  }

  /** Slots from 0 to `capacity - 1` may be linked from now on, until `clear`. */
  reserve(capacity: number): void {
    const length = 2 * (this.#base + capacity)
    if (length > this.#links.length) this.#links = grown(Int32Array, this.#links, length)
  }

  /** Whether the slot is in a list. */
  has(slot: number): boolean {
    return this.#links[2 * (this.#base + slot)] !== 0
  }

  /** Puts a slot that is in no list at the end of one. */
  append(slot: number, list = 0): void {
    const links = this.#links
    const node = this.#base + slot
    const ring = list + 1
    const last = links[2 * ring + 1] as number
    links[2 * last] = node
    links[2 * node + 1] = last
    links[2 * node] = ring
    links[2 * ring + 1] = node
  }

  /** Takes a slot that is in a list out of it. */
  remove(slot: number): void {
    const links = this.#links
    const node = this.#base + slot
    const next = links[2 * node] as number
    const previous = links[2 * node + 1] as number
    links[2 * previous] = next
    links[2 * next + 1] = previous
    links[2 * node] = 0
  }

  /** The slot that has been in the list for longest, or -1. */
  first(list = 0): number {
    return this.#slotAt(this.#links[2 * (list + 1)] as number)
  }

  /** The slot that was appended after this one, or -1. */
  after(slot: number): number {
    return this.#slotAt(this.#links[2 * (this.#base + slot)] as number)
  }

  /** Empties the lists; no slot is reserved any more. */
  clear(): void {
    this.#links = new Int32Array(2 * this.#base)
    for (let ring = 1; ring < this.#base; ring++) this.#links.fill(ring, 2 * ring, 2 * ring + 2)
  }

  #slotAt(node: number): number {
    return node < this.#base ? -1 : node - this.#base
  }
}
