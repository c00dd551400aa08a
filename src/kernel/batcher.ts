interface Waiting<Answer> {
  readonly resolve: (answer: Answer) => void
  readonly reject: (error: unknown) => void
}

/** Collects what is asked for in one turn and hands it over as one batch. */
export class Batcher<Item, Answer> {
  readonly #run: (items: Item[]) => Promise<readonly Answer[]>
  readonly #limit: number
  #items: Item[] = []
  #waiting: Waiting<Answer>[] = []

  /** `run` answers one element an item, in order. No batch has more than `limit` items. */
  constructor(run: (items: Item[]) => Promise<readonly Answer[]>, limit: number) {
    this.#run = run
    this.#limit = limit
  }

  add(item: Item): Promise<Answer> {
    return new Promise((resolve, reject) => this.#push(item, { resolve, reject }))
  }

  #push(item: Item, waiting: Waiting<Answer>): void {
    if (this.#items.length === 0) queueMicrotask(() => void this.#flush())
    else if (this.#items.length === this.#limit) void this.#flush()
    this.#items.push(item)
    this.#waiting.push(waiting)
  }

  async #flush(): Promise<void> {
    const items = this.#items
    const waiting = this.#waiting
    if (items.length === 0) return
    this.#items = []
    this.#waiting = []
    try {
      const answers = await this.#run(items)
      for (let i = 0; i < waiting.length; i++) waiting[i]?.resolve(answers[i] as Answer)
    } catch (error) {
      for (const { reject } of waiting) reject(error)
    }
  }
}
