import type { Flight } from './flight.ts'

/** The flights that are under way, by key in memory: one of each key. */
export class Flights {
  /** Most of the time there is one at most, which needs no table: that would cost more than the rest. */
  #only: Flight | undefined
  readonly #others = new Map<string, Flight>()

  get size(): number {
    return this.#others.size + (this.#only === undefined ? 0 : 1)
  }

  get(memoryKey: string): Flight | undefined {
    if (this.#only !== undefined && this.#only.memoryKey === memoryKey) return this.#only
    return this.#others.size === 0 ? undefined : this.#others.get(memoryKey)
  }

  /** It takes the place of the one that its key has. */
  add(flight: Flight): void {
    const { memoryKey } = flight
    const free = this.#only === undefined || this.#only.memoryKey === memoryKey
    if (free && (this.#others.size === 0 || !this.#others.has(memoryKey))) this.#only = flight
    else this.#others.set(memoryKey, flight)
  }

  /** It is the key's no more, if it was. */
  remove(flight: Flight): void {
    if (this.#only === flight) this.#only = undefined
    else if (this.#others.get(flight.memoryKey) === flight) this.#others.delete(flight.memoryKey)
  }
}
