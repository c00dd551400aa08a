/** Runs what concerns one name one after the other, and different names side by side. */
export class Serial {
  readonly #last = new Map<string, Promise<unknown>>()

  async run<T>(name: string, body: () => Promise<T>): Promise<T> {
    const before = this.#last.get(name)
    const after = before ? before.then(body, body) : body()
    this.#last.set(name, after)
    try {
      return await after
    } finally {
      if (this.#last.get(name) === after) this.#last.delete(name)
    }
  }
}
