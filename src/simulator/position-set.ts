/** A set of whole numbers below `limit` that knows its greatest: a tree of bitmaps, 32 ways wide. */
export class PositionSet {
  /** From the leaves to the root; a bit is set where the word below it is not 0. */
  readonly #levels: Int32Array[] = []

  constructor(limit: number) {
    let length = limit
    do {
      length = Math.ceil(length / 32)
      this.#levels.push(new Int32Array(length))
    } while (length > 1)
  }

  has(position: number): boolean {
    return (((this.#levels[0] as Int32Array)[position >>> 5] as number) & (1 << position)) !== 0
  }

  add(position: number): void {
    let at = position
    for (const level of this.#levels) {
      const before = level[at >>> 5] as number
      level[at >>> 5] = before | (1 << at)
      if (before !== 0) return
      at >>>= 5
    }
  }

  delete(position: number): void {
    let at = position
    for (const level of this.#levels) {
      const left = (level[at >>> 5] as number) & ~(1 << at)
      level[at >>> 5] = left
      if (left !== 0) return
      at >>>= 5
    }
  }

  /** Only of a set that is not empty. */
  greatest(): number {
    let at = 0
    for (let i = this.#levels.length - 1; i >= 0; i--) {
      at = (at << 5) | (31 - Math.clz32((this.#levels[i] as Int32Array)[at] as number))
    }
    return at
  }
}
