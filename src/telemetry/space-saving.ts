/** What is known of one of the names. */
export interface Counted<Item> {
  readonly name: string
  /** At least what it was touched, and at most `error` more. */
  readonly count: number
  readonly error: number
  readonly item: Item
}

interface Node<Item> {
  name: string
  count: number
  error: number
  item: Item
  /** Where it is in the heap. */
  at: number
}

/**
 * The names that are touched most, in bounded memory: a new name takes the place of the one touched
 * least, and inherits its count as its error, so that every name touched more often than once in
 * `capacity` times is among them (Metwally, Agrawal and El Abbadi, "Efficient Computation of Frequent
 * and Top-k Elements in Data Streams", ICDT 2005).
 */
export class SpaceSaving<Item> {
  readonly #capacity: number
  readonly #create: () => Item
  readonly #dropped: (item: Item) => void
  readonly #nodes = new Map<string, Node<Item>>()
  /** Binary, the smallest count first. */
  readonly #heap: Node<Item>[] = []

  /** `dropped` is told of what belonged to a name that had to go. */
  constructor(capacity: number, create: () => Item, dropped: (item: Item) => void = () => {}) {
    this.#capacity = capacity
    this.#create = create
    this.#dropped = dropped
  }

  get size(): number {
    return this.#heap.length
  }

  /** Counts the name once, and answers what belongs to it. */
  touch(name: string): Item {
    let node = this.#nodes.get(name)
    if (node === undefined) {
      if (this.#heap.length < this.#capacity) return this.#add(name)
      node = this.#heap[0] as Node<Item>
      this.#nodes.delete(node.name)
      this.#dropped(node.item)
      node.name = name
      node.error = node.count
      node.item = this.#create()
      this.#nodes.set(name, node)
    }
    node.count++
    this.#sink(node)
    return node.item
  }

  /** What belongs to the name, if it is among them. */
  get(name: string): Item | undefined {
    return this.#nodes.get(name)?.item
  }

  /** Those touched most come first. */
  ranking(): Counted<Item>[] {
    return this.#heap
      .map(({ name, count, error, item }) => ({ name, count, error, item }))
      .sort((a, b) => b.count - a.count)
  }

  /** What came before counts half. */
  halve(): void {
    for (const node of this.#heap) {
      node.count /= 2
      node.error /= 2
    }
  }

  #add(name: string): Item {
    const node = { name, count: 1, error: 0, item: this.#create(), at: this.#heap.length }
    this.#nodes.set(name, node)
    this.#heap.push(node)
    let { at } = node
    for (let up = (at - 1) >> 1; at > 0 && node.count < this.#countAt(up); up = (at - 1) >> 1) {
      this.#put(this.#heap[up] as Node<Item>, at)
      at = up
    }
    this.#put(node, at)
    return node.item
  }

  #sink(node: Node<Item>): void {
    let { at } = node
    for (;;) {
      let down = 2 * at + 1
      if (this.#countAt(down + 1) < this.#countAt(down)) down++
      if (node.count <= this.#countAt(down)) break
      this.#put(this.#heap[down] as Node<Item>, at)
      at = down
    }
    this.#put(node, at)
  }

  #put(node: Node<Item>, at: number): void {
    this.#heap[at] = node
    node.at = at
  }

  #countAt(at: number): number {
    return this.#heap[at]?.count ?? Infinity
  }
}
