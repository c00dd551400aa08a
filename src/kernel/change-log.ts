/**
 * Which names changed since when, in bounded memory: a load notes the tick at which it starts, and
 * what it loaded may be kept only if nothing that it depends on has changed since. What had to be
 * forgotten counts as changed.
 */
export class ChangeLog {
  readonly #limit: number
  /** The tick of each name's last change, in the order of the ticks. */
  #ticks = new Map<string, number>()
  /** Where the oldest is: whoever begins to look steps over every hole that deletions left in front. */
  #oldest: Iterator<[name: string, tick: number]> | undefined = undefined
  /** Marks since `#oldest` was there. */
  #age = 0
  #now = 0
  /** Whatever is asked about an earlier tick has changed. */
  #floor = 0

  /** `limit` is the most names remembered. */
  constructor(limit: number) {
    this.#limit = limit
  }

  /** The tick of the last change; starts at 0 and only grows. */
  get now(): number {
    return this.#now
  }

  /** Names remembered now. */
  get size(): number {
    return this.#ticks.size
  }

  /** The name changes now; answers the new tick. */
  mark(name: string): number {
    this.#now++
    this.#ticks.delete(name)
    this.#ticks.set(name, this.#now)
    // It holds on to all that the map has grown out of meanwhile, which never ends where names repeat.
    if (++this.#age > this.#limit) this.#oldest = undefined
    if (this.#ticks.size > this.#limit) this.#forget()
    return this.#now
  }

  /** Everything changes now; answers the new tick. */
  markAll(): number {
    this.#ticks = new Map()
    this.#oldest = undefined
    this.#now++
    this.#floor = this.#now
    return this.#now
  }

  /** Whether the name, or everything, changed after `tick`; true as well where that was forgotten. */
  changedSince(name: string, tick: number): boolean {
    if (tick === this.#now) return false
    return tick < this.#floor || (this.#ticks.get(name) ?? 0) > tick
  }

  #forget(): void {
    if (this.#oldest === undefined) {
      this.#oldest = this.#ticks.entries()
      this.#age = 0
    }
    const oldest = this.#oldest.next()
    if (oldest.done) return
    const [name, tick] = oldest.value
    this.#ticks.delete(name)
    this.#floor = tick
  }
}
