import type {
  BulkLoader,
  Cache,
  CurvePoint,
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
import type { Store } from '../contracts/store.ts'
import type { Recording, RecordingOptions } from '../contracts/trace.ts'
import { MissingKeyError } from '../kernel/errors.ts'
import { expectFunction, expectInteger, expectOptions, invalid } from '../kernel/expect.ts'
import { define } from './define/define.ts'
import { definerOn } from './define/definer.ts'
import { type Entry, valueIn } from './entry.ts'
import { expectTags, type ResolvedOptions, resolveEntryOptions } from './entry-options.ts'
import { fetched } from './fetched.ts'
import { curveOf } from './insight/curve.ts'
import { record } from './insight/record.ts'
import { stats } from './insight/stats.ts'
import { expectName, type Keyspace } from './keyspace.ts'
import { loadTogether } from './loading/bulk-load.ts'
import { loadScope } from './loading/load-scope.ts'
import { LockingView } from './locks/locking-view.ts'
import { pairsOf } from './pairs.ts'
import { type CacheParts, partsOf } from './parts.ts'
import { type Place, placeOf } from './place.ts'
import type { Found } from './reader.ts'
import type { CacheState } from './state.ts'

export function cacheOf(state: CacheState): Cache {
  return new CacheView(partsOf(state), state.root)
}

const versionOnly: ReadonlySet<string> = new Set(['version'])
const readOptions: ReadonlySet<string> = new Set(['version', 'default'])
const touchOptions: ReadonlySet<string> = new Set(['version', 'ttl', 'jitter'])

/** One space of keys as its users see it: checks what it is given, and hands it on. */
class CacheView extends LockingView implements Cache {
  readonly #parts: CacheParts
  readonly #space: Keyspace

  constructor(parts: CacheParts, space: Keyspace) {
    super(parts.locks, space)
    this.#parts = parts
    this.#space = space
  }

  get name(): string {
    return this.#space.prefix
  }

  async get<T>(key: string, options?: KeyOptions & { default?: unknown }): Promise<T | undefined> {
    if (options !== undefined) expectOptions('options', options, readOptions)
    const { reader, state } = this.#parts
    const begun = state.events.beginRead()
    const found = await reader.find(this.#space, key, options?.version)
    const hit = this.#answer<T>(key, found, begun)
    return hit === undefined ? (options?.default as T | undefined) : hit.value
  }

  getSync<T>(key: string, options?: KeyOptions): T | undefined {
    if (loadScope.active) loadScope.rest()
    const { reader, state } = this.#parts
    const kept = reader.fresh(this.#space, key, options?.version)
    if (kept !== undefined) return state.recollection.give(valueIn(kept)) as T
    state.expectOpen()
    return undefined
  }

  async getMany<T>(keys: Iterable<string>, options?: KeyOptions): Promise<Map<string, T>> {
    const distinct = [...new Set(keys)]
    if (options !== undefined) expectOptions('options', options, readOptions)
    const { reader, state } = this.#parts
    const begun = state.events.beginRead()
    const found = await reader.findMany(this.#space, distinct, options?.version)
    const values = new Map<string, T>()
    for (const [i, key] of distinct.entries()) {
      const hit = this.#answer<T>(key, found[i], begun)
      if (hit !== undefined) values.set(key, hit.value)
    }
    return values
  }

  async lookup<T>(key: string, options?: KeyOptions): Promise<Lookup<T>> {
    expectOptions('options', options ?? {}, versionOnly)
    const { reader, state } = this.#parts
    const begun = state.events.beginRead()
    const found = await reader.find(this.#space, key, options?.version)
    const now = state.clock.now()
    const outcome = found === undefined ? 'miss' : now < found.entry.staleAt ? 'hit' : 'stale'
    reader.count(this.#space, key, outcome, found, begun)
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
    await this.setMany([[key, value]], options)
  }

  async setMany<T>(entries: Entries<T>, options?: WriteOptions): Promise<string[]> {
    const { changes, writer } = this.#parts
    const values = pairsOf(entries)
    const resolved = this.#resolve(options)
    const places = new Map<string, readonly [Place, Entry]>()
    for (const [key, value] of values) {
      places.set(key, [
        this.#place(key, options),
        changes.entry(value, resolved, this.#space.scopes),
      ])
    }
    if (places.size === 0) return []
    const written = [...places.values()]
    if (!(resolved.ttl > 0)) {
      await writer.remove(written.map(([place]) => place))
      return []
    }
    return (await writer.put(written)).map(({ key }) => key)
  }

  async add<T>(key: string, value: T, options?: WriteOptions): Promise<boolean> {
    const { changes, writer } = this.#parts
    const decide = changes.add(value, this.#resolve(options), this.#space.scopes)
    return writer.update(this.#place(key, options), decide)
  }

  async touch(
    key: string,
    options?: Pick<WriteOptions, 'ttl' | 'jitter' | 'version'>,
  ): Promise<boolean> {
    if (options !== undefined) expectOptions('touch options', options, touchOptions)
    const { changes, writer } = this.#parts
    return writer.update(this.#place(key, options), changes.touch(this.#resolve(options)))
  }

  increment(key: string, delta?: number, options?: IncrementOptions): Promise<number>
  increment(key: string, delta: bigint, options?: IncrementOptions): Promise<bigint>
  async increment(
    key: string,
    delta: number | bigint = 1,
    options?: IncrementOptions,
  ): Promise<never> {
    const { initial, ...rest } = options ?? {}
    if (typeof delta !== 'bigint' && !Number.isFinite(delta)) {
      throw invalid('delta', 'a finite number or a bigint', delta)
    }
    const { changes, writer } = this.#parts
    const { scopes } = this.#space
    const decide = changes.increment(key, delta, initial, this.#resolve(rest), scopes)
    return (await writer.increment(this.#place(key, options), delta, decide)) as never
  }

  decrement(key: string, delta?: number, options?: IncrementOptions): Promise<number>
  decrement(key: string, delta: bigint, options?: IncrementOptions): Promise<bigint>
  decrement(key: string, delta: number | bigint = 1, options?: IncrementOptions): Promise<never> {
    return this.increment(key, -delta as number, options) as Promise<never>
  }

  async incrementVersion(key: string, delta = 1, options?: KeyOptions): Promise<number> {
    expectInteger('delta', delta, -Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER)
    const { changes, writer } = this.#parts
    const from = this.#placeOnly(key, options)
    const version = (options?.version ?? this.#space.version) + delta
    const to = this.#place(key, { version })
    const isThere =
      delta === 0
        ? await this.#isFresh(key, options?.version)
        : await writer.move(from, to, changes.depart())
    if (isThere) return version
    throw new MissingKeyError(`There is no "${key}" to move to version ${version}`)
  }

  decrementVersion(key: string, delta = 1, options?: KeyOptions): Promise<number> {
    return this.incrementVersion(key, -delta, options)
  }

  async take<T>(key: string, options?: KeyOptions): Promise<T | undefined> {
    const { changes, writer } = this.#parts
    return (await writer.update(this.#placeOnly(key, options), changes.take())) as T | undefined
  }

  async delete(key: string, options?: KeyOptions): Promise<boolean> {
    return (await this.deleteMany([key], options)) > 0
  }

  async deleteMany(keys: Iterable<string>, options?: KeyOptions): Promise<number> {
    const places = [...new Set(keys)].map((key) => this.#placeOnly(key, options))
    return places.length === 0 ? 0 : this.#parts.writer.remove(places)
  }

  getOrSet<T>(key: string, loader: Loader<T>, options?: LoadOptions): Promise<T> {
    if (typeof loader !== 'function') return Promise.reject(invalid('loader', 'a function', loader))
    try {
      const { resolver } = this.#parts
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
    const { resolver, state } = this.#parts
    const permits = loadScope.current() === undefined ? state.permits : undefined
    return loadTogether(keys, loader, permits, (key, load, onWait) => {
      const own = typeof options === 'function' ? options(key) : options
      return resolver.getOrSet(this.#space, key, load as Loader<unknown>, own, onWait) as Promise<T>
    })
  }

  async invalidate(tags: string | readonly string[]): Promise<void> {
    const names = expectTags(typeof tags === 'string' ? [tags] : tags)
    if (names.length > 0) await this.#parts.writer.invalidate(names)
  }

  async expire(key: string, options?: KeyOptions): Promise<boolean> {
    const { changes, writer } = this.#parts
    return writer.update(this.#placeOnly(key, options), changes.expire())
  }

  async clear(): Promise<void> {
    await this.#parts.writer.clear(this.#space)
  }

  namespace(name: string): Cache {
    return new CacheView(this.#parts, this.#space.namespace(expectName('namespace', name)))
  }

  define<K, V>(definition: Definition<K, V>): DefinedCache<K, V> {
    const name = expectName('name', definition?.name)
    const space = this.#space.namespace(name, definition.options?.version)
    const view = new CacheView(this.#parts, space)
    return define(definition, definerOn(this.#parts, space, view))
  }

  async explain(key: string, options?: KeyOptions): Promise<Explanation> {
    const { state, reader } = this.#parts
    const place = this.#placeOnly(key, options)
    const { explain } = await fetched.explanation.fetch()
    return explain(state, reader, place)
  }

  async inspect(): Promise<Inspection> {
    const { inspect } = await fetched.inspection.fetch()
    return inspect(this.#parts.state, this.name)
  }

  async store(): Promise<Store | undefined> {
    const { state } = this.#parts
    return state.backed ? (await state.connect()).backing.store : undefined
  }

  stats(): Stats {
    return stats(this.#parts.state)
  }

  curve(): CurvePoint[] {
    return curveOf(this.#parts.state)
  }

  record(file: string, options?: RecordingOptions): Recording {
    return record(this.#parts.state, file, options)
  }

  resize(bounds: MemoryBounds): void {
    expectOptions('bounds', bounds, new Set(['maxEntries', 'maxWeight']))
    this.#parts.state.resize(bounds)
  }

  /** Closing a namespace does nothing: the cache is its owner's to close. */
  async close(): Promise<void> {
    const { state } = this.#parts
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
    const { reader, state } = this.#parts
    const begun = state.events.beginRead()
    return this.#answer<T>(key, await reader.find(this.#space, key, options?.version), begun)
  }

  /** Stale is not found for who does not load; counts the read. */
  #answer<T>(key: string, found: Found | undefined, begun: number): { value: T } | undefined {
    const { reader, state } = this.#parts
    const fresh = found !== undefined && state.recent() < found.entry.staleAt
    reader.count(this.#space, key, fresh ? 'hit' : 'miss', found, begun)
    return fresh ? { value: state.recollection.give(found.entry.value) as T } : undefined
  }

  /** Whether there is a fresh entry, for what is no read of it. */
  async #isFresh(key: string, version: number | undefined): Promise<boolean> {
    const { reader, state } = this.#parts
    const found = await reader.find(this.#space, key, version)
    return found !== undefined && state.clock.now() < found.entry.staleAt
  }

  #place(key: string, options: KeyOptions | undefined): Place {
    const version = options?.version
    return placeOf(this.#space, key, this.#space.memoryKey(key, version), version)
  }

  /** As `#place`, for verbs whose only option is the version. */
  #placeOnly(key: string, options: KeyOptions | undefined): Place {
    if (options !== undefined) expectOptions('options', options, versionOnly)
    return this.#place(key, options)
  }

  #resolve(options: WriteOptions | undefined): ResolvedOptions {
    return resolveEntryOptions('write', options, this.#parts.state.defaults)
  }
}
