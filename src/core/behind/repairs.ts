import type { Marks } from './marks.ts'
import type { StoreTier } from './store-tier.ts'

/** Most keys, and most marks, that are kept apart; beyond, everything is invalidated instead. */
const mostKeys = 10_000
const mostMarks = 1_000
const batch = 1_000

/** Something that the store has not been told. */
export interface Repair {
  /** Keys whose records must go, by the name that the store knows them by. */
  readonly keys?: readonly { readonly physicalKey: string; readonly memoryKey: string }[]
  /** Tags and generations whose versions must change. */
  readonly marks?: readonly string[]
}

/** Tells others of what has been done; does not reject. */
export type Repaired = (kind: 'keys' | 'clear', names: readonly string[]) => Promise<void>

/**
 * What could not be deleted or invalidated while the store did not answer. A write that failed is
 * made good by a deletion, never by writing late: meanwhile somebody else may have changed the key.
 * Whatever happens twice is kept once, so the memory for it is bounded.
 */
export class Repairs {
  /** The generation that all entries of the cache depend on. */
  readonly #everything: string
  /** The memory keys by the physical ones. */
  readonly #keys = new Map<string, string>()
  readonly #marks = new Set<string>()

  constructor(everything: string) {
    this.#everything = everything
  }

  get size(): number {
    return this.#keys.size + this.#marks.size
  }

  add({ keys = [], marks = [] }: Repair): void {
    if (!this.#marks.has(this.#everything)) {
      for (const { physicalKey, memoryKey } of keys) this.#keys.set(physicalKey, memoryKey)
      for (const mark of marks) this.#marks.add(mark)
    }
    if (this.#keys.size <= mostKeys && this.#marks.size <= mostMarks) return
    this.#keys.clear()
    this.#marks.clear()
    this.#marks.add(this.#everything)
  }

  /** Does all that is left, and what is added meanwhile. What fails is left. */
  async run(store: StoreTier, marks: Marks, repaired: Repaired): Promise<void> {
    while (this.size > 0) {
      await this.#renew(marks, repaired)
      await this.#delete(store, repaired)
    }
  }

  async #renew(marks: Marks, repaired: Repaired): Promise<void> {
    const names = [...this.#marks]
    if (names.length === 0) return
    this.#marks.clear()
    try {
      await marks.renew(names)
    } catch (error) {
      this.add({ marks: names })
      throw error
    }
    await repaired('clear', names)
  }

  async #delete(store: StoreTier, repaired: Repaired): Promise<void> {
    const keys = [...this.#keys].slice(0, batch)
    if (keys.length === 0) return
    for (const [physicalKey] of keys) this.#keys.delete(physicalKey)
    try {
      await store.remove(keys.map(([physicalKey]) => physicalKey))
    } catch (error) {
      this.add({ keys: keys.map(([physicalKey, memoryKey]) => ({ physicalKey, memoryKey })) })
      throw error
    }
    await repaired(
      'keys',
      keys.map(([, memoryKey]) => memoryKey),
    )
  }
}
