import type { Policy, PolicyFactory, PolicySetup } from '../../src/contracts/policy.ts'
import { ScaledCache } from '../../src/kernel/scaled-cache.ts'
import { SplitMix } from '../../src/kernel/split-mix.ts'
import { bucketLength } from '../../src/policies/tinylfu/evicted-counts.ts'
import * as rules from '../../src/policies/tinylfu/regions.ts'
import { firstTactic, type Tactic, tactics } from '../../src/policies/tinylfu/tactics.ts'
import * as trials from '../../src/policies/tinylfu/trials.ts'

interface Entry {
  readonly slot: number
  uses: number
  used: boolean
}

interface Memory {
  readonly print: number
  count: number
}

/** The definition in plain arrays, which says nothing of how any of it is found quickly. */
export class NaiveRegions implements Policy {
  readonly name = 'naive tinylfu'
  readonly #setup: PolicySetup
  readonly #numbers: SplitMix
  tactic: Tactic
  window: Entry[] = []
  main: Entry[] = []
  /** Cell by cell, a bucket after the other. */
  history: (Memory | undefined)[] = []
  #weighted: boolean
  #newest: Entry | undefined
  #hand: Entry | undefined
  #reserved = 0
  #uses = 0
  #halving: number | undefined
  #settling = true

  constructor(setup: PolicySetup, tactic: Tactic) {
    this.#setup = setup
    this.#numbers = new SplitMix(setup.seed)
    this.#weighted = setup.maxWeight < Infinity
    this.tactic = tactic
  }

  get entries(): Entry[] {
    return [...this.window, ...this.main]
  }

  adopt(tactic: Tactic): void {
    this.tactic = tactic
    this.#settling = true
  }

  reserve(capacity: number): void {
    if (capacity <= this.#reserved) return
    this.#reserved = capacity
    const buckets = Math.ceil((rules.historyFactor * capacity) / bucketLength)
    this.history = new Array(buckets * bucketLength).fill(undefined)
    this.#halving = undefined
  }

  insert(slot: number): void {
    const uses = Math.min(rules.mostUses, 1 + this.#recall(this.#setup.hashOf(slot)))
    this.#newest = { slot, uses, used: false }
    this.window.push(this.#newest)
    this.#uses++
    if (this.#halving !== undefined) this.#halve(this.#halving)
    else if (this.#uses >= rules.usesBetweenHalvings * this.entries.length) {
      this.#uses = Math.floor(this.#uses / 2)
      this.#halving = 0
    }
  }

  /** Answers whether the count rose. */
  hit(slot: number): boolean {
    const entry = this.entries.find((entry) => entry.slot === slot) as Entry
    entry.used = true
    if (entry.uses === rules.mostUses) return false
    entry.uses++
    this.#uses++
    return true
  }

  reweigh(): void {}

  remove(slot: number): void {
    this.#forget(this.entries.find((entry) => entry.slot === slot) as Entry)
    this.#settling = true
  }

  evict(): number {
    if (this.entries.length === 0) return -1
    const entry = this.#choose()
    this.#forget(entry)
    return entry.slot
  }

  resize(_maxEntries: number, maxWeight: number): void {
    this.#weighted = maxWeight < Infinity
    this.#settling = true
  }

  clear(): void {
    this.window = []
    this.main = []
    this.history = []
    this.#newest = undefined
    this.#hand = undefined
    this.#reserved = 0
    this.#uses = 0
    this.#halving = undefined
    this.#settling = true
  }

  #choose(): Entry {
    const allowed = this.tactic.windowShare * this.#weightOf(this.entries)
    if (this.#settling) {
      let moved = 0
      while (
        moved < rules.movedAtOnce &&
        this.#weightOf(this.window) > allowed &&
        this.window[0] !== this.#newest
      ) {
        this.#promote(this.window[0] as Entry)
        moved++
      }
      const over = this.#weightOf(this.window) > allowed
      this.#settling = over && moved === rules.movedAtOnce
    }
    if (this.main.length === 0) return this.#candidate()
    if (this.window.length === 0 || this.window[0] === this.#newest) return this.#victim()
    if (this.#weightOf(this.window) <= allowed) return this.#victim()
    const candidate = this.#candidate()
    if (this.tactic.admission === 'proof') {
      if (candidate.uses < rules.proof) return candidate
      this.#promote(candidate)
      return this.#victim()
    }
    const victim = this.#victim()
    if (this.#beats(candidate, victim)) {
      this.#promote(candidate)
      return victim
    }
    if (this.#numbers.below(rules.victimWins) === 0) {
      this.#hand = this.main[this.main.indexOf(victim) + 1]
    }
    return candidate
  }

  #candidate(): Entry {
    const others = this.window.filter((entry) => entry !== this.#newest)
    const newest = this.window.filter((entry) => entry === this.#newest)
    if (others.length === 0) return newest[0] as Entry
    for (let looks = 0; looks < rules.longestSearch && others[0]?.used; looks++) {
      if (this.tactic.admission === 'proof') break
      others[0].used = false
      others.push(others.shift() as Entry)
    }
    this.window = [...others, ...newest]
    return others[0] as Entry
  }

  #victim(): Entry {
    let place = this.#hand === undefined ? 0 : this.main.indexOf(this.#hand)
    for (let looks = 0; looks < rules.longestSearch && this.main[place]?.used; looks++) {
      ;(this.main[place] as Entry).used = false
      place = (place + 1) % this.main.length
    }
    this.#hand = this.main[place] as Entry
    return this.#hand
  }

  #beats(candidate: Entry, victim: Entry): boolean {
    if (candidate.uses >= rules.warm && this.#numbers.below(rules.warmLosers) === 0) return true
    const place = this.main.indexOf(victim)
    const behind = Array.from(
      { length: rules.longestSearch },
      (_, index) => this.main[(place + index) % this.main.length] as Entry,
    )
    const rivals: Entry[] = []
    for (const [index, entry] of behind.entries()) {
      if (this.#weightOf(rivals) >= this.#weightOf([candidate])) break
      if (index === 0 || !entry.used) rivals.push(entry)
    }
    return candidate.uses > rivals.reduce((sum, { uses }) => sum + uses, 0)
  }

  #promote(entry: Entry): void {
    this.window = this.window.filter((other) => other !== entry)
    this.main.push(entry)
    entry.used = false
  }

  #forget(entry: Entry): void {
    if (entry === this.#hand) this.#hand = this.main[this.main.indexOf(entry) + 1]
    if (entry === this.#newest) this.#newest = undefined
    this.window = this.window.filter((other) => other !== entry)
    this.main = this.main.filter((other) => other !== entry)
    if (entry.uses === 0 || this.history.length === 0) return
    const hash = this.#setup.hashOf(entry.slot)
    const bucket = this.#bucketOf(hash)
    this.history.splice(bucket + bucketLength - 1, 1)
    this.history.splice(bucket, 0, { print: print(hash), count: entry.uses })
  }

  #recall(hash: number): number {
    const bucket = this.#bucketOf(hash)
    for (let cell = bucket; cell < bucket + bucketLength; cell++) {
      const memory = this.history[cell]
      if (memory?.print !== print(hash)) continue
      this.history[cell] = undefined
      return memory.count
    }
    return 0
  }

  #bucketOf(hash: number): number {
    const buckets = this.history.length / bucketLength
    return Math.floor(((hash >>> 0) / 2 ** 32) * buckets) * bucketLength
  }

  #halve(from: number): void {
    const to = Math.min(this.#reserved, from + rules.halvedAtOnce)
    for (const entry of this.entries) {
      if (entry.slot >= from && entry.slot < to) entry.uses = Math.floor(entry.uses / 2)
    }
    const pairs = this.history.length / 2 / this.#reserved
    const end = 2 * Math.floor(to * pairs)
    for (let cell = 2 * Math.floor(from * pairs); cell < end; cell++) {
      const memory = this.history[cell]
      if (memory) memory.count = Math.floor(memory.count / 2)
      if (memory?.count === 0) this.history[cell] = undefined
    }
    this.#halving = to === this.#reserved ? undefined : to
  }

  #weightOf(entries: readonly Entry[]): number {
    if (!this.#weighted) return entries.length
    return entries.reduce((sum, { slot }) => sum + this.#setup.weightOf(slot), 0)
  }
}

function print(hash: number): number {
  return Math.imul(hash, 0x9e3779b1) >>> 20
}

/** A cache of its own for each tactic, and the outcomes of all, access by access. */
class NaiveTrials {
  readonly #caches: ScaledCache[]
  readonly #capacity: number
  readonly #entries: number
  #outcomes: boolean[][] = []
  #faded = { accesses: 0, gains: tactics.map(() => 0), differences: tactics.map(() => 0) }
  best: number

  constructor(best: number, entries: number, seed: number) {
    const { fewest, most, scale } = trials
    const capacity = Math.min(entries, Math.max(fewest, Math.min(most, Math.ceil(entries / scale))))
    this.#capacity = capacity
    this.#entries = entries
    this.#caches = tactics.map(
      (tactic) => new ScaledCache((setup) => new NaiveRegions(setup, tactic), capacity, seed),
    )
    this.best = best
  }

  watches(hash: number): boolean {
    const once = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d)
    const bits = (once ^ (once >>> 12)) >>> 0
    return bits / 2 ** 32 < this.#capacity / this.#entries
  }

  access(hash: number): void {
    this.#outcomes.push(this.#caches.map((cache) => cache.access(hash)))
    if (this.#outcomes.length === this.#capacity) this.#judge()
  }

  #judge(): void {
    const { best } = this
    const { accesses, gains, differences } = this.#faded
    const seen = accesses + this.#outcomes.length
    const gained = gains.map(
      (gain, tactic) =>
        gain +
        this.#outcomes.reduce((sum, hits) => sum + Number(hits[tactic]) - Number(hits[best]), 0),
    )
    const differed = differences.map(
      (count, tactic) =>
        count + this.#outcomes.filter((hits) => hits[tactic] !== hits[best]).length,
    )
    const better = gained.flatMap((gain, tactic) => {
      const noise = trials.deviations * Math.sqrt(differed[tactic] as number)
      return gain > trials.margin * seen + noise ? [{ gain, tactic }] : []
    })
    const top = Math.max(...better.map(({ gain }) => gain))
    this.best = better.find(({ gain }) => gain === top)?.tactic ?? best
    const kept = this.best === best ? trials.memory : 0
    this.#outcomes = []
    this.#faded = {
      accesses: seen * kept,
      gains: gained.map((gain) => gain * kept),
      differences: differed.map((count) => count * kept),
    }
  }
}

export function naiveTinylfu(): PolicyFactory {
  return (setup) => new NaiveTinyLfu(setup)
}

export class NaiveTinyLfu implements Policy {
  readonly name = 'naive tinylfu'
  readonly #setup: PolicySetup
  readonly regions: NaiveRegions
  readonly #watched = new Set<number>()
  #trials: NaiveTrials | undefined
  #scale = 0
  #weighted = false
  #maxEntries = Infinity
  #reserved = 0
  tactic: number = firstTactic

  constructor(setup: PolicySetup) {
    this.#setup = setup
    this.regions = new NaiveRegions(setup, tactics[firstTactic] as Tactic)
    this.resize(setup.maxEntries, setup.maxWeight)
  }

  reserve(capacity: number): void {
    this.regions.reserve(capacity)
    this.#reserved = capacity
    this.#tryOut()
  }

  insert(slot: number): void {
    this.regions.insert(slot)
    this.#watched.delete(slot)
    if (!this.#trials?.watches(this.#setup.hashOf(slot))) return
    this.#watched.add(slot)
    this.#observe(slot)
  }

  hit(slot: number): void {
    if (this.regions.hit(slot) && this.#watched.has(slot)) this.#observe(slot)
  }

  reweigh(): void {}

  remove(slot: number): void {
    this.regions.remove(slot)
  }

  evict(): number {
    if (this.#weighted) this.#rescale(this.regions.entries.length)
    return this.regions.evict()
  }

  resize(maxEntries: number, maxWeight: number): void {
    this.regions.resize(maxEntries, maxWeight)
    this.#maxEntries = maxEntries
    this.#weighted = maxWeight < Infinity
    this.#tryOut()
  }

  clear(): void {
    this.regions.clear()
    this.#reserved = 0
  }

  #tryOut(): void {
    if (this.#weighted || this.#reserved < this.#maxEntries) return
    this.#rescale(this.#maxEntries)
  }

  #rescale(entries: number): void {
    if (entries === 0) return
    if (entries > 2 * this.#scale || 4 * entries < this.#scale) {
      this.#scale = entries
      this.#trials = new NaiveTrials(this.tactic, entries, this.#setup.seed)
    }
  }

  #observe(slot: number): void {
    const trials = this.#trials
    const hash = this.#setup.hashOf(slot)
    if (!trials?.watches(hash)) return
    trials.access(hash)
    if (trials.best === this.tactic) return
    this.tactic = trials.best
    this.regions.adopt(tactics[this.tactic] as Tactic)
  }
}
