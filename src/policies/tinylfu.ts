import type { Policy, PolicyFactory, PolicySetup } from '../contracts/policy.ts'
import { Regions } from './tinylfu/regions.ts'
import { firstTactic, type Tactic, tactics } from './tinylfu/tactics.ts'
import { Trials } from './tinylfu/trials.ts'

/**
 * Evicts what the traffic suggests: W-TinyLFU, S3-FIFO or nearly LRU, with a small window or a
 * large one for what is new, whichever would have hit most on a sample of the keys.
 */
export function tinylfu(): PolicyFactory {
  return (setup) => new TinyLfu(setup)
}

class TinyLfu implements Policy {
  readonly name = 'tinylfu'
  readonly #setup: PolicySetup
  readonly #regions: Regions
  #weighted = false
  #maxEntries = Infinity
  #trials: Trials | undefined
  /** The number of entries for which the trials were made. */
  #scale = 0
  #tactic = firstTactic

  constructor(setup: PolicySetup) {
    this.#setup = setup
    this.#regions = new Regions(setup, tactics[firstTactic] as Tactic)
    this.resize(setup.maxEntries, setup.maxWeight)
  }

  reserve(capacity: number): void {
    this.#regions.reserve(capacity)
    this.#tryOut()
  }

  insert(slot: number): void {
    const hash = this.#setup.hashOf(slot)
    const watched = this.#trials?.watches(hash) === true
    this.#regions.insert(slot, watched)
    if (watched) this.#observe(hash)
  }

  hit(slot: number): void {
    if (this.#regions.hit(slot)) this.#observe(this.#setup.hashOf(slot))
  }

  reweigh(slot: number, before: number): void {
    this.#regions.reweigh(slot, before)
  }

  remove(slot: number): void {
    this.#regions.remove(slot)
  }

  evict(): number {
    if (this.#weighted) this.#rescale(this.#regions.size)
    return this.#regions.evict()
  }

  resize(maxEntries: number, maxWeight: number): void {
    this.#regions.resize(maxEntries, maxWeight)
    this.#maxEntries = maxEntries
    this.#weighted = maxWeight < Infinity
    this.#tryOut()
  }

  clear(): void {
    this.#regions.clear()
  }

  /**
   * Trials begin when there is room for all entries: a cache that holds few needs none. How many
   * entries a bounded weight is good for shows when there is something to evict.
   */
  #tryOut(): void {
    if (!this.#weighted && this.#regions.room >= this.#maxEntries) {
      this.#rescale(this.#maxEntries)
    }
  }

  /** Makes new trials where the old ones are out of proportion. */
  #rescale(entries: number): void {
    if (entries === 0 || (entries <= 2 * this.#scale && 4 * entries >= this.#scale)) return
    this.#scale = entries
    this.#trials = new Trials(
      tactics,
      this.#tactic,
      entries,
      this.#setup.seed,
      (setup, tactic) => new Regions(setup, tactic),
    )
  }

  #observe(hash: number): void {
    const trials = this.#trials
    if (!trials?.watches(hash) || !trials.access(hash)) return
    this.#tactic = trials.best
    this.#regions.adopt(tactics[this.#tactic] as Tactic)
  }
}
