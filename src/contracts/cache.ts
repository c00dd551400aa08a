import type { Duration } from './duration.ts'
import type { Outcome, RemovalReason, Tier } from './events.ts'
import type { Locking } from './locks.ts'
import type { Store, StoreUsage } from './store.ts'
import type { Recording, RecordingOptions } from './trace.ts'
import type { Backlog, Writing, WritingCache } from './writing.ts'

export type { Duration } from './duration.ts'

/** How one entry is kept. A cache has `defaults` for all of them; a call, or the loader, overrides. */
export interface EntryOptions {
  /** Time for which the entry is fresh. `null` is for ever; 0 or less is gone at once. @default '5m' */
  readonly ttl?: Duration | null | undefined
  /** Share of the TTL, 0 to 1, by which it is shortened at random, so that entries do not expire together. @default 0 */
  readonly jitter?: number | undefined
  /** The entry also ends when it has not been read for this long; `ttl` remains its cap. @default none */
  readonly sliding?: Duration | undefined
  /** Time past the TTL in which the old value is served at once while one background load renews it (RFC 5861 §3). @default 0 */
  readonly staleWhileRevalidate?: Duration | undefined
  /** Time past the TTL in which the old value is served when the loader fails (RFC 5861 §4). @default 0 */
  readonly staleIfError?: Duration | undefined
  /** Pause after a failed load during which the stale value is served without asking the loader again. @default '10s' */
  readonly retryAfter?: Duration | undefined
  /** Share of the TTL, between 0 and 1, after which a read starts one background load. @default off */
  readonly eagerRefresh?: number | undefined
  /** TTL for a loaded `null` or `undefined` ("not found"); 0 keeps none. @default the TTL */
  readonly negativeTtl?: Duration | null | undefined
  /** Names by which the entry can be invalidated together with others. @default none */
  readonly tags?: readonly string[] | undefined
  /** Weight in memory; 0 pins the entry. @default what the cache's `weigh` says */
  readonly weight?: number | undefined
}

export interface KeyOptions {
  /** Version of the key: the same key in two versions is two entries. @default the cache's version */
  readonly version?: number | undefined
}

export interface GetOptions<D> extends KeyOptions {
  /** Answered on a miss; a cached `null` or `undefined` is no miss. @default undefined */
  readonly default?: D
}

export interface WriteOptions extends EntryOptions, KeyOptions {}

export interface IncrementOptions extends WriteOptions {
  /** The value a missing key is taken to have. Without it a missing key is an error. */
  readonly initial?: number | bigint | undefined
}

export interface LoadOptions extends WriteOptions {
  /** Gives up waiting. The load itself is aborted only when every caller has given up. */
  readonly signal?: AbortSignal | undefined
  /** A caller that could have a stale value waits no longer than this; the load goes on. @default none */
  readonly softTimeout?: Duration | undefined
  /** No caller waits longer than this: a stale value or a `LoaderTimeoutError`; the load goes on. @default none */
  readonly hardTimeout?: Duration | undefined
  /** Loads even if there is a fresh entry, and replaces it; a failure is the caller's. @default false */
  readonly refresh?: boolean | undefined
  /**
   * Whether what the loader waits for is followed, so that a load that waits for itself is refused.
   * Without, nothing else is slowed down while a long load is under way, and it counts for nothing in
   * `maxLoads`. @default true
   */
  readonly followed?: boolean | undefined
}

/** What a loader is given, and what it may decide from the value it loaded. */
export interface LoadContext<T = unknown> {
  readonly key: string
  /** Aborted when every caller has given up. */
  readonly signal: AbortSignal
  /** The entry that this load will replace, if one is still there. */
  readonly stale: StaleEntry<T> | undefined
  /** TTL of the entry; starts as the one of the options. */
  ttl: Duration | null | undefined
  /** Tags of the entry; start as those of the options. */
  tags: readonly string[]
  /** Validator of the value, for the next load's conditional request. */
  etag: string | undefined
  /** Validator of the value, epoch milliseconds. */
  lastModified: number | undefined
  /** The value is answered but not kept. */
  skip(): void
  /** Answer with it to say that the load failed, without throwing: `return context.fail('503')`. */
  fail(reason: string | Error): never
  /** Answer with it to renew the stale entry as it is: `return context.notModified()`. */
  notModified(): T
}

export interface StaleEntry<T = unknown> {
  readonly value: T
  readonly etag: string | undefined
  readonly lastModified: number | undefined
  /** Milliseconds since it was created. */
  readonly age: number
}

export type Loader<T> = (context: LoadContext<T>) => T | PromiseLike<T>

/** What it is given in a bulk load: the keys that are missing. A key that it leaves out was not found. */
export type BulkLoader<T> = (
  keys: readonly string[],
  context: BulkLoadContext,
) => BulkResult<T> | PromiseLike<BulkResult<T>>

export type BulkResult<T> = ReadonlyMap<string, T> | Readonly<Record<string, T>>

export interface BulkLoadContext {
  readonly signal: AbortSignal
}

/** An unambiguous read: what is there, how old it is, and where it was found. */
export type Lookup<T> =
  | {
      readonly outcome: 'hit' | 'stale'
      readonly value: T
      readonly tier: Tier
      /** Milliseconds since the value was created. */
      readonly age: number
      /** Milliseconds for which it stays fresh; 0 or less once stale; `Infinity` for ever. */
      readonly ttl: number
      readonly tags: readonly string[]
    }
  | { readonly outcome: 'miss' }

export interface Cache extends Locking {
  readonly name: string

  /** The fresh value under `key`, or the default. */
  get<T = unknown>(key: string, options?: KeyOptions): Promise<T | undefined>
  get<T, D>(key: string, options: GetOptions<D>): Promise<T | D>
  /** As `get`, from memory alone and in this turn; `undefined` says only that memory has no fresh value. */
  getSync<T = unknown>(key: string, options?: KeyOptions): T | undefined
  /** The fresh values there are. */
  getMany<T = unknown>(keys: Iterable<string>, options?: KeyOptions): Promise<Map<string, T>>
  /** As `get`, telling hit, stale and miss apart. */
  lookup<T = unknown>(key: string, options?: KeyOptions): Promise<Lookup<T>>
  has(key: string, options?: KeyOptions): Promise<boolean>

  /**
   * Replaces value, lifetime and tags. A store that fails, or has no room for the value, is an event:
   * memory has it, and the store not the old one.
   */
  set<T>(key: string, value: T, options?: WriteOptions): Promise<void>
  /** Answers the keys whose values the store has no room for. */
  setMany<T>(entries: Entries<T>, options?: WriteOptions): Promise<string[]>
  /** Writes if there is nothing fresh under the key, atomically; answers whether it did. */
  add<T>(key: string, value: T, options?: WriteOptions): Promise<boolean>
  /** Gives a fresh entry a new lifetime, from now; answers whether there was one. */
  touch(key: string, options?: Pick<WriteOptions, 'ttl' | 'version'>): Promise<boolean>
  /** Adds to a number or bigint, atomically; the remaining lifetime stays. A missing key is an error unless `initial` is given. */
  increment(key: string, delta?: number, options?: IncrementOptions): Promise<number>
  increment(key: string, delta: bigint, options?: IncrementOptions): Promise<bigint>
  decrement(key: string, delta?: number, options?: IncrementOptions): Promise<number>
  decrement(key: string, delta: bigint, options?: IncrementOptions): Promise<bigint>
  /** Moves the entry to another version of its key, lifetime kept; answers that version. A missing key is an error. */
  incrementVersion(key: string, delta?: number, options?: KeyOptions): Promise<number>
  decrementVersion(key: string, delta?: number, options?: KeyOptions): Promise<number>
  /** Removes the entry and answers its fresh value; of concurrent callers one gets it. */
  take<T = unknown>(key: string, options?: KeyOptions): Promise<T | undefined>
  /** Answers whether there was an entry. */
  delete(key: string, options?: KeyOptions): Promise<boolean>
  /** Answers how many entries there were. */
  deleteMany(keys: Iterable<string>, options?: KeyOptions): Promise<number>

  /** The fresh value, or what the loader answers; concurrent callers share one load. */
  getOrSet<T>(key: string, loader: Loader<T>, options?: LoadOptions): Promise<T>
  /** As `getOrSet` for many keys, with one call of the loader for all that are missing. */
  getOrSetMany<T>(
    keys: Iterable<string>,
    loader: BulkLoader<T>,
    options?: LoadOptions | ((key: string) => LoadOptions),
  ): Promise<Map<string, T>>

  /** Every entry with one of the tags is gone, in every process. */
  invalidate(tags: string | readonly string[]): Promise<void>
  /** Makes the entry stale; it stays as the fallback for a failing loader. Answers whether there was one. */
  expire(key: string, options?: KeyOptions): Promise<boolean>
  /** Every entry of this cache, or of this namespace, is gone; nobody else's. */
  clear(): Promise<void>

  /** A view with its own keys and its own `clear`, on the same memory, store and tags. */
  namespace(name: string): Cache
  /** A typed cache that loads and writes: loader, writers and options are said once. */
  define<K, V>(definition: Definition<K, V>): DefinedCache<K, V>

  /** Why a read of this key answers what it does. */
  explain(key: string, options?: KeyOptions): Promise<Explanation>
  /** How the cache is set up, and what it holds now. */
  inspect(): Promise<Inspection>
  /** What is behind memory; for tools: the cache does not hear of what is changed there. */
  store(): Promise<Store | undefined>
  stats(): Stats
  /**
   * What the hit ratio of memory would be at half, once, twice and four times its bound, with the
   * policy that it has: an estimate, from a sample of the reads of late. None without a bound.
   * Throws a `ConfigError` unless memory was made with `curve`.
   */
  curve(): CurvePoint[]
  /**
   * Writes down what is read, by all views of the cache, for `hotset simulate`; compressed where
   * the name ends in `.gz`. The file must not be there yet. What goes wrong with it is an event,
   * and `stop` rejects with it.
   */
  record(file: string, options?: RecordingOptions): Recording
  /** Changes the bounds of memory; entries over the new bound are evicted at once. */
  resize(bounds: MemoryBounds): void
  /** Waits for loads in the background, then releases what the cache itself opened. */
  close(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

export type Entries<T> = Iterable<readonly [string, T]> | Readonly<Record<string, T>>

export interface MemoryBounds {
  /** Most entries. @default 10,000, or none where `maxWeight` is given */
  readonly maxEntries?: number | undefined
  /** Most weight in all, as a number or a size such as `'64mb'`. @default none */
  readonly maxWeight?: number | string | undefined
}

/** What memory would do at another bound. */
export interface CurvePoint {
  /** The bound: a weight where `maxWeight` is given, else a number of entries. */
  readonly size: number
  /** Hits / reads, from 0 to 1, if nothing expired or were invalidated; 1 when there were no reads. */
  readonly hitRatio: number
}

export interface Definition<K, V> extends Writing<K, V> {
  /** Namespace of its keys. */
  readonly name: string
  readonly load: (id: K, context: LoadContext<V>) => V | PromiseLike<V>
  /** One load for many, also for calls of `get` in one turn. @default `load` for each */
  readonly loadMany?: (
    ids: readonly K[],
    context: BulkLoadContext,
  ) => ReadonlyMap<K, V> | PromiseLike<ReadonlyMap<K, V>>
  /** @default an injective encoding of the id, whatever its shape */
  readonly key?: (id: K) => string
  readonly tags?: (id: K) => readonly string[]
  readonly options?: Omit<LoadOptions, 'tags' | 'signal' | 'refresh'>
}

export interface DefinedCache<K, V> extends WritingCache<K, V> {
  readonly cache: Cache
  key(id: K): string
  get(id: K, options?: Pick<LoadOptions, 'signal'>): Promise<V>
  /** Without those that `loadMany` left out. */
  getMany(ids: Iterable<K>): Promise<Map<K, V>>
  /** From memory, in this turn. */
  getSync(id: K): V | undefined
  expire(id: K): Promise<boolean>
  /** Loads now and replaces what is there. */
  refresh(id: K): Promise<V>
  clear(): Promise<void>
}

export interface Stats {
  readonly hits: number
  readonly misses: number
  readonly stale: number
  /** Callers that waited for somebody else's load. */
  readonly coalesced: number
  /** (hits + stale) / reads; 1 when there were none. */
  readonly hitRatio: number
  readonly loads: number
  readonly loadFailures: number
  readonly loadMs: number
  readonly writes: number
  readonly memory: MemoryStats
  readonly store: StoreStats
}

export interface MemoryStats {
  readonly hits: number
  readonly misses: number
  readonly stale: number
  readonly entries: number
  readonly weight: number
  readonly removals: Readonly<Record<RemovalReason, number>>
}

export interface StoreStats {
  readonly hits: number
  readonly misses: number
  readonly stale: number
  readonly errors: number
  /** Loads that another process spared this one. */
  readonly awaited: number
  readonly bytesRead: number
  readonly bytesWritten: number
}

export interface Explanation {
  readonly key: string
  /** The key as the store sees it. */
  readonly physicalKey: string
  readonly outcome: Outcome
  /** A sentence for a person. */
  readonly reason: string
  readonly memory: TierExplanation | undefined
  readonly store: TierExplanation | undefined
  /** A load of this key is under way in this process. */
  readonly loading: boolean
}

export interface TierExplanation {
  readonly state:
    | 'fresh'
    | 'stale'
    | 'expired'
    | 'invalidated'
    | 'suspect'
    | 'lease'
    | 'absent'
    | 'unreadable'
  readonly createdAt?: number
  readonly staleAt?: number
  readonly expiresAt?: number
  /** Tags, and whether each still stands as it was when the value was loaded. */
  readonly tags?: readonly { readonly tag: string; readonly valid: boolean }[]
  /** Until when another load of the key holds the lease. */
  readonly leaseUntil?: number
  readonly bytes?: number
}

export interface Inspection {
  readonly name: string
  readonly enabled: boolean
  readonly memory:
    | (MemoryBounds & {
        readonly policy: string
        readonly entries: number
        readonly weight: number
      })
    | undefined
  readonly store: ({ readonly name: string } & Partial<StoreUsage>) | undefined
  readonly bus: string | undefined
  /** The store answers; others' changes are heard, as far as can be known; writes that wait, by definition. */
  readonly storeUp: boolean
  readonly busHealthy: boolean
  readonly backlogs: Readonly<Record<string, Backlog>>
  readonly loading: number
  readonly stats: Stats
}
