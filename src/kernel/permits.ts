/** So many at a time; the others wait for their turn, first come, first served. */
export class Permits {
  #free: number
  readonly #waiting: (() => void)[] = []

  constructor(count: number) {
    this.#free = count
  }

  /** Whether one can be taken at once. */
  get isFree(): boolean {
    return this.#free > 0
  }

  /** Takes one, at once where there is one; each must be given back. */
  take(): Promise<void> | undefined {
    if (this.#free > 0) {
      this.#free--
      return undefined
    }
    return new Promise((resolve) => this.#waiting.push(resolve))
  }

  /** Runs a task that holds one while it lasts. */
  async run<T>(task: () => Promise<T>): Promise<T> {
    const turn = this.take()
    if (turn) await turn
    try {
      return await task()
    } finally {
      this.giveBack()
    }
  }

  giveBack(): void {
    const next = this.#waiting.shift()
    if (next === undefined) this.#free++
    else next()
  }
}
