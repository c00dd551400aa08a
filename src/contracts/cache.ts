import type { Duration } from './duration.ts'
import type { Tier } from './events.ts'
import type { Locking } from './locks.ts'
import type { CurvePoint, Explanation, Inspection, MemoryBounds, Stats } from './reports.ts'
import type { Store } from './store.ts'
import type { Recording, RecordingOptions } from './trace.ts'
import type { Writing, WritingCache } from './writing.ts'

export type { Duration } from './duration.ts'
export type {
  CurvePoint,
  Explanation,
  Inspection,
  MemoryBounds,
  MemoryStats,
  Stats,
  StoreStats,
  TierExplanation,
} from './reports.ts'

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
  /**
   * TTL for a loaded `null` or `undefined` ("not found"); 0 keeps none, nor what was there before.
   * @default the TTL
   */
  readonly negativeTtl?: Duration | null | undefined
  /** Names by which the entry can be invalidated together with others. @default none */
  readonly tags?: readonly string[] | undefined
  /**
   * Weight in memory, of the process that says it; 0 pins the entry. @default what the cache's `weigh`
   * says
   */
  readonly weight?: number | undefined
}

/** Which entry a key means. */
export interface KeyOptions {
  /** Version of the key: the same key in two versions is two entries. @default the cache's version */
  readonly version?: number | undefined
}

/** What is answered on a miss. */
export interface GetOptions<D> extends KeyOptions {
  /** Answered on a miss; a cached `null` or `undefined` is no miss. @default undefined */
  readonly default?: D
}

/** How a value is kept, and under which version of its key. */
export interface WriteOptions extends EntryOptions, KeyOptions {}

/** What is known of a counter that is not there. */
export interface IncrementOptions extends WriteOptions {
  /** The value a missing key is taken to have. Without it a missing key is an error. */
  readonly initial?: number | bigint | undefined
}

/** How a value is loaded and waited for. */
export interface LoadOptions extends WriteOptions {
  /** Gives up waiting. The load itself is aborted only when every caller has given up. */
  readonly signal?: AbortSignal | undefined
  /** A caller that could have a stale value waits no longer than this; the load goes on. @default none */
  readonly softTimeout?: Duration | undefined
  /**
   * No caller waits longer than this: a stale value or a `LoaderTimeoutError`; the load goes on. The
   * next caller begins it anew; each attempt is given twice as long as the one before. @default none
   */
  readonly hardTimeout?: Duration | undefined
  /**
   * Loads even if there is a fresh entry, and replaces it; a failure is the caller's. Who asks for it
   * while another does shares that load, but no load that began otherwise. @default false
   */
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
  /** The key, without namespace and version. */
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
  /** The value is answered but not kept; what was there before stays. */
  skip(): void
  /** Answer with it to say that the load failed, without throwing: `return context.fail('503')`. */
  fail(reason: string | Error): never
  /** Answer with it to renew the stale entry as it is: `return context.notModified()`. */
  notModified(): T
}

/** The entry that a load is about to replace. */
export interface StaleEntry<T = unknown> {
  /** What was loaded then. */
  readonly value: T
  /** The validator that its load left behind. */
  readonly etag: string | undefined
  /** The validator that its load left behind, epoch milliseconds. */
  readonly lastModified: number | undefined
  /** Milliseconds since it was created. */
  readonly age: number
}

/** Answers the value of one key. */
export type Loader<T> = (context: LoadContext<T>) => T | PromiseLike<T>

/** What it is given in a bulk load: the keys that are missing. A key that it leaves out was not found. */
export type BulkLoader<T> = (
  keys: readonly string[],
  context: BulkLoadContext,
) => BulkResult<T> | PromiseLike<BulkResult<T>>

/** What a bulk loader answers, by key. */
export type BulkResult<T> = ReadonlyMap<string, T> | Readonly<Record<string, T>>

/** What a bulk loader is given besides the keys. */
export interface BulkLoadContext {
  /** Aborted when every caller has given up. */
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

/**
 * A cache: memory, what is behind it, and the verbs of both. What breaks a rule rejects with a
 * `ConfigError` or a `KeyError` before anything happens, and with a `ClosedError` once the cache is
 * closed; `getSync` and `namespace` throw them. A store that fails is a miss for verbs that read, and
 * made good later for `set`, `delete`, `invalidate` and `clear`: no caller hears of it.
 */
export interface Cache extends Locking {
  /** As in its options. */
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
  /** Whether there is a fresh value; memory is asked first. */
  has(key: string, options?: KeyOptions): Promise<boolean>

  /**
   * Replaces value, lifetime and tags. A store that fails, or has no room for the value, is an event:
   * memory has it, and the store not the old one.
   */
  set<T>(key: string, value: T, options?: WriteOptions): Promise<void>
  /** Answers the keys whose values the store has no room for. */
  setMany<T>(entries: Entries<T>, options?: WriteOptions): Promise<string[]>
  /**
   * Writes if there is nothing fresh under the key, atomically; answers whether it did. Rejects with a
   * `StoreError` where the store fails.
   */
  add<T>(key: string, value: T, options?: WriteOptions): Promise<boolean>
  /**
   * Gives a fresh entry a new lifetime, from now; answers whether there was one. Rejects with a
   * `StoreError` where the store fails.
   */
  touch(key: string, options?: Pick<WriteOptions, 'ttl' | 'jitter' | 'version'>): Promise<boolean>
  /**
   * Adds to a number or bigint, atomically; the remaining lifetime stays. Rejects with a
   * `MissingKeyError` where nothing is there and no `initial` is given, with a `NotANumberError` for a
   * value of another kind, and with a `StoreError` where the store fails.
   */
  increment(key: string, delta?: number, options?: IncrementOptions): Promise<number>
  increment(key: string, delta: bigint, options?: IncrementOptions): Promise<bigint>
  /** As `increment`, with the sign turned. */
  decrement(key: string, delta?: number, options?: IncrementOptions): Promise<number>
  decrement(key: string, delta: bigint, options?: IncrementOptions): Promise<bigint>
  /**
   * Moves the entry to another version of its key, lifetime kept; answers that version. Rejects with a
   * `MissingKeyError` where nothing is there.
   */
  incrementVersion(key: string, delta?: number, options?: KeyOptions): Promise<number>
  /** As `incrementVersion`, with the sign turned. */
  decrementVersion(key: string, delta?: number, options?: KeyOptions): Promise<number>
  /**
   * Removes the entry and answers its fresh value; of concurrent callers one gets it. Rejects with a
   * `StoreError` where the store fails.
   */
  take<T = unknown>(key: string, options?: KeyOptions): Promise<T | undefined>
  /** Answers whether there was an entry. */
  delete(key: string, options?: KeyOptions): Promise<boolean>
  /** Answers how many entries there were. */
  deleteMany(keys: Iterable<string>, options?: KeyOptions): Promise<number>

  /**
   * The fresh value, or what the loader answers; concurrent callers share one load. Rejects with what
   * the loader threw, as it is, where nothing stale stands in; with a `LoaderTimeoutError` after
   * `hardTimeout`, and with a `ReentrantLoadError` in a load that waits for itself.
   */
  getOrSet<T>(key: string, loader: Loader<T>, options?: LoadOptions): Promise<T>
  /** As `getOrSet` for many keys, with one call of the loader for all that are missing. */
  getOrSetMany<T>(
    keys: Iterable<string>,
    loader: BulkLoader<T>,
    options?: LoadOptions | ((key: string) => LoadOptions),
  ): Promise<Map<string, T>>

  /** Every entry with one of the tags is gone, in every process. */
  invalidate(tags: string | readonly string[]): Promise<void>
  /**
   * Makes the entry stale; it stays as the fallback for a failing loader. Answers whether there was
   * one. Rejects with a `StoreError` where the store fails.
   */
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
  /** What the cache has done since it was made; namespaces count together with their cache. */
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
  /** As `close`, for `await using`. */
  [Symbol.asyncDispose](): Promise<void>
}

/** Keys and values, as an object or as pairs. */
export type Entries<T> = Iterable<readonly [string, T]> | Readonly<Record<string, T>>

/** What a typed cache loads and writes, and under which keys. */
export interface Definition<K, V> extends Writing<K, V> {
  /** Namespace of its keys. */
  readonly name: string
  /** Answers the value of one id; what it throws reaches every caller as it is. */
  readonly load: (id: K, context: LoadContext<V>) => V | PromiseLike<V>
  /** One load for many, also for calls of `get` in one turn. @default `load` for each */
  readonly loadMany?: (
    ids: readonly K[],
    context: BulkLoadContext,
  ) => ReadonlyMap<K, V> | PromiseLike<ReadonlyMap<K, V>>
  /** The key of an id. @default an injective encoding of the id, whatever its shape */
  readonly key?: (id: K) => string
  /** Tags of the entry of an id, besides those that a load adds. @default none */
  readonly tags?: (id: K) => readonly string[]
  /** How entries are kept and loaded, where the cache's own defaults do not do. @default the cache's */
  readonly options?: Omit<LoadOptions, 'tags' | 'signal' | 'refresh'>
}

/** A cache of one kind of thing, by the ids of that kind. */
export interface DefinedCache<K, V> extends WritingCache<K, V> {
  /** The namespace that it works on. */
  readonly cache: Cache
  /** The key of an id in that namespace. */
  key(id: K): string
  /** The value, loaded where it is not there. Calls in one turn share one `loadMany`. */
  get(id: K, options?: Pick<LoadOptions, 'signal'>): Promise<V>
  /** Without those that `loadMany` left out. */
  getMany(ids: Iterable<K>): Promise<Map<K, V>>
  /** From memory, in this turn. */
  getSync(id: K): V | undefined
  /** Makes the entry stale; it stays as the fallback for a failing load. Answers whether there was one. */
  expire(id: K): Promise<boolean>
  /** Loads now and replaces what is there. */
  refresh(id: K): Promise<V>
  /** Every entry of this kind is gone. */
  clear(): Promise<void>
}
