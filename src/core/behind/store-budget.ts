import { withDeadline } from '../../kernel/deadline.ts'
import type { CacheState } from '../state.ts'

/** For how long one call may wait for the store, as a multiple of what one operation may take. */
const operations = 2

/**
 * How long a call may still wait for the store. Each operation has a deadline of its own; of a store
 * that is merely slow, the many steps of one load would add up.
 */
export class StoreBudget {
  readonly #state: CacheState
  readonly #who: string
  readonly #whole: number
  #left: number

  /** `who` is kept waiting. */
  constructor(state: CacheState, who: string, storeTimeout: number) {
    this.#state = state
    this.#who = who
    this.#whole = this.#left = operations * storeTimeout
  }

  /** Somebody else was waited for: the store is not to blame. */
  renew(): void {
    this.#left = this.#whole
  }

  /** Throws if what is left would not do for one more operation. */
  expectMore(): void {
    if (this.#left < this.#whole / operations) throw this.#end()
  }

  /** So many milliseconds were spent waiting. */
  took(ms: number): void {
    this.#left -= ms
  }

  /** Takes the time of one operation off. */
  async spend<T>(operation: Promise<T>): Promise<T> {
    const { clock } = this.#state
    const begun = clock.now()
    try {
      return await operation
    } finally {
      this.took(clock.now() - begun)
    }
  }

  /** As `spend`, of several, which must not take longer than what is left. */
  within<T>(steps: Promise<T>): Promise<T> {
    const left = Math.max(0, this.#left)
    return this.spend(withDeadline(steps, left, this.#state.clock, () => this.#end()))
  }

  #end(): Error {
    return this.#state.backend.tooSlow(`The store kept ${this.#who} waiting for too long`)
  }
}
