import type {
  BulkLoader,
  Cache,
  DefinedCache,
  Definition,
  Entries,
  Explanation,
  IncrementOptions,
  Inspection,
  KeyOptions,
  Loader,
  LoadOptions,
  Lookup,
  MemoryBounds,
  Stats,
  WriteOptions,
} from '../contracts/cache.ts'
import { MissingKeyError, StoreError } from '../kernel/errors.ts'
import { expectFunction, expectInteger, expectOptions, invalid } from '../kernel/expect.ts'
import { BulkLoad } from './bulk-load.ts'
import { memoryBounds } from './cache-options.ts'
import { statsOf } from './counters.ts'
import { add } from './counting.ts'
import { define } from './define.ts'
import { type Entry, lifetimeFrom } from './entry.ts'
import { expectTags, type ResolvedOptions, resolveEntryOptions } from './entry-options.ts'
import { explain } from './explain.ts'
import { expectName, type Keyspace } from './keyspace.ts'
import { omitted } from './load.ts'
import { Reader } from './reader.ts'
import { type Place, placeOf, Records } from './records.ts'
import { Resolver } from './resolver.ts'
import type { CacheState } from './state.ts'
import { type Decide, Writer } from './writer.ts'

/** What the views of one cache share. */
interface Machinery {
  readonly state: CacheState
  readonly records: Records
  readonly reader: Reader
  readonly resolver: Resolver
  readonly writer: Writer
}

export function cacheOf(state: CacheState): Cache {
  const records = new Records(state)
  const reader = new Reader(state, records)
  const resolver = new Resolver(state, records, reader)
  const writer = new Writer(state, records)
  return new CacheView({ state, records, reader, resolver, writer }, state.root)
}

const versionOnly: ReadonlySet<string> = new Set(['version'])
const readOptions: ReadonlySet<string> = new Set(['version', 'default'])
const touchOptions: ReadonlySet<string> = new Set(['version', 'ttl'])

/** One space of keys as its users see it: checks what it is given, and hands it on. */
class CacheView implements Cache {
  readonly #machinery: Machinery
  readonly #space: Keyspace

  constructor(machinery: Machinery, space: Keyspace) {
    this.#machinery = machinery
    this.#space = space
  }

  get name(): string {
    return this.#space.prefix
  }

  async get<T>(key: string, options?: KeyOptions & { default?: unknown }): Promise<T | undefined> {
    const found = await this.#find<T>(key, options)
    return found === undefined ? (options?.default as T | undefined) : found.value
  }

  getSync<T>(key: string, options?: KeyOptions): T | undefined {
    const { reader, state } = this.#machinery
    const entry = reader.fresh(this.#space, key, options?.version)
    if (entry === undefined) return undefined
    state.counters.memoryHits++
    state.read(key, 'hit', 'memory')
    return state.recollection.give(entry.value) as T
  }

  async getMany<T>(keys: Iterable<string>, options?: KeyOptions): Promise<Map<string, T>> {
    const distinct = [...new Set(keys)]
    const found = await Promise.all(distinct.map((key) => this.#find<T>(key, options)))
    const values = new Map<string, T>()
    for (const [i, key] of distinct.entries()) {
      const hit = found[i]
      if (hit !== undefined) values.set(key, hit.value)
    }
    return values
  }

  async lookup<T>(key: string, options?: KeyOptions): Promise<Lookup<T>> {
    expectOptions('options', options ?? {}, versionOnly)
    const { reader, state } = this.#machinery
    const found = await reader.find(this.#space, key, options?.version)
    const now = state.clock.now()
    const outcome = found === undefined ? 'miss' : now < found.entry.staleAt ? 'hit' : 'stale'
    this.#count(key, outcome, found?.tier)
    if (found === undefined || outcome === 'miss') return { outcome: 'miss' }
    const { entry, tier } = found
    return {
      outcome,
      value: state.recollection.give(entry.value) as T,
      tier,
      age: now - entry.createdAt,
      ttl: entry.staleAt - now,
      tags: entry.tags.filter((tag) => tag[0] !== '\0'),
    }
  }

  async has(key: string, options?: KeyOptions): Promise<boolean> {
    return (await this.#find(key, options)) !== undefined
  }

  async set<T>(key: string, value: T, options?: WriteOptions): Promise<void> {
    const refused = await this.setMany([[key, value]], options)
    if (refused.length > 0) {
      throw new StoreError(
        `The store of "${this.name}" refused the value of "${key}": it has no room for it`,
      )
    }
  }

  async setMany<T>(entries: Entries<T>, options?: WriteOptions): Promise<string[]> {
    const { writer } = this.#machinery
    const values = pairsOf(entries)
    const resolved = this.#resolve(options)
    const places = new Map<string, readonly [Place, Entry]>()
    for (const [key, value] of values) {
      places.set(key, [this.#place(key, options), this.#entry(value, resolved)])
    }
    if (places.size === 0) return []
    const written = [...places.values()]
    if (!(resolved.ttl > 0)) {
      await writer.remove(written.map(([place]) => place))
      return []
    }
    return (await writer.put(written)).map(({ key }) => key)
  }

  add<T>(key: string, value: T, options?: WriteOptions): Promise<boolean> {
    return this.#update(key, options, () => {
      const resolved = this.#resolve(options)
      return (current, now) => {
        if (current !== undefined && now < current.staleAt) return { answer: false }
        return resolved.ttl > 0
          ? { answer: true, next: this.#entry(value, resolved) }
          : { answer: true }
      }
    })
  }

  touch(key: string, options?: Pick<WriteOptions, 'ttl' | 'version'>): Promise<boolean> {
    return this.#update(key, options, () => {
      expectOptions('touch options', options ?? {}, touchOptions)
      const resolved = this.#resolve(options)
      return (current, now) => {
        if (current === undefined || now >= current.staleAt) return { answer: false }
        if (!(resolved.ttl > 0)) return { answer: true, next: 'nothing' }
        const lifetime = lifetimeFrom(resolved, resolved.ttl, now, this.#machinery.state.random)
        const length = lifetime.staleAt
        const windows = {
          revalidateUntil: length + (current.revalidateUntil - current.staleAt || 0),
          errorUntil: length + (current.errorUntil - current.staleAt || 0),
          sliding: current.sliding,
          createdAt: current.createdAt,
        }
        return {
          answer: true,
          next: this.#follow(current, { ...lifetime, ...windows }),
          follows: true,
        }
      }
    })
  }

  increment(key: string, delta?: number, options?: IncrementOptions): Promise<number>
  increment(key: string, delta: bigint, options?: IncrementOptions): Promise<bigint>
  increment(key: string, delta: number | bigint = 1, options?: IncrementOptions): Promise<never> {
    return this.#update(key, options, () => {
      const { initial, ...rest } = options ?? {}
      const resolved = this.#resolve(rest)
      if (typeof delta !== 'bigint' && !Number.isFinite(delta)) {
        throw invalid('delta', 'a finite number or a bigint', delta)
      }
      return (current, now) => {
        if (current !== undefined && now < current.staleAt) {
          const answer = add(key, current.value, delta)
          return {
            answer: answer as never,
            next: this.#follow(current, current, answer),
            follows: true,
          }
        }
        if (initial === undefined) throw new MissingKeyError(`There is no "${key}" to add to`)
        const answer = add(key, initial, delta)
        return resolved.ttl > 0
          ? { answer: answer as never, next: this.#entry(answer, resolved) }
          : { answer: answer as never }
      }
    })
  }

  decrement(key: string, delta?: number, options?: IncrementOptions): Promise<number>
  decrement(key: string, delta: bigint, options?: IncrementOptions): Promise<bigint>
  decrement(key: string, delta: number | bigint = 1, options?: IncrementOptions): Promise<never> {
    return this.increment(key, -delta as number, options) as Promise<never>
  }

  async incrementVersion(key: string, delta = 1, options?: KeyOptions): Promise<number> {
    expectInteger('delta', delta, -Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER)
    const { reader, state, writer } = this.#machinery
    const from = this.#place(key, options)
    const version = (options?.version ?? this.#space.version) + delta
    const to = this.#place(key, { version })
    const found = await reader.find(this.#space, key, options?.version)
    if (found === undefined || state.clock.now() >= found.entry.staleAt) {
      throw new MissingKeyError(`There is no "${key}" to move to version ${version}`)
    }
    await writer.put([[to, this.#follow(found.entry, found.entry)]])
    if (delta !== 0) await writer.remove([from])
    return version
  }

  decrementVersion(key: string, delta = 1, options?: KeyOptions): Promise<number> {
    return this.incrementVersion(key, -delta, options)
  }

  take<T>(key: string, options?: KeyOptions): Promise<T | undefined> {
    return this.#update(key, options, () => (current, now) => {
      if (current === undefined) return { answer: undefined, next: 'nothing' }
      const fresh = now < current.staleAt
      const value = this.#machinery.state.recollection.give(current.value)
      return { answer: fresh ? (value as T) : undefined, next: 'nothing' }
    })
  }

  async delete(key: string, options?: KeyOptions): Promise<boolean> {
    return (await this.deleteMany([key], options)) > 0
  }

  async deleteMany(keys: Iterable<string>, options?: KeyOptions): Promise<number> {
    expectOptions('options', options ?? {}, versionOnly)
    const places = [...new Set(keys)].map((key) => this.#place(key, options))
    return places.length === 0 ? 0 : this.#machinery.writer.remove(places)
  }

  getOrSet<T>(key: string, loader: Loader<T>, options?: LoadOptions): Promise<T> {
    if (typeof loader !== 'function') return Promise.reject(invalid('loader', 'a function', loader))
    try {
      const { resolver } = this.#machinery
      return resolver.getOrSet(this.#space, key, loader as Loader<unknown>, options) as Promise<T>
    } catch (error) {
      return Promise.reject(error)
    }
  }

  async getOrSetMany<T>(
    keys: Iterable<string>,
    loader: BulkLoader<T>,
    options?: LoadOptions | ((key: string) => LoadOptions),
  ): Promise<Map<string, T>> {
    expectFunction('loader', loader)
    const { resolver } = this.#machinery
    const distinct = [...new Set(keys)]
    const bulk = new BulkLoad(loader, distinct.length)
    const answers = distinct.map((key) => {
      const { load, depart } = bulk.share(key)
      const own = typeof options === 'function' ? options(key) : options
      return resolver
        .getOrSet(this.#space, key, load as Loader<unknown>, own, depart)
        .then((value) => [key, value as T] as const)
        .catch((error) => {
          if (error === omitted) return undefined
          throw error
        })
        .finally(depart)
    })
    const pairs = await Promise.all(answers)
    return new Map(pairs.filter((pair) => pair !== undefined))
  }

  async invalidate(tags: string | readonly string[]): Promise<void> {
    const names = expectTags(typeof tags === 'string' ? [tags] : tags)
    if (names.length > 0) await this.#machinery.writer.invalidate(names)
  }

  expire(key: string, options?: KeyOptions): Promise<boolean> {
    return this.#update(key, options, () => (current, now) => {
      // Even where there is nothing to expire, what is being loaded now must not become fresh.
      if (current === undefined) return { answer: false, next: 'nothing' }
      const stale = now >= current.staleAt
      const next = this.#follow(
        current,
        stale
          ? current
          : {
              createdAt: current.createdAt,
              staleAt: now,
              revalidateUntil: now,
              errorUntil: Math.max(current.errorUntil, current.staleAt),
              sliding: 0,
              slidingCap: now,
              eagerAt: Infinity,
            },
      )
      return { answer: true, next, follows: true }
    })
  }

  async clear(): Promise<void> {
    await this.#machinery.writer.clear(this.#space)
  }

  namespace(name: string): Cache {
    return new CacheView(this.#machinery, this.#space.namespace(expectName('namespace', name)))
  }

  define<K, V>(definition: Definition<K, V>): DefinedCache<K, V> {
    return define(this, definition)
  }

  async explain(key: string, options?: KeyOptions): Promise<Explanation> {
    const { state, records, reader } = this.#machinery
    return explain(state, records, reader, this.#place(key, options))
  }

  async inspect(): Promise<Inspection> {
    const { state } = this.#machinery
    const { memory, connection } = state
    const usage = await connection?.store?.usage().catch((error) => void state.failed(error))
    return {
      name: this.name,
      enabled: state.enabled,
      memory: memory && { policy: memory.policyName, entries: memory.size, weight: memory.weight },
      store: connection?.store && { name: connection.store.name, ...usage },
      bus: connection?.sync?.busName,
      loading: state.flights.size,
      stats: this.stats(),
    }
  }

  stats(): Stats {
    const { state } = this.#machinery
    const { memory } = state
    return statsOf(
      state.counters,
      memory && { entries: memory.size, weight: memory.weight, removals: memory.removals },
      state.connection?.store,
    )
  }

  resize(bounds: MemoryBounds): void {
    expectOptions('bounds', bounds, new Set(['maxEntries', 'maxWeight']))
    this.#machinery.state.memory?.resize(memoryBounds(bounds))
  }

  /** Closing a namespace does nothing: the cache is its owner's to close. */
  async close(): Promise<void> {
    const { state } = this.#machinery
    if (this.#space === state.root) await state.close()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  async #find<T>(
    key: string,
    options: (KeyOptions & { default?: unknown }) | undefined,
  ): Promise<{ value: T } | undefined> {
    if (options !== undefined) expectOptions('options', options, readOptions)
    const { reader, state } = this.#machinery
    const found = await reader.find(this.#space, key, options?.version)
    const fresh = found !== undefined && state.clock.now() < found.entry.staleAt
    this.#count(key, fresh ? 'hit' : 'miss', found?.tier)
    return fresh ? { value: state.recollection.give(found.entry.value) as T } : undefined
  }

  #count(
    key: string,
    outcome: 'hit' | 'stale' | 'miss',
    tier: 'memory' | 'store' | undefined,
  ): void {
    const { state } = this.#machinery
    const { counters } = state
    if (tier !== 'memory') counters.memoryMisses++
    if (outcome === 'miss') counters.misses++
    else if (outcome === 'stale') counters[tier === 'memory' ? 'memoryStale' : 'storeStale']++
    else counters[tier === 'memory' ? 'memoryHits' : 'storeHits']++
    state.read(key, outcome, outcome === 'miss' ? undefined : tier)
  }

  /** Options are checked, and a bad one rejects, before anything is read. */
  async #update<Answer>(
    key: string,
    options: KeyOptions | undefined,
    prepare: () => Decide<Answer>,
  ): Promise<Answer> {
    const decide = prepare()
    return this.#machinery.writer.update(this.#place(key, options), decide)
  }

  #place(key: string, options: KeyOptions | undefined): Place {
    const version = options?.version
    return placeOf(this.#space, key, this.#space.memoryKey(key, version), version)
  }

  #resolve(options: WriteOptions | undefined): ResolvedOptions {
    return resolveEntryOptions('write', options, this.#machinery.state.defaults)
  }

  #entry(value: unknown, options: ResolvedOptions): Entry {
    const { state, records } = this.#machinery
    const lifetime = lifetimeFrom(options, options.ttl, state.clock.now(), state.random)
    const tags = [...options.tags, ...this.#space.scopes]
    return records.entry(value, lifetime, { tags, weight: options.weight })
  }

  /** The entry with another lifetime or another value. */
  #follow(
    entry: Entry,
    lifetime: Parameters<Records['entry']>[1],
    value: unknown = entry.value,
  ): Entry {
    const { retryAt, loadMs, negative, etag, lastModified, tags, weight } = entry
    const details = { retryAt, loadMs, negative, etag, lastModified, tags, weight }
    return this.#machinery.records.entry(value, lifetime, details)
  }
}

/** Pairs of a map, an array of pairs or a plain object, the last of equal keys winning. */
function pairsOf<T>(entries: Entries<T>): Iterable<readonly [string, T]> {
  if (typeof entries !== 'object' || entries === null) {
    throw invalid('entries', 'a Map, an array of pairs or an object', entries)
  }
  return Symbol.iterator in entries
    ? (entries as Iterable<readonly [string, T]>)
    : Object.entries(entries)
}
