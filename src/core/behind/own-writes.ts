import type { Bytes } from '../../contracts/store.ts'
import { hasStamp } from '../../kernel/stamp.ts'

/** Most keys that are remembered, and writes of each: while one is told of, others may follow. */
const remembered = 16_384
const writesEach = 4

/**
 * What this process wrote to the store, by stamp: a server that tells of changes also tells of these.
 * Noted before it is written, as the news may be faster than the answer. Removals are not noted: that
 * there is nothing does not show who removed it.
 */
export class OwnWrites {
  /** Of each key the latest last; the key that was written longest ago comes first. */
  readonly #stamps = new Map<string, readonly Bytes[]>()

  note(key: string, stamp: Bytes): void {
    const earlier = this.#stamps.get(key)?.slice(1 - writesEach) ?? []
    this.#stamps.delete(key)
    this.#stamps.set(key, [...earlier, stamp.slice()])
    if (this.#stamps.size <= remembered) return
    const [first] = this.#stamps.keys()
    if (first !== undefined) this.#stamps.delete(first)
  }

  /** Whether this process may have written what is there. */
  has(key: string): boolean {
    return this.#stamps.has(key)
  }

  /** Whether this process wrote what has been read; from somebody else's writing on it did not. */
  wrote(key: string, value: Bytes | undefined): boolean {
    const stamps = this.#stamps.get(key) ?? []
    if (value !== undefined && stamps.some((stamp) => hasStamp(value, stamp))) return true
    this.forget(key)
    return false
  }

  forget(key: string): void {
    this.#stamps.delete(key)
  }
}
