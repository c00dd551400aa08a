import type { Clock } from '../contracts/clock.ts'

/** Those who wait for a change of a key in the store. */
export class Wakers {
  readonly #clock: Clock
  readonly #waiting = new Map<string, Set<() => void>>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Ends every wait for a change of the key. */
  wake(memoryKey: string): void {
    for (const wake of this.#waiting.get(memoryKey) ?? []) wake()
  }

  wakeAll(): void {
    for (const wakers of this.#waiting.values()) for (const wake of wakers) wake()
  }

  /** Resolves when the key is known to have changed in the store, or after `ms`. */
  changeOf(memoryKey: string, ms: number): Promise<void> {
    return new Promise((resolve) => {
      const wakers = this.#waiting.get(memoryKey) ?? new Set()
      this.#waiting.set(memoryKey, wakers)
      const wake = () => {
        cancel()
        wakers.delete(wake)
        if (wakers.size === 0) this.#waiting.delete(memoryKey)
        resolve()
      }
      const cancel = this.#clock.schedule(ms, wake, 'foreground')
      wakers.add(wake)
    })
  }
}
