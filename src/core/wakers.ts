import type { Clock } from '../contracts/clock.ts'

/** Those who wait for a change of a key in the store. */
export class Wakers {
  readonly #clock: Clock
  readonly #listening = new Map<string, Set<Listener>>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Ends every wait for a change of the key. */
  wake(memoryKey: string): void {
    for (const listener of this.#listening.get(memoryKey) ?? []) listener.hear()
  }

  wakeAll(): void {
    for (const listeners of this.#listening.values()) {
      for (const listener of listeners) listener.hear()
    }
  }

  /** Begins to listen: a change counts also when it comes before somebody waits for it. */
  listen(memoryKey: string): Listener {
    const listeners = this.#listening.get(memoryKey) ?? new Set()
    this.#listening.set(memoryKey, listeners)
    const listener = new Listener(this.#clock, () => {
      listeners.delete(listener)
      const isLast = listeners.size === 0 && this.#listening.get(memoryKey) === listeners
      if (isLast) this.#listening.delete(memoryKey)
    })
    listeners.add(listener)
    return listener
  }

  /** Resolves when the key is known to have changed in the store from now on, or after `ms`. */
  async changeOf(memoryKey: string, ms: number): Promise<void> {
    const listener = this.listen(memoryKey)
    await listener.change(ms)
    listener.end()
  }
}

/** Somebody who looks at a key again and again, and wants no change to go unheard between two looks. */
export class Listener {
  /** Listens no more. */
  readonly end: () => void
  readonly #clock: Clock
  #heard = false
  #wake: (() => void) | undefined = undefined

  constructor(clock: Clock, end: () => void) {
    this.#clock = clock
    this.end = end
  }

  /** A look begins, which will see all that was heard so far. */
  look(): void {
    this.#heard = false
  }

  hear(): void {
    this.#heard = true
    this.#wake?.()
  }

  /** Resolves when the key is known to have changed since the look began, or after `ms`. */
  async change(ms: number): Promise<void> {
    if (this.#heard) return
    await new Promise<void>((resolve) => {
      const cancel = this.#clock.schedule(ms, resolve, 'foreground')
      this.#wake = () => {
        cancel()
        resolve()
      }
    })
    this.#wake = undefined
  }
}
