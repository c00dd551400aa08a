import type { EntryOptions, Loader, LoadOptions, WriteOptions } from '../../src/contracts/cache.ts'
import { ConfigError, MissingKeyError, NotANumberError } from '../../src/kernel/errors.ts'

interface Entry {
  readonly value: unknown
  readonly createdAt: number
  readonly staleAt: number
  /** Until then it stands in for a load that fails. */
  readonly errorUntil: number
  readonly retryAt: number
  readonly tags: readonly string[]
}

type Version = { readonly version?: number | undefined } | undefined
type Ttl = { readonly ttl?: number | string | null | undefined } & Version

export interface ModelStats {
  hits: number
  stale: number
  misses: number
}

/**
 * A cache as its contract describes it, with one map and the instants of each entry: no tiers, no
 * leases, no bounds. Verbs are synchronous and have the names and arguments of the real ones.
 */
export class CacheModel {
  readonly stats: ModelStats
  readonly #entries: Map<string, Entry>
  readonly #path: string
  readonly #now: () => number
  readonly #defaults: { readonly ttl: number; readonly retryAfter: number }

  constructor(
    now: () => number,
    defaults: { ttl: number; retryAfter: number },
    parent?: CacheModel,
    path = '/',
  ) {
    this.stats = parent ? parent.stats : { hits: 0, stale: 0, misses: 0 }
    this.#entries = parent ? parent.#entries : new Map()
    this.#path = path
    this.#now = now
    this.#defaults = defaults
  }

  namespace(name: string): CacheModel {
    return new CacheModel(this.#now, this.#defaults, this, `${this.#path}${name}/`)
  }

  get(key: string, options?: Version): unknown {
    const entry = this.#fresh(key, options)
    this.stats[entry ? 'hits' : 'misses']++
    return entry?.value
  }

  /** What memory may answer: a caller is given this or, where memory has forgotten it, undefined. */
  getSync(key: string, options?: Version): unknown {
    return this.#fresh(key, options)?.value
  }

  getMany(keys: readonly string[], options?: Version): Map<string, unknown> {
    const found = new Map<string, unknown>()
    for (const key of new Set(keys)) {
      if (this.has(key, options)) found.set(key, this.#fresh(key, options)?.value)
    }
    return found
  }

  lookup(key: string, options?: Version): unknown {
    const entry = this.#live(key, options)
    if (entry === undefined) {
      this.stats.misses++
      return { outcome: 'miss' }
    }
    const { value, createdAt, staleAt, tags } = entry
    const now = this.#now()
    const outcome = now < staleAt ? 'hit' : 'stale'
    this.stats[outcome === 'hit' ? 'hits' : 'stale']++
    return { outcome, value, age: now - createdAt, ttl: staleAt - now, tags: [...tags].sort() }
  }

  has(key: string, options?: Version): boolean {
    const there = this.#fresh(key, options) !== undefined
    this.stats[there ? 'hits' : 'misses']++
    return there
  }

  set(key: string, value: unknown, options?: WriteOptions): void {
    this.#put(key, options, this.#entry(value, options))
  }

  setMany(entries: Readonly<Record<string, unknown>>, options?: WriteOptions): string[] {
    for (const [key, value] of Object.entries(entries)) this.set(key, value, options)
    return []
  }

  add(key: string, value: unknown, options?: WriteOptions): boolean {
    if (this.#fresh(key, options)) return false
    const next = this.#entry(value, options)
    // What is gone at once is not written, so a stale entry stays.
    if (next !== undefined) this.#put(key, options, next)
    return true
  }

  touch(key: string, options?: Ttl): boolean {
    const entry = this.#fresh(key, options)
    if (entry === undefined) return false
    const staleAt = this.#now() + this.#ttlOf(options)
    const window = entry.staleAt === Infinity ? 0 : entry.errorUntil - entry.staleAt
    const gone = staleAt <= this.#now()
    this.#put(key, options, gone ? undefined : { ...entry, staleAt, errorUntil: staleAt + window })
    return true
  }

  increment(key: string, delta = 1, options?: WriteOptions & { initial?: number }): number {
    const entry = this.#fresh(key, options)
    if (entry === undefined) {
      if (options?.initial === undefined) throw new MissingKeyError(key)
      const value = options.initial + delta
      const next = this.#entry(value, options)
      if (next !== undefined) this.#put(key, options, next)
      return value
    }
    if (typeof entry.value !== 'number') throw new NotANumberError(key)
    const value = entry.value + delta
    this.#put(key, options, { ...entry, value })
    return value
  }

  decrement(key: string, delta = 1, options?: WriteOptions & { initial?: number }): number {
    return this.increment(key, -delta, options)
  }

  incrementVersion(key: string, delta = 1, options?: Version): number {
    const version = (options?.version ?? 1) + delta
    if (version < 0) throw new ConfigError('version')
    const entry = this.#fresh(key, options)
    if (entry === undefined) throw new MissingKeyError(key)
    this.#put(key, options, undefined)
    this.#put(key, { version }, entry)
    return version
  }

  decrementVersion(key: string, delta = 1, options?: Version): number {
    return this.incrementVersion(key, -delta, options)
  }

  take(key: string, options?: Version): unknown {
    const entry = this.#fresh(key, options)
    this.#put(key, options, undefined)
    return entry?.value
  }

  delete(key: string, options?: Version): boolean {
    const there = this.#live(key, options) !== undefined
    this.#put(key, options, undefined)
    return there
  }

  deleteMany(keys: readonly string[], options?: Version): number {
    return [...new Set(keys)].filter((key) => this.delete(key, options)).length
  }

  expire(key: string, options?: Version): boolean {
    const entry = this.#live(key, options)
    if (entry === undefined) return false
    const now = this.#now()
    if (now >= entry.staleAt) return true
    const errorUntil = Math.max(entry.errorUntil, entry.staleAt)
    this.#put(key, options, { ...entry, staleAt: now, errorUntil })
    return true
  }

  invalidate(tags: readonly string[]): void {
    for (const [key, entry] of this.#entries) {
      if (entry.tags.some((tag) => tags.includes(tag))) this.#entries.delete(key)
    }
  }

  clear(): void {
    for (const key of this.#entries.keys()) {
      if (key.startsWith(this.#path)) this.#entries.delete(key)
    }
  }

  getOrSet(key: string, loader: Loader<unknown>, options?: LoadOptions): unknown {
    const served = this.#serve(key, options)
    if (served !== undefined && !options?.refresh) return served.value
    return this.#load(key, options, (context) => {
      const value = loader(context as Parameters<typeof loader>[0])
      return { value }
    })?.value
  }

  getOrSetMany(
    keys: readonly string[],
    loader: (keys: readonly string[]) => ReadonlyMap<string, unknown>,
    options?: LoadOptions,
  ): Map<string, unknown> {
    const answers = new Map<string, unknown>()
    const failures: unknown[] = []
    let loaded: { map: ReadonlyMap<string, unknown> } | { error: unknown } | undefined
    const load = (missing: readonly string[]) => {
      try {
        return { map: loader(missing) }
      } catch (error) {
        return { error }
      }
    }
    for (const key of new Set(keys)) {
      const served = this.#serve(key, options)
      if (served !== undefined) {
        answers.set(key, served.value)
        continue
      }
      loaded ??= load([...new Set(keys)])
      const outcome = loaded
      try {
        const answer = this.#load(key, options, () => {
          if ('error' in outcome) throw outcome.error
          return outcome.map.has(key) ? { value: outcome.map.get(key) } : undefined
        })
        if (answer !== undefined) answers.set(key, answer.value)
      } catch (error) {
        failures.push(error)
      }
    }
    if (failures.length > 0) throw failures[0]
    return answers
  }

  /** What may be served without loading. */
  #serve(key: string, options: Version): { value: unknown } | undefined {
    const entry = this.#live(key, options)
    const now = this.#now()
    if (entry === undefined) return undefined
    if (now < entry.staleAt) this.stats.hits++
    else if (now < entry.errorUntil && now < entry.retryAt) this.stats.stale++
    else return undefined
    return entry
  }

  /** Loads; `undefined` where the loader left the key out. */
  #load(
    key: string,
    options: LoadOptions | undefined,
    load: (context: object) => { value: unknown } | undefined,
  ): { value: unknown } | undefined {
    const entry = this.#live(key, options)
    const now = this.#now()
    const { ttl = this.#defaults.ttl, tags = [] } = options ?? {}
    let skipped = false
    const skip = () => {
      skipped = true
    }
    const context = { key, ttl, tags, skip }
    try {
      const loaded = load(context)
      this.stats.misses++
      if (skipped) return loaded
      // What is not to be kept leaves nothing of what was.
      const own = { ...options, ttl: context.ttl, tags: context.tags }
      this.#put(key, options, loaded && this.#entry(loaded.value, own))
      return loaded
    } catch (error) {
      if (entry === undefined || now >= entry.errorUntil) {
        this.stats.misses++
        throw error
      }
      this.stats.stale++
      const retryAt = now + this.#defaults.retryAfter
      this.#put(key, options, { ...entry, retryAt })
      return entry
    }
  }

  #ttlOf(options: Ttl | EntryOptions | undefined): number {
    const ttl = options?.ttl
    return ttl === null ? Infinity : Number(ttl ?? this.#defaults.ttl)
  }

  #entry(value: unknown, options: EntryOptions | undefined): Entry | undefined {
    const ttl = this.#ttlOf(options)
    if (ttl <= 0) return undefined
    const now = this.#now()
    const staleAt = now + ttl
    const errorUntil = staleAt + Number(options?.staleIfError ?? 0)
    const tags = [...new Set(options?.tags)]
    return { value, createdAt: now, staleAt, errorUntil, retryAt: 0, tags }
  }

  #live(key: string, options: Version): Entry | undefined {
    const entry = this.#entries.get(this.#place(key, options))
    return entry && this.#now() < entry.errorUntil ? entry : undefined
  }

  #fresh(key: string, options: Version): Entry | undefined {
    const entry = this.#live(key, options)
    return entry && this.#now() < entry.staleAt ? entry : undefined
  }

  #put(key: string, options: Version, entry: Entry | undefined): void {
    const place = this.#place(key, options)
    if (entry === undefined) this.#entries.delete(place)
    else this.#entries.set(place, entry)
  }

  #place(key: string, options: Version): string {
    return `${this.#path}:${options?.version ?? 1}:${key}`
  }
}
