/**
 * Remembers which hashes came last, each of 32 bits, in 12 to 20 bytes apiece: a ring of them in
 * the order of their coming, and a table that finds them there. Nothing is allocated but by `resize`.
 */
export class RecentHashes {
  #ring = new Int32Array(1)
  /** Open addressing with linear probing: a place in the ring and one, or 0. At most half is in use. */
  #table = new Int32Array(2)
  /** The place in the ring that is written next. */
  #next = 0

  /** Remembers up to so many hashes from now on, and none that came before. */
  resize(capacity: number): void {
    this.#ring = new Int32Array(Math.max(1, capacity))
    this.#table = new Int32Array(2 ** Math.ceil(Math.log2(2 * this.#ring.length)))
    this.#next = 0
  }

  /** Takes note of a hash, as the latest if it came before; forgets the one that came first. */
  add(hash: number): void {
    const latest = this.#next
    const outdated = this.#find(this.#ring[latest] as number)
    if (this.#table[outdated] === latest + 1) this.#vacate(outdated)
    this.#ring[latest] = hash
    this.#table[this.#find(hash)] = latest + 1
    this.#next = latest + 1 === this.#ring.length ? 0 : latest + 1
  }

  /** Whether the hash was one of the last so many that were added; if so it is forgotten. */
  take(hash: number, limit: number): boolean {
    const place = this.#find(hash)
    const found = this.#table[place] as number
    if (found === 0) return false
    const age = this.#next - found + (found > this.#next ? this.#ring.length : 0)
    if (age >= limit) return false
    this.#vacate(place)
    return true
  }

  /** Where in the table the hash is, or is to be put. */
  #find(hash: number): number {
    const mask = this.#table.length - 1
    let place = hash & mask
    for (;;) {
      const found = this.#table[place] as number
      if (found === 0 || this.#ring[found - 1] === hash) return place
      place = (place + 1) & mask
    }
  }

  /** Empties a place, and moves there what was put behind it for want of room (Knuth 6.4, algorithm R). */
  #vacate(gap: number): void {
    const mask = this.#table.length - 1
    for (let place = (gap + 1) & mask; ; place = (place + 1) & mask) {
      const found = this.#table[place] as number
      if (found === 0) break
      const wanted = (this.#ring[found - 1] as number) & mask
      if (((place - wanted) & mask) < ((place - gap) & mask)) continue
      this.#table[gap] = found
      gap = place
    }
    this.#table[gap] = 0
  }
}
