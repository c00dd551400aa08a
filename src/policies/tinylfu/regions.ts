import type { Policy, PolicySetup } from '../../contracts/policy.ts'
import { grown } from '../../kernel/grown.ts'
import { LinkedSlots } from '../../kernel/linked-slots.ts'
import { SplitMix } from '../../kernel/split-mix.ts'
import { EvictedCounts } from './evicted-counts.ts'
import type { Tactic } from './tactics.ts'

/** The lists, and what a slot in the second one is marked with. */
const window = 0
const main = 1
/** A slot's mark: how often it was used, up to 15, and flags. */
export const mostUses = 0b1111
const usedBit = 1 << 4
const mainBit = 1 << 5
const watchedBit = 1 << 6

/** Keys that have gone are remembered, so many times as many as there may be entries. */
export const historyFactor = 3
/** All counts are halved when there were so many uses, on average, of each entry. */
export const usesBetweenHalvings = 12
/** Slots whose counts are halved at one insertion. */
export const halvedAtOnce = 16
/** Entries that move from the window to an underfull main region at one eviction. */
export const movedAtOnce = 16
/** Entries that are looked at in one search, for a bound on its time. */
export const longestSearch = 128
/** Uses, the first included, that are proof enough to be kept. */
export const proof = 3
/** A loser of so many uses is admitted one time in so many: no key can be kept out for good. */
export const warm = 6
export const warmLosers = 128
/** Another victim is tried one time in so many that one wins: none is kept for good. */
export const victimWins = 64

/**
 * Evicts by W-TinyLFU (Einziger, Friedman and Manes, "TinyLFU: A Highly Efficient Cache Admission
 * Policy", ACM ToS 2017) with a hit that writes one byte at most: the window is a FIFO queue that
 * gives what was used another round, the main region a SIEVE, uses are counted in the slot, and of
 * those that have gone in a history of fingerprints instead of a sketch.
 *
 * The shares of the regions are those of what is there: when there is something to evict, that is
 * as much as there may be. The newest entry goes only when there is no other.
 */
export class Regions implements Policy {
  readonly name = 'tinylfu'
  readonly #setup: PolicySetup
  readonly #numbers: SplitMix
  readonly #queues = new LinkedSlots(2)
  readonly #history = new EvictedCounts()
  #marks = new Uint8Array(0)
  #weighted: boolean
  #windowShare: number
  #duels: boolean
  #size = 0
  #windowWeight = 0
  #mainWeight = 0
  #newest = -1
  /** Where in the main region the search for a victim begins; -1 is at its oldest. */
  #hand = -1
  /** Uses counted since the last halving. */
  #uses = 0
  /** The slot at which halving goes on, or -1. */
  #halving = -1
  /** Whether the main region has room that did not come by eviction. */
  #settling = true

  constructor(setup: PolicySetup, tactic: Tactic) {
    this.#setup = setup
    this.#weighted = setup.maxWeight < Infinity
    this.#numbers = new SplitMix(setup.seed)
    this.#windowShare = tactic.windowShare
    this.#duels = tactic.admission === 'duel'
  }

  get size(): number {
    return this.#size
  }

  /** How many slots are reserved. */
  get room(): number {
    return this.#marks.length
  }

  /** Goes on with another tactic. */
  adopt({ windowShare, admission }: Tactic): void {
    this.#windowShare = windowShare
    this.#duels = admission === 'duel'
    this.#settling = true
  }

  reserve(capacity: number): void {
    if (capacity <= this.#marks.length) return
    this.#marks = grown(Uint8Array, this.#marks, capacity)
    this.#queues.reserve(capacity)
    this.#history.resize(historyFactor * capacity)
    this.#halving = -1
  }

  /** `watched` is whether `hit` shall answer that the entry was used. */
  insert(slot: number, watched = false): void {
    const uses = this.#history.take(this.#setup.hashOf(slot))
    this.#marks[slot] = Math.min(mostUses, uses + 1) | (watched ? watchedBit : 0)
    this.#queues.append(slot, window)
    this.#windowWeight += this.#weigh(slot)
    this.#newest = slot
    this.#size++
    this.#uses++
    if (this.#halving !== -1) this.#halve()
    else if (this.#uses >= usesBetweenHalvings * this.#size) {
      this.#uses >>= 1
      this.#halving = 0
    }
  }

  /** Answers whether the entry is watched and its count has risen. */
  hit(slot: number): boolean {
    const mark = this.#marks[slot] as number
    if ((mark & mostUses) === mostUses) {
      if ((mark & usedBit) === 0) this.#marks[slot] = mark | usedBit
      return false
    }
    this.#marks[slot] = (mark | usedBit) + 1
    this.#uses++
    return (mark & watchedBit) !== 0
  }

  reweigh(slot: number, before: number): void {
    const more = this.#weigh(slot) - before
    if ((this.#marks[slot] as number) & mainBit) this.#mainWeight += more
    else this.#windowWeight += more
  }

  remove(slot: number): void {
    this.#leave(slot)
    this.#settling = true
  }

  evict(): number {
    if (this.#size === 0) return -1
    const slot = this.#choose()
    this.#leave(slot)
    return slot
  }

  resize(_maxEntries: number, maxWeight: number): void {
    this.#settling = true
    if (this.#weighted === maxWeight < Infinity) return
    this.#weighted = !this.#weighted
    this.#windowWeight = this.#weightIn(window)
    this.#mainWeight = this.#weightIn(main)
  }

  clear(): void {
    this.#queues.clear()
    this.#history.resize(0)
    this.#marks = new Uint8Array(0)
    this.#size = 0
    this.#windowWeight = 0
    this.#mainWeight = 0
    this.#newest = -1
    this.#hand = -1
    this.#uses = 0
    this.#halving = -1
    this.#settling = true
  }

  #choose(): number {
    const allowed = this.#windowShare * (this.#windowWeight + this.#mainWeight)
    if (this.#settling) this.#settle(allowed)
    if (this.#queues.first(main) === -1) return this.#candidate()
    const first = this.#queues.first(window)
    const alone = first === -1 || first === this.#newest
    if (alone || this.#windowWeight <= allowed) return this.#victim()
    const candidate = this.#candidate()
    const uses = (this.#marks[candidate] as number) & mostUses
    if (!this.#duels) {
      if (uses < proof) return candidate
      this.#promote(candidate)
      return this.#victim()
    }
    const victim = this.#victim()
    if (this.#beats(candidate, victim)) {
      this.#promote(candidate)
      return victim
    }
    if (this.#numbers.below(victimWins) === 0) this.#hand = this.#queues.after(victim)
    return candidate
  }

  /** Fills the main region with the oldest entries of the window, a few at a time. */
  #settle(allowed: number): void {
    for (let left = movedAtOnce; this.#windowWeight > allowed; left--) {
      const oldest = this.#queues.first(window)
      if (left === 0) return
      if (oldest === this.#newest) break
      this.#promote(oldest)
    }
    this.#settling = false
  }

  /** The oldest entry of the window, which in duels was not used since its last round. */
  #candidate(): number {
    let slot = this.#queues.first(window)
    if (!this.#duels || slot === this.#newest || !this.#isUsed(slot)) return slot
    // The newest one stays behind those that go round, or it would soon be the oldest.
    if (this.#newest !== -1) this.#queues.remove(this.#newest)
    for (let left = longestSearch; left > 0 && this.#isUsed(slot); left--) {
      this.#marks[slot] = (this.#marks[slot] as number) ^ usedBit
      this.#queues.remove(slot)
      this.#queues.append(slot, window)
      slot = this.#queues.first(window)
    }
    if (this.#newest !== -1) this.#queues.append(this.#newest, window)
    return slot
  }

  /** The entry of the main region at which the hand stops: one that was not used since it passed. */
  #victim(): number {
    let slot = this.#hand === -1 ? this.#queues.first(main) : this.#hand
    for (let left = longestSearch; left > 0 && this.#isUsed(slot); left--) {
      this.#marks[slot] = (this.#marks[slot] as number) ^ usedBit
      slot = this.#behind(slot)
    }
    this.#hand = slot
    return slot
  }

  /** Whether the candidate was used more than all who would have to go for it, taken together. */
  #beats(candidate: number, victim: number): boolean {
    const uses = (this.#marks[candidate] as number) & mostUses
    if (uses >= warm && this.#numbers.below(warmLosers) === 0) return true
    const wanted = this.#weigh(candidate)
    let room = 0
    let rivals = 0
    let slot = victim
    for (let left = longestSearch; left > 0; left--) {
      const mark = this.#marks[slot] as number
      if (slot === victim || (mark & usedBit) === 0) {
        rivals += mark & mostUses
        room += this.#weigh(slot)
        if (rivals >= uses) return false
        if (room >= wanted) return true
      }
      slot = this.#behind(slot)
    }
    return true
  }

  #isUsed(slot: number): boolean {
    return ((this.#marks[slot] as number) & usedBit) !== 0
  }

  #promote(slot: number): void {
    const weight = this.#weigh(slot)
    this.#queues.remove(slot)
    this.#queues.append(slot, main)
    this.#marks[slot] = ((this.#marks[slot] as number) & ~usedBit) | mainBit
    this.#windowWeight -= weight
    this.#mainWeight += weight
  }

  /** The entry that came to the main region after this one, or the oldest. */
  #behind(slot: number): number {
    const next = this.#queues.after(slot)
    return next === -1 ? this.#queues.first(main) : next
  }

  /** Takes the slot out, and remembers its count. */
  #leave(slot: number): void {
    const mark = this.#marks[slot] as number
    const weight = this.#weigh(slot)
    if (slot === this.#hand) this.#hand = this.#queues.after(slot)
    if (slot === this.#newest) this.#newest = -1
    if (mark & mainBit) this.#mainWeight -= weight
    else this.#windowWeight -= weight
    this.#queues.remove(slot)
    this.#size--
    const uses = mark & mostUses
    if (uses > 0) this.#history.put(this.#setup.hashOf(slot), uses)
  }

  #halve(): void {
    const marks = this.#marks
    const from = this.#halving
    const to = Math.min(marks.length, from + halvedAtOnce)
    for (let slot = from; slot < to; slot++) {
      const mark = marks[slot] as number
      marks[slot] = (mark & ~mostUses) | ((mark & mostUses) >> 1)
    }
    const part = this.#history.capacity / 2 / marks.length
    this.#history.halve(Math.floor(from * part), Math.floor(to * part))
    this.#halving = to === marks.length ? -1 : to
  }

  #weigh(slot: number): number {
    return this.#weighted ? this.#setup.weightOf(slot) : 1
  }

  #weightIn(queue: number): number {
    let weight = 0
    for (let slot = this.#queues.first(queue); slot !== -1; slot = this.#queues.after(slot)) {
      weight += this.#weigh(slot)
    }
    return weight
  }
}
