import type { Cache } from '../contracts/cache.ts'
import { StoreError } from '../kernel/errors.ts'

/** How many are looked up at a time. */
const together = 250
/** So many names are noted before those whose entries are gone are forgotten. */
const leastNoted = 1000

/**
 * The keys of a cache, or of a namespace, for interfaces that list what there is. A store is asked for
 * its keys; without one they are those that were noted here.
 */
export class KeyList {
  readonly #cache: Cache
  readonly #noted = new Set<string>()
  #tidyAt = leastNoted

  constructor(cache: Cache) {
    this.#cache = cache
  }

  /** An entry is written under `key`. */
  async note(key: string): Promise<void> {
    if ((await this.#cache.store()) !== undefined) return
    this.#noted.add(key)
    if (this.#noted.size < this.#tidyAt) return
    for (const name of this.#noted) {
      if (this.#cache.getSync(name) === undefined) this.#noted.delete(name)
    }
    this.#tidyAt = Math.max(leastNoted, 2 * this.#noted.size)
  }

  /** The keys that begin with `prefix`, and have a fresh value, in no particular order. */
  async keys(prefix: string): Promise<string[]> {
    return (await this.entries(prefix)).map(([key]) => key)
  }

  /** As `keys`, with the values. Rejects with a `StoreError` where the store does not list its keys. */
  async entries<T>(prefix: string): Promise<[string, T][]> {
    const names = await this.#names(prefix)
    const entries: [string, T][] = []
    for (let at = 0; at < names.length; at += together) {
      entries.push(...(await this.#cache.getMany<T>(names.slice(at, at + together))))
    }
    return entries
  }

  /** Those that may be there: a store knows when an entry expires, but not of clearing. */
  async #names(prefix: string): Promise<string[]> {
    const store = await this.#cache.store()
    if (store === undefined) return [...this.#noted].filter((key) => key.startsWith(prefix))
    const probe = `${prefix}?`
    const { physicalKey } = await this.#cache.explain(probe)
    if (store.scan === undefined || !physicalKey.endsWith(probe)) {
      throw new StoreError(
        `The keys of "${this.#cache.name}" in the store "${store.name}" have no list`,
      )
    }
    const begin = physicalKey.slice(0, -probe.length)
    const names: string[] = []
    for await (const name of store.scan(begin + prefix)) names.push(name.slice(begin.length))
    return names
  }
}
