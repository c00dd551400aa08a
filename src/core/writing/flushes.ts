import type { Failure, PendingWrite } from './write.ts'

interface Flush {
  readonly left: Set<object>
  readonly resolve: () => void
  readonly reject: (error: unknown) => void
}

/** Who waits until all that was pending has reached the source. */
export class Flushes<K, V> {
  readonly #flushes = new Set<Flush>()

  get waiting(): boolean {
    return this.#flushes.size > 0
  }

  /** Resolves when all of these have ended; rejects as soon as an attempt of one fails. */
  add(writes: readonly PendingWrite<K, V>[]): Promise<void> {
    if (writes.length === 0) return Promise.resolve()
    return new Promise((resolve, reject) => {
      this.#flushes.add({ left: new Set(writes), resolve, reject })
    })
  }

  /** The write needs to be waited for no more, but for the one that replaces it. */
  ended(write: PendingWrite<K, V>, successor?: PendingWrite<K, V>): void {
    for (const flush of this.#flushes) {
      if (!flush.left.delete(write)) continue
      if (successor !== undefined) flush.left.add(successor)
      if (flush.left.size > 0) continue
      this.#flushes.delete(flush)
      flush.resolve()
    }
  }

  /** What is still waited for will not be. */
  close(error: Error): void {
    for (const flush of this.#flushes) flush.reject(error)
    this.#flushes.clear()
  }

  failed(write: PendingWrite<K, V>, { error }: Failure): void {
    for (const flush of this.#flushes) {
      if (!flush.left.has(write)) continue
      this.#flushes.delete(flush)
      flush.reject(error)
    }
  }
}
