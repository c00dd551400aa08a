import { LinkedSlots } from './linked-slots.ts'

/** Milliseconds of a tick. A power of two, so that dividing by it is exact. */
const resolution = 256
const buckets = 64
/** A bucket of level n spans 64 ** n ticks: 0.256 s, 16 s, 17 min, 19 h, 50 days; the ring of the last, 8.7 years. */
const levels = 5

/**
 * Knows which slots are due, in constant time for each: a hierarchical timing wheel (Varghese and
 * Lauck, "Hashed and Hierarchical Timing Wheels", SOSP 1987, scheme 7). A slot waits in a bucket of
 * the finest ring that reaches its tick, and moves to a finer one when that bucket's time begins.
 * The deadlines stay with their owner, who may move them to later: they are looked at when their
 * bucket's time comes.
 *
 * A bucket is emptied whenever the present tick falls into it, however that came about. So a clock
 * may be set: forward, time goes from one filled bucket to the next; back, buckets are met early,
 * and what is not due in them is placed anew. No slot is ever met late.
 */
export class TimerWheel {
  readonly #deadlineOf: (slot: number) => number
  /** Takes room for slots when the first is scheduled. */
  readonly #lists = new LinkedSlots(levels * buckets)
  #capacity = 0
  #used = false
  #size = 0
  /** The present tick: every bucket that begins before it is empty. */
  #tick = 0
  /** Until this tick `advance` has nothing to do that cannot wait. */
  #next = Infinity

  /** `deadlineOf` answers the epoch milliseconds from which a slot is due; `Infinity` is never. */
  constructor(deadlineOf: (slot: number) => number) {
    this.#deadlineOf = deadlineOf
  }

  /** How many slots wait. */
  get size(): number {
    return this.#size
  }

  /** Epoch milliseconds at which `advance` should be called next; `Infinity` when nothing waits. */
  get next(): number {
    return this.#next * resolution
  }

  /** Slots from 0 to `capacity - 1` may be scheduled from now on, until `clear`. */
  reserve(capacity: number): void {
    this.#capacity = capacity
    if (this.#used) this.#lists.reserve(capacity)
  }

  has(slot: number): boolean {
    return this.#used && this.#lists.has(slot)
  }

  /** Waits for the slot's deadline, and no longer for one that it had. One that has passed is taken for `now`. */
  schedule(slot: number, now: number): void {
    this.cancel(slot)
    const deadline = this.#deadlineOf(slot)
    if (deadline === Infinity) return
    if (!this.#used) this.#lists.reserve(this.#capacity)
    this.#used = true
    const present = Math.floor(now / resolution)
    if (this.#size === 0 || present < this.#tick) this.#tick = present
    this.#place(slot, deadline)
  }

  cancel(slot: number): void {
    if (!this.has(slot)) return
    this.#lists.remove(slot)
    if (--this.#size === 0) this.#next = Infinity
  }

  /**
   * Takes out the slots that are due and calls `expire` with each, looking at no more than `limit`
   * slots. When there were more, `next` is not after `now`.
   */
  advance(now: number, limit: number, expire: (slot: number) => void): void {
    const present = Math.floor(now / resolution)
    this.#next = this.#nextTick()
    for (let left = limit; this.#next <= present; this.#next = this.#nextTick()) {
      this.#tick = this.#next
      left = this.#empty(now, left, expire)
      if (left === 0) return
    }
    this.#tick = present
  }

  clear(): void {
    this.#lists.clear()
    this.#capacity = 0
    this.#used = false
    this.#size = 0
    this.#next = Infinity
  }

  /** Empties the buckets of the present tick; answers what is left of the limit. */
  #empty(now: number, limit: number, expire: (slot: number) => void): number {
    let left = limit
    let unit = this.#tick
    for (let level = 0; level < levels; level++, unit = coarser(unit)) {
      const list = listOf(level, unit)
      for (let slot = this.#lists.first(list); slot !== -1; slot = this.#lists.first(list)) {
        if (left === 0) return 0
        left--
        this.cancel(slot)
        const deadline = this.#deadlineOf(slot)
        if (deadline <= now) expire(slot)
        else if (deadline !== Infinity) this.#place(slot, deadline)
      }
    }
    return left
  }

  /** Puts the slot into the finest ring that reaches its tick, or with what is due now. */
  #place(slot: number, deadline: number): void {
    let present = this.#tick
    let unit = Math.max(present, Math.ceil(deadline / resolution))
    let level = 0
    let span = 1
    for (; level < levels - 1 && unit - present >= buckets; level++, span *= buckets) {
      unit = coarser(unit)
      present = coarser(present)
    }
    // Beyond the last ring: as far as it goes, and on from there when that time comes.
    unit = Math.min(unit, present + buckets - 1)
    this.#lists.append(slot, listOf(level, unit))
    this.#size++
    this.#next = Math.min(this.#next, Math.max(this.#tick, unit * span))
  }

  /** The tick at which the first bucket that holds a slot begins, the present one at the earliest. */
  #nextTick(): number {
    if (this.#size === 0) return Infinity
    let next = Infinity
    let present = this.#tick
    for (let level = 0, span = 1; level < levels; level++, span *= buckets) {
      for (let unit = present; unit < present + buckets; unit++) {
        if (this.#lists.first(listOf(level, unit)) === -1) continue
        next = Math.min(next, Math.max(this.#tick, unit * span))
        break
      }
      present = coarser(present)
    }
    return next
  }
}

function coarser(unit: number): number {
  return Math.floor(unit / buckets)
}

function listOf(level: number, unit: number): number {
  return level * buckets + (unit - coarser(unit) * buckets)
}
