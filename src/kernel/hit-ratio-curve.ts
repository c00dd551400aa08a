import type { Cancel, Clock } from '../contracts/clock.ts'
import type { AccessSampler } from '../contracts/memory.ts'
import type { PolicyFactory } from '../contracts/policy.ts'
import { ScaledCache } from './scaled-cache.ts'

/** The sizes that are simulated, as multiples of the present one. */
export const curveFactors: readonly number[] = [0.5, 1, 2, 4]
const largest = 4

/** As many hashes as there are. */
const all = 2 ** 32
/** Simulated reads before the first rest. */
const learning = 2 ** 17
/** Of so many reads one is simulated in the end, which is what it may cost; */
const readsPerSimulated = 512
/** and of one more with every so many that have been simulated, until then. */
const haste = 2 ** 10
/** Whenever so many simulated reads count, they count half: the curve is that of the last million or so. */
const lifetime = 2 ** 20
/** Simulated reads of the first watch, and of the longest in times of `sampledKeys`. */
const firstWatch = 1_024
const longestWatch = 4
/** Share of the hashes whose reads end a rest that is over: few enough to cost nothing. */
const alarm = 1 / 64
/** Longest rest, in milliseconds: a cache that is seldom asked is watched nearly all the time. */
const longestRest = 60_000
/** Reads until the size is asked for again where it was unknown. */
const patience = 64
/** The size may drift by this share, where it depends on weights, before all begins anew. */
const drift = 0.1

export interface HitRatioCurveOptions {
  readonly policy: PolicyFactory
  readonly clock: Clock
  readonly seed: number
  /** Most keys in the largest simulated cache; it takes about 200 bytes for each. */
  readonly sampledKeys: number
  /** How many entries the cache has room for now: `Infinity` for no bound, undefined if unknown yet. */
  readonly entries: () => number | undefined
  /** How many reads there have been. */
  readonly reads: () => number
}

/**
 * The hit ratio that a cache's own policy would have at other sizes, by miniature simulation
 * (Waldspurger, Saemundsson, Ahmad and Park, "Cache Modeling and Optimization using Miniature
 * Simulations", USENIX ATC 2017): keys whose hash is below a threshold, one in so many, go through
 * caches of hashes that are smaller by the same factor.
 *
 * A few hot keys make the reads of the sample more or fewer than their share. Those too many or
 * missing are taken for reads that hit at any size (SHARDS-adj: Waldspurger, Park, Garthwaite and
 * Ahmad, "Efficient MRC Construction with SHARDS", USENIX FAST 2015, section 3.4).
 *
 * A small cache has to be simulated nearly as it is, so that all of its reads would be dear. It is
 * watched for a while, then left alone for longer and longer, until one read in 512 is simulated.
 * After a rest, the miniatures first catch up with what they have missed.
 */
export class HitRatioCurve implements AccessSampler {
  threshold: number = all
  readonly #options: HitRatioCurveOptions
  #caches: readonly ScaledCache[] = []
  /** The size for which the caches were made, and the share of the keys that go through them. */
  #entries = 0
  #rate = 0
  /** What counts: the hits at each size, the reads simulated, and those that their share would be. */
  readonly #hits = new Float64Array(curveFactors.length)
  #counted = 0
  #expected = 0
  /** The hits of this watch, and how many more reads it is to simulate. */
  readonly #watchHits = new Float64Array(curveFactors.length)
  #left = 0
  /** Whether what is watched counts: not while catching up, and not in a rest. */
  #counting = false
  /** All reads until this watch began, and until the first that a rest is to make up for. */
  #watchedFrom = 0
  #owedFrom = 0
  /** The simulated ones, until now and in the same way. */
  #simulated = 0
  #simulatedFrom = 0
  #simulatedOwedFrom = 0
  /** The number of reads that ends the rest; -1 while there is none. */
  #wakeAt = 0
  /** The last hash that was read, and the one whose next read is none; -1 for none. */
  #last = -1
  #ignored = -1
  #cancelTimer: Cancel | undefined

  constructor(options: HitRatioCurveOptions) {
    this.#options = options
  }

  read(hash: number): void {
    if (this.#wakeAt !== -1 && !this.#wakes()) return
    if (hash >= this.threshold) return
    const ignored = this.#ignored === hash
    this.#ignored = -1
    if (ignored) {
      if (this.#counting) this.#expected--
      return
    }
    this.#last = hash
    const key = remixed(hash)
    for (let i = 0; i < this.#caches.length; i++) {
      const hit = (this.#caches[i] as ScaledCache).access(key)
      if (hit) this.#watchHits[i] = (this.#watchHits[i] as number) + 1
    }
    this.#simulated++
    if (--this.#left === 0) this.#endWatch()
  }

  /** Should the next read be of the same key as the last, it is the same one, going on. */
  ignoreRepetition(): void {
    this.#ignored = this.#last
  }

  /** How many reads have been simulated, at least since the size is what it is. */
  get simulated(): number {
    return this.#simulated
  }

  /** From 0 to 1 for each of `curveFactors`; 1 as long as nothing has been read. */
  hitRatios(): number[] {
    if (this.#counting) this.#settle()
    const surplus = this.#counted - this.#expected
    return Array.from(this.#hits, (hits) =>
      this.#expected === 0 ? 1 : Math.min(1, Math.max(0, (hits - surplus) / this.#expected)),
    )
  }

  /** The size is another: what has been seen says nothing of it. */
  restart(): void {
    this.#sleep(0, all)
    this.#caches = []
    this.#hits.fill(0)
    this.#expected = this.#counted = this.#simulated = 0
  }

  /** Nothing is watched any more. */
  close(): void {
    this.#sleep(Infinity, 0)
  }

  /** Ends the rest if it has been long enough. */
  #wakes(): boolean {
    if (this.#options.reads() >= this.#wakeAt) this.#wake()
    return this.#wakeAt === -1
  }

  #wake(): void {
    this.#cancelTimer?.()
    this.#oweNothing()
    if (this.#caches.length > 0) this.#watch(false)
    else if (this.#begin()) this.#watch(true)
  }

  /** Makes the caches, if there is a size to make them for. */
  #begin(): boolean {
    const { policy, sampledKeys, seed } = this.#options
    const entries = this.#options.entries()
    if (entries === undefined) this.#sleep(this.#options.reads() + patience, all)
    if (entries === Infinity) this.close()
    if (entries === undefined || entries === Infinity) return false
    this.#entries = entries
    this.#rate = Math.min(1, sampledKeys / (largest * this.#entries))
    this.#caches = curveFactors.map((factor) => {
      const capacity = Math.round(this.#entries * this.#rate * factor)
      return new ScaledCache(policy, Math.max(1, capacity), seed)
    })
    return true
  }

  #watch(counting: boolean): void {
    const longest = longestWatch * this.#options.sampledKeys
    this.#counting = counting
    this.#left = Math.min(longest, Math.max(firstWatch, this.#simulated))
    this.#forgetWatch()
    this.#wakeAt = -1
    this.threshold = this.#rate * all
  }

  #endWatch(): void {
    if (!this.#counting) {
      this.#watch(true)
      return
    }
    this.#settle()
    const price = Math.min(readsPerSimulated, (this.#simulated - learning) / haste)
    const owed = (this.#simulated - this.#simulatedOwedFrom) * price
    const rest = owed - (this.#options.reads() - this.#owedFrom)
    const entries = this.#options.entries() ?? this.#entries
    if (Math.abs(entries / this.#entries - 1) > drift) this.restart()
    else if (rest > 0) this.#rest(rest)
    else this.#watch(true)
  }

  /** What has been watched counts. */
  #settle(): void {
    this.#expected += (this.#options.reads() - this.#watchedFrom) * this.#rate
    this.#counted += this.#simulated - this.#simulatedFrom
    for (let i = 0; i < this.#hits.length; i++) {
      this.#hits[i] = (this.#hits[i] as number) + (this.#watchHits[i] as number)
    }
    this.#forgetWatch()
    if (this.#counted < lifetime) return
    this.#expected /= 2
    this.#counted /= 2
    for (let i = 0; i < this.#hits.length; i++) this.#hits[i] = (this.#hits[i] as number) / 2
  }

  #forgetWatch(): void {
    this.#watchHits.fill(0)
    this.#watchedFrom = this.#options.reads()
    this.#simulatedFrom = this.#simulated
  }

  #oweNothing(): void {
    this.#owedFrom = this.#options.reads()
    this.#simulatedOwedFrom = this.#simulated
  }

  #rest(reads: number): void {
    this.#sleep(this.#options.reads() + reads, alarm * all)
    this.#cancelTimer = this.#options.clock.schedule(longestRest, () => this.#wake(), 'background')
  }

  #sleep(wakeAt: number, threshold: number): void {
    this.#cancelTimer?.()
    this.threshold = threshold
    this.#counting = false
    this.#wakeAt = wakeAt
  }
}

/** Other bits from the hash: those of sampled keys are alike in that they are below the threshold. */
function remixed(hash: number): number {
  const bits = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d)
  return bits ^ (bits >>> 13)
}
