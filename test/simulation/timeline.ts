import type { Cancel } from '../../src/contracts/clock.ts'
import type { Dice } from './dice.ts'

interface Happening {
  readonly at: number
  /** Chance decides what comes first of what happens in the same millisecond. */
  readonly tie: number
  run: (() => void) | undefined
}

/** Simulated time: what is to happen, in order; nothing else moves it on. */
export class Timeline {
  now = 0
  readonly #dice: Dice
  /** The next one last. */
  readonly #happenings: Happening[] = []

  constructor(dice: Dice) {
    this.#dice = dice
  }

  after(ms: number, run: () => void): Cancel {
    const happening: Happening = {
      at: this.now + Math.max(0, Math.ceil(ms)),
      tie: this.#dice.below(2 ** 30),
      run,
    }
    let low = 0
    let high = this.#happenings.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if (precedes(happening, this.#happenings[middle] as Happening)) low = middle + 1
      else high = middle
    }
    this.#happenings.splice(low, 0, happening)
    return () => {
      happening.run = undefined
    }
  }

  /** Lets happen what happens until that instant, and all that follows at once from each. */
  async until(end: number): Promise<void> {
    await everythingSettled()
    for (;;) {
      const next = this.#happenings.at(-1)
      if (next === undefined || next.at > end) break
      this.#happenings.pop()
      if (next.run === undefined) continue
      this.now = next.at
      next.run()
      await everythingSettled()
    }
    this.now = Math.max(this.now, end)
  }
}

function precedes(a: Happening, b: Happening): boolean {
  return a.at < b.at || (a.at === b.at && a.tie < b.tie)
}

/** A turn of the event loop comes when no promise has anything left to do. */
function everythingSettled(): Promise<void> {
  return new Promise((resolve) => void setImmediate(resolve))
}
