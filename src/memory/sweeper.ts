import type { Cancel, Clock } from '../contracts/clock.ts'
import { forever } from '../kernel/forever.ts'
import type { SlotMap } from '../kernel/slot-map.ts'

/** Milliseconds. What falls due within so many is let go together. */
const shortestPause = 256
/** Slots for each millisecond between two sweeps: a sweep may take half a percent of the time. */
const slotsPerMillisecond = 2_000
/** How many slots are looked at, and how many entries let go, before others get their turn. */
const slotsPerTurn = 100_000
const expiriesPerTurn = 2_000
/** Milliseconds. The timer looks at the clock at least this often, as the clock may be set forward. */
const longestWait = 600_000

export interface SweeperOptions {
  readonly clock: Clock
  /** Knows the deadlines. */
  readonly table: SlotMap<unknown>
  /** Lets go of the entry in the slot, which is due. */
  readonly expire: (slot: number) => void
  /** Comes after each turn. */
  readonly afterTurn: () => void
}

/**
 * Lets go of entries that have expired without being read. It knows no more than the soonest
 * deadline, and when that has come looks at all slots in their order: a nanosecond or two for each,
 * which is far less than what lists by deadline would cost at each write and each eviction.
 */
export class Sweeper {
  readonly #options: SweeperOptions
  /** No entry is due before, but for those that a sweep under way has yet to look at. */
  #soonest = Infinity
  /** Where the sweep under way goes on; 0 when there is none. */
  #cursor = 0
  /** The next sweep does not begin before. */
  #rested = -Infinity
  #cancel: Cancel | undefined
  /** When the timer is to run: `Infinity` when there is none, `-Infinity` when there shall be none. */
  #timerAt = Infinity

  constructor(options: SweeperOptions) {
    this.#options = options
  }

  get soonest(): number {
    return this.#soonest
  }

  /** An entry has been given a deadline. */
  note(deadline: number, now: number): void {
    if (deadline >= this.#soonest) return
    this.#soonest = deadline
    this.#arm(now)
  }

  clear(): void {
    this.#soonest = Infinity
    this.#cursor = 0
  }

  /** Stops its timer, for good. */
  close(): void {
    this.#cancel?.()
    this.#timerAt = -Infinity
  }

  #arm(now: number): void {
    if (this.#cursor === 0 && this.#soonest >= forever) return
    const due = Math.ceil(this.#soonest / shortestPause) * shortestPause
    const wanted = this.#cursor > 0 ? now : Math.max(due, this.#rested)
    if (wanted >= this.#timerAt) return
    this.#cancel?.()
    this.#timerAt = wanted
    const wait = Math.min(Math.max(0, wanted - now), longestWait)
    this.#cancel = this.#options.clock.schedule(wait, () => this.#turn(), 'background')
  }

  #turn(): void {
    const { clock, afterTurn } = this.#options
    const now = clock.now()
    this.#timerAt = Infinity
    // A clock that was set back makes the pause no longer than it is.
    this.#rested = Math.min(this.#rested, now + shortestPause)
    if (this.#cursor > 0 || now >= this.#soonest) this.#sweep(now)
    this.#arm(now)
    afterTurn()
  }

  #sweep(now: number): void {
    const { table, expire } = this.#options
    if (this.#cursor === 0) this.#soonest = Infinity
    let slot = this.#cursor
    let expiries = 0
    const end = Math.min(table.used, slot + slotsPerTurn)
    for (; slot < end && expiries < expiriesPerTurn; slot++) {
      const deadline = table.deadlineAt(slot)
      if (deadline <= now) {
        expire(slot)
        expiries++
      } else if (deadline < this.#soonest) this.#soonest = deadline
    }
    const done = slot >= table.used
    this.#cursor = done ? 0 : slot
    if (done) this.#rested = now + Math.max(shortestPause, table.used / slotsPerMillisecond)
  }
}
