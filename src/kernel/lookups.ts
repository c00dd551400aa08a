/** Collects the keys that are looked up in one turn and hands them over as one batch, each once. */
export class Lookups<Key, Answer> {
  readonly #run: (keys: Key[]) => Promise<readonly Answer[]>
  readonly #limit: number
  /** What is being collected; the answers come into it. */
  #batch: Map<Key, Answer | undefined> | undefined
  #answered: Promise<ReadonlyMap<Key, Answer>> = Promise.resolve(new Map())

  /** `run` answers one element a key, in order. No batch has more than `limit` keys. */
  constructor(run: (keys: Key[]) => Promise<readonly Answer[]>, limit: number) {
    this.#run = run
    this.#limit = limit
  }

  /**
   * The answers to the whole batch into which the key goes. All who ask in one turn are given the
   * same promise: where they are many, that costs far less than one for each.
   */
  ask(key: Key): Promise<ReadonlyMap<Key, Answer>> {
    let batch = this.#batch
    const full = batch?.size === this.#limit && !batch.has(key)
    if (batch === undefined || full) batch = this.#begin()
    batch.set(key, undefined)
    return this.#answered
  }

  /** As `ask` of each; rejects when one of them would. */
  askMany(keys: readonly Key[]): Promise<ReadonlyMap<Key, Answer>> {
    const batches: Promise<ReadonlyMap<Key, Answer>>[] = []
    for (const key of keys) {
      const answered = this.ask(key)
      if (answered !== batches.at(-1)) batches.push(answered)
    }
    const [only] = batches
    return only !== undefined && batches.length === 1 ? only : merged(batches)
  }

  #begin(): Map<Key, Answer | undefined> {
    const batch = new Map<Key, Answer | undefined>()
    this.#batch = batch
    this.#answered = Promise.resolve().then(() => this.#flush(batch))
    return batch
  }

  async #flush(batch: Map<Key, Answer | undefined>): Promise<ReadonlyMap<Key, Answer>> {
    if (this.#batch === batch) this.#batch = undefined
    const keys = [...batch.keys()]
    const answers = await this.#run(keys)
    for (let i = 0; i < keys.length; i++) batch.set(keys[i] as Key, answers[i])
    return batch as ReadonlyMap<Key, Answer>
  }
}

async function merged<Key, Answer>(
  batches: readonly Promise<ReadonlyMap<Key, Answer>>[],
): Promise<ReadonlyMap<Key, Answer>> {
  const all = new Map<Key, Answer>()
  for (const batch of await Promise.all(batches)) {
    for (const [key, answer] of batch) all.set(key, answer)
  }
  return all
}
