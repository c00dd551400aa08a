/** What a register holds, until when. */
export interface Content {
  readonly value: unknown
  /** Epoch milliseconds from which nobody needs it any more. */
  readonly expiresAt: number
}

/** So many are not worth looking through. */
const few = 1000

/**
 * Registers in this process, for a cache without a store. Memory would not do: it evicts, and `clear`
 * empties it. Those that have expired go whenever there are twice as many as were needed last.
 */
export class LocalRegisters {
  readonly #contents = new Map<string, Content>()
  #most = few

  get(key: string): unknown {
    return this.#contents.get(key)?.value
  }

  set(key: string, content: Content, now: number): void {
    this.#contents.set(key, content)
    if (this.#contents.size > this.#most) this.#sweep(now)
  }

  delete(key: string): void {
    this.#contents.delete(key)
  }

  #sweep(now: number): void {
    for (const [key, { expiresAt }] of this.#contents) {
      if (expiresAt <= now) this.#contents.delete(key)
    }
    this.#most = Math.max(few, 2 * this.#contents.size)
  }
}
