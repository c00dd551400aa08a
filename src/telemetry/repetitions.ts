import type { Clock } from '../contracts/clock.ts'

/** Most things that are remembered; of those told of longest ago nothing is known any more. */
const remembered = 1_000

/** Notices what is told of again and again. */
export class Repetitions {
  readonly #every: number
  readonly #clock: Clock
  /** Those told of last come last. */
  readonly #told = new Map<string, { readonly at: number; since: number }>()

  /** What was told of is not to be told of again for `every` milliseconds. */
  constructor(every: number, clock: Clock) {
    this.#every = every
    this.#clock = clock
  }

  /** How often it was kept back since it was told of last; undefined if it is to be kept back now. */
  count(name: string): number | undefined {
    const now = this.#clock.now()
    const last = this.#told.get(name)
    if (last !== undefined && now < last.at + this.#every) {
      last.since++
      return undefined
    }
    this.#told.delete(name)
    this.#told.set(name, { at: now, since: 0 })
    if (this.#told.size > remembered) {
      for (const oldest of this.#told.keys()) {
        this.#told.delete(oldest)
        break
      }
    }
    return last?.since ?? 0
  }
}
