import type { Cache } from '../contracts/cache.ts'
import { expectFunction } from '../kernel/expect.ts'
import { sha256 } from '../kernel/sha256.ts'
import { byLifetime, type TimedEntry } from './by-lifetime.ts'
import { KeyList } from './key-list.ts'

/** What Keyv asks of a storage adapter. */
export interface KeyvAdapter {
  /** Keyv's own; its entries are the only ones that `clear` and `iterator` are about. */
  namespace: string | undefined
  /** Keyv 5 lets an adapter be iterated by its dialect, of which it knows some by name. */
  readonly opts: { readonly dialect: 'redis'; readonly url: string }
  get<T>(key: string): Promise<T | undefined>
  getMany<T>(keys: string[]): Promise<(T | undefined)[]>
  has(key: string): Promise<boolean>
  hasMany(keys: string[]): Promise<boolean[]>
  /** `ttl` is in milliseconds; none, or 0, is for ever. */
  set(key: string, value: unknown, ttl?: number): Promise<boolean>
  /** Answers, an entry, whether the store took it; the types of version 5 know of no answer. */
  setMany(entries: readonly TimedEntry[]): Promise<boolean[]>
  setMany(entries: readonly TimedEntry[]): Promise<void>
  delete(key: string): Promise<boolean>
  /** Answers whether there was any of them. */
  deleteMany(keys: string[]): Promise<boolean>
  clear(): Promise<void>
  /** Rejects with a `StoreError` where the store does not list its keys; without one, knows what was set by it. */
  iterator<T>(): AsyncGenerator<(string | Awaited<T>)[], void>
  /** Closes the cache. */
  disconnect(): Promise<void>
  /** Never called: a failure of the store is an event of the cache, and no error of anybody's. */
  on(event: string, listener: (...args: never[]) => void): this
}

/**
 * A storage adapter for Keyv, one for each: `new Keyv({ store: keyvAdapter(cache) })`. It speaks the
 * language of version 5, relative lifetimes; version 6 sees that and translates by itself. Values
 * are kept as Keyv hands them over: as its text, or, where it is told not to serialize, as they are.
 */
export function keyvAdapter(cache: Cache): KeyvAdapter {
  expectFunction('cache.namespace', cache?.namespace)
  return new Adapter(cache)
}

/** That of a namespace in a cache, in characters. */
const longestName = 128

/**
 * A name in keys has no colon and no slash: two namespaces stay two where those are written otherwise. One
 * that is too long by then, or no Unicode, has the name of its digest; no other name has a `#` in it.
 */
function spaceName(namespace: string): string {
  const name = /\p{Cs}/u.test(namespace) ? undefined : encodeURIComponent(namespace)
  return name !== undefined && name.length <= longestName ? name : `#${sha256(namespace)}`
}

/** A class with `async` methods, as version 6 takes the measure of an adapter by them. */
class Adapter implements KeyvAdapter {
  readonly opts: KeyvAdapter['opts'] = { dialect: 'redis', url: 'hotset' }
  readonly #cache: Cache
  #space: Cache
  #keys: KeyList
  #namespace: string | undefined

  constructor(cache: Cache) {
    this.#cache = cache
    this.#space = cache
    this.#keys = new KeyList(cache)
  }

  get namespace(): string | undefined {
    return this.#namespace
  }

  set namespace(namespace: string | undefined) {
    this.#space = namespace ? this.#cache.namespace(spaceName(namespace)) : this.#cache
    this.#keys = new KeyList(this.#space)
    this.#namespace = namespace
  }

  async get<T>(key: string): Promise<T | undefined> {
    return this.#space.get<T>(key)
  }

  async getMany<T>(keys: string[]): Promise<(T | undefined)[]> {
    const found = await this.#space.getMany<T>(keys)
    return keys.map((key) => found.get(key))
  }

  async has(key: string): Promise<boolean> {
    return this.#space.has(key)
  }

  async hasMany(keys: string[]): Promise<boolean[]> {
    const found = await this.#space.getMany(keys)
    return keys.map((key) => found.has(key))
  }

  async set(key: string, value: unknown, ttl?: number): Promise<boolean> {
    const [taken = false] = await this.setMany([{ key, value, ttl }])
    return taken
  }

  setMany(entries: readonly TimedEntry[]): Promise<boolean[]>
  setMany(entries: readonly TimedEntry[]): Promise<void>
  async setMany(entries: readonly TimedEntry[]): Promise<unknown> {
    const [space, keys] = [this.#space, this.#keys]
    const refused = new Set<string>()
    await Promise.all(
      byLifetime(entries).map(async ([ttl, some]) => {
        for (const key of await space.setMany(some, { ttl })) refused.add(key)
      }),
    )
    for (const { key } of entries) await keys.note(key)
    return entries.map(({ key }) => !refused.has(key))
  }

  async delete(key: string): Promise<boolean> {
    return this.#space.delete(key)
  }

  async deleteMany(keys: string[]): Promise<boolean> {
    return (await this.#space.deleteMany(keys)) > 0
  }

  async clear(): Promise<void> {
    await this.#space.clear()
  }

  async *iterator<T>(): AsyncGenerator<(string | Awaited<T>)[], void> {
    yield* await this.#keys.entries<Awaited<T>>('')
  }

  async disconnect(): Promise<void> {
    await this.#cache.close()
  }

  on(): this {
    return this
  }
}
