interface Batch<Key, Answer> {
  /** The keys, each with its answer as soon as that is there. */
  readonly answers: Map<Key, Answer | undefined>
  readonly answered: Promise<ReadonlyMap<Key, Answer>>
}

/** Collects the keys that are looked up in one turn and hands them over as one batch, each once. */
export class Lookups<Key, Answer> {
  readonly #run: (keys: Key[]) => Promise<readonly Answer[]>
  readonly #limit: number
  /** What is being collected; nothing is kept of what has been handed over. */
  #batch: Batch<Key, Answer> | undefined

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
    const full = batch?.answers.size === this.#limit && !batch.answers.has(key)
    if (batch === undefined || full) batch = this.#begin()
    batch.answers.set(key, undefined)
    return batch.answered
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

  #begin(): Batch<Key, Answer> {
    const batch: Batch<Key, Answer> = {
      answers: new Map(),
      answered: Promise.resolve().then(() => this.#flush(batch)),
    }
    this.#batch = batch
    return batch
  }

  async #flush(batch: Batch<Key, Answer>): Promise<ReadonlyMap<Key, Answer>> {
    if (this.#batch === batch) this.#batch = undefined
    const { answers } = batch
    const keys = [...answers.keys()]
    const found = await this.#run(keys)
    for (let i = 0; i < keys.length; i++) answers.set(keys[i] as Key, found[i])
    return answers as ReadonlyMap<Key, Answer>
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
