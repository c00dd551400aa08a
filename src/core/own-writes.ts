import type { Bytes, StoreRecord } from '../contracts/store.ts'
import { hasStamp, stampOf } from '../kernel/stamp.ts'

/** Most keys that are remembered. */
const remembered = 16_384

/**
 * What this process wrote last under each key of the store, by stamp: a server that tells of changes
 * also tells of these. Noted before it is written, as the news may be faster than the answer.
 */
export class OwnWrites {
  /** What was written longest ago comes first. */
  readonly #stamps = new Map<string, Bytes>()

  note({ key, value }: StoreRecord): void {
    this.#stamps.delete(key)
    this.#stamps.set(key, stampOf(value).slice())
    if (this.#stamps.size <= remembered) return
    const [first] = this.#stamps.keys()
    if (first !== undefined) this.#stamps.delete(first)
  }

  /** Whether this process may have written the key. */
  has(key: string): boolean {
    return this.#stamps.has(key)
  }

  /** Whether what is there now is what this process wrote; otherwise somebody else was the last. */
  wrote(key: string, value: Bytes | undefined): boolean {
    const stamp = this.#stamps.get(key)
    if (stamp !== undefined && value !== undefined && hasStamp(value, stamp)) return true
    this.#stamps.delete(key)
    return false
  }
}
