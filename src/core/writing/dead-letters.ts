import type { LogPosition } from '../../contracts/log.ts'
import type { BehindOptions, DeadLetter } from '../../contracts/writing.ts'
import { ClosedError, CodecError } from '../../kernel/errors.ts'
import type { Change } from './write.ts'

/** Writes that were given up, until somebody decides. */
export class DeadLetters<K, V> {
  readonly #letters = new Map<LogPosition, DeadLetter<K, V>>()
  readonly #listener: BehindOptions<K, V>['onDeadLetter']
  readonly #onFailure: (error: unknown, key?: string) => void

  constructor(
    listener: BehindOptions<K, V>['onDeadLetter'],
    onFailure: (error: unknown, key?: string) => void,
  ) {
    this.#listener = listener
    this.#onFailure = onFailure
  }

  get size(): number {
    return this.#letters.size
  }

  list(): DeadLetter<K, V>[] {
    return [...this.#letters.values()]
  }

  /** `release` takes it out of the log, `again` writes it anew. */
  add(
    position: LogPosition,
    { kind, id, value, idempotencyKey }: Change<K, V>,
    reason: string,
    release: () => void,
    again: () => Promise<void>,
  ): void {
    const discard = () => {
      if (this.#letters.delete(position)) release()
    }
    const letter: DeadLetter<K, V> = {
      ...{ kind, id, value, idempotencyKey, reason, discard },
      async retry() {
        await again()
        discard()
      },
    }
    this.#letters.set(position, letter)
    this.#tell(letter)
  }

  /** A record that cannot be read: by another codec, perhaps, which is configured again tomorrow. */
  addUnreadable(position: LogPosition, error: unknown, release: () => void): void {
    const reason = error instanceof Error ? error.message : String(error)
    const change = { kind: 'save', key: '', id: undefined as K, value: undefined } as const
    this.add(position, { ...change, idempotencyKey: '' }, reason, release, () =>
      Promise.reject(new CodecError(reason)),
    )
  }

  /** Tells of a write that no log keeps. */
  lose({ kind, id, value, idempotencyKey }: Change<K, V>, reason: string): void {
    const retry = () => Promise.reject(new ClosedError(reason))
    this.#tell({ kind, id, value, idempotencyKey, reason, retry, discard() {} })
  }

  #tell(letter: DeadLetter<K, V>): void {
    try {
      this.#listener?.(letter)
    } catch (error) {
      this.#onFailure(error)
    }
  }
}
