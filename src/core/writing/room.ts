interface Waiter {
  readonly resolve: () => void
  readonly reject: (error: unknown) => void
}

/** Bounds how many writes wait; who finds no room waits in line. */
export class Room {
  readonly #most: number
  readonly #used: () => number
  readonly #waiters: Waiter[] = []
  /** Places taken by writes that are not counted yet. */
  #entering = 0
  #closed: { readonly reason: unknown } | undefined

  constructor(most: number, used: () => number) {
    this.#most = most
    this.#used = used
  }

  /** Somebody waits. */
  get wanted(): boolean {
    return this.#waiters.length > 0
  }

  /** Takes a place, which must be given back once the write is counted, or is not to be. */
  take(): boolean {
    if (this.#used() + this.#entering >= this.#most) return false
    this.#entering++
    return true
  }

  giveBack(): void {
    this.#entering--
  }

  /** Resolves when there may be room; who then does not take it says `freed`. */
  wait(): Promise<void> {
    if (this.#closed !== undefined) return Promise.reject(this.#closed.reason)
    return new Promise((resolve, reject) => this.#waiters.push({ resolve, reject }))
  }

  /** Something waits no more. */
  freed(): void {
    this.#waiters.shift()?.resolve()
  }

  close(reason: unknown): void {
    this.#closed = { reason }
    for (const { reject } of this.#waiters.splice(0)) reject(reason)
  }
}
