import type { Writing } from '../../contracts/writing.ts'
import { type Change, type Failure, saveOf } from './write.ts'

/** Where the values come from, as a place to write to. */
export class Source<K, V> {
  readonly #writing: Writing<K, V>

  constructor(writing: Writing<K, V>) {
    this.#writing = writing
  }

  get saves(): boolean {
    return this.#writing.save !== undefined || this.#writing.saveMany !== undefined
  }

  get removes(): boolean {
    return this.#writing.remove !== undefined
  }

  /** Writes changes of one kind, no key twice, together; answers of each what went wrong, if anything. */
  async write(changes: readonly Change<K, V>[]): Promise<(Failure | undefined)[]> {
    const { save, saveMany, remove } = this.#writing
    if (changes[0]?.kind === 'save' && saveMany && (changes.length > 1 || !save)) {
      const failure = await failureOf(() => saveMany(changes.map(saveOf)))
      return changes.map(() => failure)
    }
    return Promise.all(
      changes.map(({ kind, id, value, idempotencyKey }) =>
        failureOf(() =>
          kind === 'save'
            ? save?.(id, value as V, { idempotencyKey })
            : remove?.(id, { idempotencyKey }),
        ),
      ),
    )
  }
}

async function failureOf(write: () => unknown): Promise<Failure | undefined> {
  try {
    await write()
    return undefined
  } catch (error) {
    return { error }
  }
}
