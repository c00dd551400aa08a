import type { Policy, PolicySetup } from '../../contracts/policy.ts'
import { ScaledCache } from '../../kernel/scaled-cache.ts'
import type { Tactic } from './tactics.ts'

/** Entries of a trial cache: one in so many of the whole, but so many at least and at most. */
export const scale = 8
export const fewest = 32
export const most = 256
/** What a period's outcomes still count for after the next one. */
export const memory = 0.9
/** Another tactic must win by so many of all accesses, */
export const margin = 0.01
/** and by so many standard deviations of a coin that is tossed where the two differ. */
export const deviations = 2

/**
 * Tries all tactics at once on a sample of the keys: one small cache for each, which stands to the
 * whole as the sample does to all keys (Waldspurger et al., "Cache Modeling and Optimization using
 * Miniature Simulations", ATC 2017). A tactic is given up for one that would have hit more.
 */
export class Trials {
  readonly #caches: readonly ScaledCache[]
  readonly #threshold: number
  readonly #period: number
  #current: number
  /** Accesses in which each tactic hit and the current one did not, less the other way round. */
  readonly #gains: Float64Array
  /** The same, added. */
  readonly #differences: Float64Array
  #accesses = 0
  #left: number

  /** `entries` is how many there are in the cache that this is the model of. */
  constructor(
    tactics: readonly Tactic[],
    current: number,
    entries: number,
    seed: number,
    run: (setup: PolicySetup, tactic: Tactic) => Policy,
  ) {
    const capacity = Math.min(entries, most, Math.max(fewest, Math.ceil(entries / scale)))
    this.#caches = tactics.map(
      (tactic) => new ScaledCache((setup) => run(setup, tactic), capacity, seed),
    )
    this.#threshold = (capacity / entries) * 2 ** 32
    this.#period = capacity
    this.#left = capacity
    this.#current = current
    this.#gains = new Float64Array(tactics.length)
    this.#differences = new Float64Array(tactics.length)
  }

  /** The number of the tactic that suits best. */
  get best(): number {
    return this.#current
  }

  /** Whether the key is in the sample. */
  watches(hash: number): boolean {
    // Bits of their own: the caches use those of the hash as they are.
    const bits = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d)
    return (bits ^ (bits >>> 12)) >>> 0 < this.#threshold
  }

  /** A key of the sample is asked for. Answers whether another tactic suits best now. */
  access(hash: number): boolean {
    const caches = this.#caches
    const hit = caches[this.#current]?.access(hash)
    for (let other = 0; other < caches.length; other++) {
      if (other === this.#current || caches[other]?.access(hash) === hit) continue
      this.#gains[other] = (this.#gains[other] as number) + (hit ? -1 : 1)
      this.#differences[other] = (this.#differences[other] as number) + 1
    }
    this.#accesses++
    if (--this.#left > 0) return false
    this.#left = this.#period
    return this.#judge()
  }

  #judge(): boolean {
    const before = this.#current
    let most = 0
    for (let other = 0; other < this.#gains.length; other++) {
      const gain = this.#gains[other] as number
      const noise = deviations * Math.sqrt(this.#differences[other] as number)
      if (gain > margin * this.#accesses + noise && gain > most) {
        most = gain
        this.#current = other
      }
    }
    this.#fade(this.#current === before ? memory : 0)
    return this.#current !== before
  }

  #fade(factor: number): void {
    this.#accesses *= factor
    for (let other = 0; other < this.#gains.length; other++) {
      this.#gains[other] = (this.#gains[other] as number) * factor
      this.#differences[other] = (this.#differences[other] as number) * factor
    }
  }
}
