// hotset

export interface AcquireOptions {
  readonly wait?: Duration | undefined;
  readonly signal?: AbortSignal | undefined;
}

export type AnyFunction = (...args: never[]) => unknown;

export interface Backlog {
  readonly pending: number;
  readonly deadLetters: number;
  readonly oldest: number;
  readonly written: number;
  readonly coalesced: number;
  readonly failures: number;
}

export interface BehindOptions<K, V> {
  readonly log: WriteLog | string;
  readonly interval?: Duration | undefined;
  readonly batchSize?: number | undefined;
  readonly coalesce?: boolean | undefined;
  readonly maxPending?: number | undefined;
  readonly full?: 'block' | 'through' | 'reject' | undefined;
  readonly attempts?: number | undefined;
  readonly backoff?: Duration | undefined;
  readonly maxBackoff?: Duration | undefined;
  readonly drainTimeout?: Duration | undefined;
  readonly onDeadLetter?: ((letter: DeadLetter<K, V>) => void) | undefined;
}

export interface BulkLoadContext {
  readonly signal: AbortSignal;
}

export type BulkLoader<T> = (keys: readonly string[], context: BulkLoadContext) => BulkResult<T> | PromiseLike<BulkResult<T>>;

export type BulkResult<T> = ReadonlyMap<string, T> | Readonly<Record<string, T>>;

export interface Bus {
  readonly name: string;
  publish(message: Bytes): Promise<void>;
  subscribe(listener: BusListener): Promise<Unsubscribe>;
  poll?(): void;
  watch?(prefixes: readonly string[], changed: (keys: readonly string[]) => void): () => void;
  close(): Promise<void>;
}

export declare class BusError extends CacheError {
  constructor(message: string, options?: ErrorOptions);
}

export interface BusListener {
  message(bytes: Bytes): void;
  gap(reason: string): void;
}

export type Bytes = Uint8Array;

export interface Cache extends Locking {
  readonly name: string;
  get<T = unknown>(key: string, options?: KeyOptions): Promise<T | undefined>;
  get<T, D>(key: string, options: GetOptions<D>): Promise<T | D>;
  getSync<T = unknown>(key: string, options?: KeyOptions): T | undefined;
  getMany<T = unknown>(keys: Iterable<string>, options?: KeyOptions): Promise<Map<string, T>>;
  lookup<T = unknown>(key: string, options?: KeyOptions): Promise<Lookup<T>>;
  has(key: string, options?: KeyOptions): Promise<boolean>;
  set<T>(key: string, value: T, options?: WriteOptions): Promise<void>;
  setMany<T>(entries: Entries<T>, options?: WriteOptions): Promise<string[]>;
  add<T>(key: string, value: T, options?: WriteOptions): Promise<boolean>;
  touch(key: string, options?: Pick<WriteOptions, 'ttl' | 'jitter' | 'version'>): Promise<boolean>;
  increment(key: string, delta?: number, options?: IncrementOptions): Promise<number>;
  increment(key: string, delta: bigint, options?: IncrementOptions): Promise<bigint>;
  decrement(key: string, delta?: number, options?: IncrementOptions): Promise<number>;
  decrement(key: string, delta: bigint, options?: IncrementOptions): Promise<bigint>;
  incrementVersion(key: string, delta?: number, options?: KeyOptions): Promise<number>;
  decrementVersion(key: string, delta?: number, options?: KeyOptions): Promise<number>;
  take<T = unknown>(key: string, options?: KeyOptions): Promise<T | undefined>;
  delete(key: string, options?: KeyOptions): Promise<boolean>;
  deleteMany(keys: Iterable<string>, options?: KeyOptions): Promise<number>;
  getOrSet<T>(key: string, loader: Loader<T>, options?: LoadOptions): Promise<T>;
  getOrSetMany<T>(keys: Iterable<string>, loader: BulkLoader<T>, options?: LoadOptions | ((key: string) => LoadOptions)): Promise<Map<string, T>>;
  invalidate(tags: string | readonly string[]): Promise<void>;
  expire(key: string, options?: KeyOptions): Promise<boolean>;
  clear(): Promise<void>;
  namespace(name: string): Cache;
  define<K, V>(definition: Definition<K, V>): DefinedCache<K, V>;
  explain(key: string, options?: KeyOptions): Promise<Explanation>;
  inspect(): Promise<Inspection>;
  store(): Promise<Store | undefined>;
  stats(): Stats;
  curve(): CurvePoint[];
  record(file: string, options?: RecordingOptions): Recording;
  resize(bounds: MemoryBounds): void;
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

export declare class CacheError extends Error {
  readonly code: CacheErrorCode;
  constructor(code: CacheErrorCode, message: string, options?: ErrorOptions);
}

export type CacheErrorCode = 'ERR_CACHE_CONFIG' | 'ERR_CACHE_KEY' | 'ERR_CACHE_MISSING_KEY' | 'ERR_CACHE_NOT_A_NUMBER' | 'ERR_CACHE_CODEC' | 'ERR_CACHE_STORE' | 'ERR_CACHE_STORE_TIMEOUT' | 'ERR_CACHE_STORE_DOWN' | 'ERR_CACHE_BUS' | 'ERR_CACHE_LOADER_TIMEOUT' | 'ERR_CACHE_LOADER_FAILED' | 'ERR_CACHE_REENTRANT_LOAD' | 'ERR_CACHE_LOCK_TIMEOUT' | 'ERR_CACHE_LOCK_LOST' | 'ERR_CACHE_CLOSED' | 'ERR_CACHE_TRACE' | 'ERR_CACHE_LOG' | 'ERR_CACHE_LOG_FULL';

export type CacheEvent =
(OfSpace<'call'> & {
  readonly verb: string;
  readonly names: readonly string[];
}) | (ReadEvent | LoadStartEvent | LoadEvent | OperationEvent)
 | (OfKey<'write'> & {
  readonly value: unknown;
})
 | OfKey<'delete'>
 | (OfKey<'join'> & Pick<ReadEvent, 'load' | 'durationMs'>)
 | (OfKey<'remove'> & {
  readonly reason: RemovalReason;
})
 | (OfCache<'invalidate'> & {
  readonly tags: readonly string[];
})
 | OfSpace<'clear'>
 | (OfCache<'store'> & {
  readonly up: boolean;
})
 | (OfCache<'gap'> & {
  readonly reason: string;
})
 | (OfCache<'heard'> & {
  readonly kind: 'keys' | 'tags' | 'clear';
  readonly count: number;
})
 | (OfSpace<'flush'> & Readonly<Record<'writes' | 'failures' | 'pending' | 'durationMs', number>>)
 | (OfCache<'error'> & {
  readonly error: unknown;
  readonly key?: string;
});

export interface CacheOptions {
  readonly name?: string | undefined;
  readonly enabled?: boolean | undefined;
  readonly memory?: MemorySetup | false | undefined;
  readonly store?: Store | string | undefined;
  readonly bus?: Bus | false | undefined;
  readonly codec?: Codec | undefined;
  readonly defaults?: EntryOptions | undefined;
  readonly version?: number | undefined;
  readonly keyFunction?: KeyFunction | undefined;
  readonly storeTimeout?: number | string | null | undefined;
  readonly leaseTime?: number | string | undefined;
  readonly leaseWait?: number | string | undefined;
  readonly maxLoads?: number | undefined;
  readonly onRemove?: ((key: string, value: unknown, reason: RemovalReason) => void) | undefined;
  readonly onEvent?: ((event: CacheEvent) => void) | undefined;
  readonly clock?: Clock | undefined;
  readonly random?: (() => number) | undefined;
}

export interface Caches<Name extends string> {
  get(name?: Name): Cache;
  readonly names: readonly Name[];
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

export type Cancel = () => void;

export interface Clock {
  now(): number;
  recent?(): number;
  precise?(): number;
  schedule(ms: number, callback: () => void, kind: TimerKind): Cancel;
}

export declare class ClosedError extends CacheError {
  constructor(message: string);
}

export declare class CodecError extends CacheError {
  constructor(message: string, options?: ErrorOptions);
}

export declare class ConfigError extends CacheError {
  constructor(message: string, options?: ErrorOptions);
}

export interface CurvePoint {
  readonly size: number;
  readonly hitRatio: number;
}

export interface DeadLetter<K, V> extends WriteContext {
  readonly kind: 'save' | 'remove';
  readonly id: K;
  readonly value: V | undefined;
  readonly reason: string;
  retry(): Promise<void>;
  discard(): void;
}

export interface DefinedCache<K, V> extends WritingCache<K, V> {
  readonly cache: Cache;
  key(id: K): string;
  get(id: K, options?: Pick<LoadOptions, 'signal'>): Promise<V>;
  getMany(ids: Iterable<K>): Promise<Map<K, V>>;
  getSync(id: K): V | undefined;
  expire(id: K): Promise<boolean>;
  refresh(id: K): Promise<V>;
  clear(): Promise<void>;
}

export interface Definition<K, V> extends Writing<K, V> {
  readonly name: string;
  readonly load: (id: K, context: LoadContext<V>) => V | PromiseLike<V>;
  readonly loadMany?: (ids: readonly K[], context: BulkLoadContext) => ReadonlyMap<K, V> | PromiseLike<ReadonlyMap<K, V>>;
  readonly key?: (id: K) => string;
  readonly tags?: (id: K) => readonly string[];
  readonly options?: Omit<LoadOptions, 'tags' | 'signal' | 'refresh'>;
}

export type Duration = number | string;

export type Entries<T> = Iterable<readonly [string, T]> | Readonly<Record<string, T>>;

export interface EntryOptions {
  readonly ttl?: Duration | null | undefined;
  readonly jitter?: number | undefined;
  readonly sliding?: Duration | undefined;
  readonly staleWhileRevalidate?: Duration | undefined;
  readonly staleIfError?: Duration | undefined;
  readonly retryAfter?: Duration | undefined;
  readonly eagerRefresh?: number | undefined;
  readonly negativeTtl?: Duration | null | undefined;
  readonly tags?: readonly string[] | undefined;
  readonly weight?: number | undefined;
}

export interface Explanation {
  readonly key: string;
  readonly physicalKey: string;
  readonly outcome: Outcome;
  readonly reason: string;
  readonly memory: TierExplanation | undefined;
  readonly store: TierExplanation | undefined;
  readonly loading: boolean;
}

export interface GetOptions<D> extends KeyOptions {
  readonly default?: D;
}

export interface Hold {
  readonly name: string;
  readonly owner: string;
  readonly fence: number;
  readonly expiresAt: number;
  readonly isHeld: boolean;
  readonly signal: AbortSignal;
  extend(ttl?: Duration): Promise<void>;
  release(): Promise<boolean>;
  [Symbol.asyncDispose](): Promise<void>;
}

export interface Increment {
  readonly key: string;
  readonly by: number;
  readonly stamp: Bytes;
}

export interface IncrementOptions extends WriteOptions {
  readonly initial?: number | bigint | undefined;
}

export interface Inspection {
  readonly name: string;
  readonly enabled: boolean;
  readonly memory: (MemoryBounds & {
    readonly policy: string;
    readonly entries: number;
    readonly weight: number;
  }) | undefined;
  readonly store: ({
    readonly name: string;
  } & Partial<StoreUsage>) | undefined;
  readonly bus: string | undefined;
  readonly storeUp: boolean;
  readonly busHealthy: boolean;
  readonly backlogs: Readonly<Record<string, Backlog>>;
  readonly loading: number;
  readonly stats: Stats;
}

export declare class KeyError extends CacheError {
  constructor(message: string);
}

export type KeyFunction = (key: string, prefix: string, version: number) => string;

export interface KeyOptions {
  readonly version?: number | undefined;
}

export interface LoadContext<T = unknown> {
  readonly key: string;
  readonly signal: AbortSignal;
  readonly stale: StaleEntry<T> | undefined;
  ttl: Duration | null | undefined;
  tags: readonly string[];
  etag: string | undefined;
  lastModified: number | undefined;
  skip(): void;
  fail(reason: string | Error): never;
  notModified(): T;
}

export interface LoadEvent extends OfKey<'load'> {
  readonly durationMs: number;
  readonly error?: unknown;
  readonly value?: unknown;
  readonly kept?: boolean;
  readonly start?: LoadStartEvent | undefined;
}

export interface LoadOptions extends WriteOptions {
  readonly signal?: AbortSignal | undefined;
  readonly softTimeout?: Duration | undefined;
  readonly hardTimeout?: Duration | undefined;
  readonly refresh?: boolean | undefined;
  readonly followed?: boolean | undefined;
}

export interface LoadStartEvent extends OfKey<'load-start'> {
  readonly background: boolean;
  around(wrap: <T>(body: () => T) => T): void;
}

export type Loader<T> = (context: LoadContext<T>) => T | PromiseLike<T>;

export declare class LoaderFailedError extends CacheError {
  constructor(message: string, options?: ErrorOptions);
}

export declare class LoaderTimeoutError extends CacheError {
  constructor(message: string);
}

export interface Lock {
  readonly name: string;
  acquire(options?: AcquireOptions): Promise<Hold>;
  tryAcquire(): Promise<Hold | undefined>;
  run<T>(body: (hold: Hold) => T | PromiseLike<T>, options?: AcquireOptions): Promise<T>;
}

export declare class LockLostError extends CacheError {
  constructor(message: string);
}

export interface LockOptions {
  readonly ttl?: Duration | undefined;
  readonly autoExtend?: boolean | undefined;
  readonly wait?: Duration | undefined;
}

export declare class LockTimeoutError extends CacheError {
  constructor(message: string);
}

export interface Locking {
  lock(name: string, options?: LockOptions): Lock;
  semaphore(name: string, permits: number, options?: LockOptions): Lock;
  rateLimit(name: string, options: RateLimitOptions): RateLimit;
}

export declare class LogError extends CacheError {
  constructor(message: string, options?: ErrorOptions, code?: 'ERR_CACHE_LOG' | 'ERR_CACHE_LOG_FULL');
}

export declare class LogFullError extends LogError {
  constructor(message: string);
}

export type LogPosition = string | number;

export interface LogRecord {
  readonly position: LogPosition;
  readonly bytes: Bytes;
}

export type Lookup<T> = {
  readonly outcome: 'hit' | 'stale';
  readonly value: T;
  readonly tier: Tier;
  readonly age: number;
  readonly ttl: number;
  readonly tags: readonly string[];
} | {
  readonly outcome: 'miss';
};

export interface Memoize {
  <F extends AnyFunction>(fn: F, options: SharedMemoizeOptions<F>): SharedMemoized<F>;
  <F extends AnyFunction>(fn: F, options?: MemoizeOptions<F>): Memoized<F>;
}

export interface MemoizeOptions<F extends AnyFunction> extends CommonOptions<F> {
  readonly ttl?: Duration | null | undefined;
  readonly maxEntries?: number | undefined;
  readonly maxWeight?: number | string | undefined;
  readonly weigh?: ((value: Awaited<ReturnType<F>>, key: string) => number) | undefined;
  readonly cache?: undefined;
}

export interface MemoizeStats {
  readonly hits: number;
  readonly misses: number;
  readonly coalesced: number;
  readonly hitRatio: number;
  readonly entries: number;
  readonly weight: number;
}

export type Memoized<F extends AnyFunction> = Remembering<F> & {
  invalidate(this: unknown, ...args: Parameters<F>): boolean;
  refresh(this: unknown, ...args: Parameters<F>): ReturnType<Remembering<F>>;
  peek(this: unknown, ...args: Parameters<F>): Awaited<ReturnType<F>> | undefined;
  key(this: unknown, ...args: Parameters<F>): string;
  clear(): void;
  stats(): MemoizeStats;
};

export interface MemoryBounds {
  readonly maxEntries?: number | undefined;
  readonly maxWeight?: number | string | undefined;
}

export interface MemoryCache<V> extends Iterable<[key: string, value: V]> {
  readonly size: number;
  readonly weight: number;
  get(key: string): V | undefined;
  peek(key: string): V | undefined;
  has(key: string): boolean;
  set(key: string, value: V, options?: MemoryEntryOptions): boolean;
  getOrSet(key: string, load: (key: string) => V, options?: MemoryEntryOptions): V;
  delete(key: string): boolean;
  clear(): void;
  resize(bounds: MemoryBounds): void;
  stats(): MemoryCacheStats;
  close(): void;
  [Symbol.dispose](): void;
}

export interface MemoryCacheOptions<V> extends MemoryBounds {
  readonly ttl?: number | string | null | undefined;
  readonly weigh?: ((value: V, key: string) => number) | undefined;
  readonly policy?: PolicyFactory | undefined;
  readonly cullFrequency?: number | undefined;
  readonly onRemove?: ((key: string, value: V, reason: RemovalReason) => void) | undefined;
  readonly clock?: Clock | undefined;
}

export interface MemoryCacheStats {
  readonly hits: number;
  readonly misses: number;
  readonly hitRatio: number;
  readonly entries: number;
  readonly weight: number;
  readonly removals: Readonly<Record<RemovalReason, number>>;
}

export interface MemoryEntryOptions {
  readonly ttl?: number | string | null | undefined;
  readonly weight?: number | undefined;
}

export interface MemorySetup extends MemoryBounds {
  readonly weigh?: ((value: unknown, key: string) => number) | undefined;
  readonly policy?: PolicyFactory | undefined;
  readonly cullFrequency?: number | undefined;
  readonly curve?: boolean | number | undefined;
  readonly isolation?: 'none' | 'freeze' | 'clone' | undefined;
  readonly trust?: number | string | null | undefined;
}

export interface MemoryStats {
  readonly hits: number;
  readonly misses: number;
  readonly stale: number;
  readonly entries: number;
  readonly weight: number;
  readonly removals: Readonly<Record<RemovalReason, number>>;
}

export declare class MissingKeyError extends CacheError {
  constructor(message: string);
}

export interface NamedCaches {
  get(name?: string): Cache;
  readonly names: readonly string[];
  close(): Promise<void>;
}

export declare class NotANumberError extends CacheError {
  constructor(message: string);
}

export type OpenLog = (place: string, name: string) => Promise<WriteLog>;

export interface OperationEvent extends OfCache<'operation'> {
  readonly store: string;
  readonly operation: string;
  readonly count: number;
  readonly bytes: number;
  readonly durationMs: number;
  readonly error?: unknown;
}

export type Outcome = 'hit' | 'stale' | 'miss' | 'coalesced';

export interface RateLimit {
  readonly name: string;
  take(key: string, cost?: number): Promise<RateLimitAnswer>;
  peek(key: string): Promise<RateLimitAnswer>;
  reset(key: string): Promise<void>;
}

export interface RateLimitAnswer {
  readonly allowed: boolean;
  readonly remaining: number;
  readonly resetAt: number;
  readonly retryAfter: number;
}

export interface RateLimitOptions {
  readonly limit: number;
  readonly window: Duration;
  readonly algorithm?: 'fixed' | 'sliding' | undefined;
  readonly onFailure?: 'allow' | 'deny' | 'throw' | undefined;
}

export interface ReadEvent extends OfKey<'read'> {
  readonly outcome: Outcome;
  readonly value?: unknown;
  readonly tier?: Tier | undefined;
  readonly age?: number | undefined;
  readonly durationMs: number;
  readonly load?: LoadStartEvent | undefined;
}

export interface Recording extends AsyncDisposable {
  readonly accesses: number;
  readonly dropped: number;
  stop(): Promise<RecordingReport>;
}

export interface RecordingOptions {
  readonly keys?: 'hashed' | 'plain' | undefined;
  readonly maxAccesses?: number | undefined;
}

export interface RecordingReport {
  readonly accesses: number;
  readonly dropped: number;
}

export declare class ReentrantLoadError extends CacheError {
  constructor(message: string);
}

export type RemovalReason = 'evicted' | 'expired' | 'deleted' | 'replaced' | 'invalidated';

export interface Replacement {
  readonly key: string;
  readonly stamp: Bytes;
  readonly record: StoreRecord | undefined;
}

export type RowVersion = number | bigint | string | Date;

export interface Save<K, V> extends WriteContext {
  readonly id: K;
  readonly value: V;
}

export interface SharedMemoizeOptions<F extends AnyFunction> extends CommonOptions<F>, Omit<LoadOptions, 'tags' | 'signal' | 'refresh'> {
  readonly cache: Cache;
  readonly name?: string | undefined;
  readonly tags?: readonly string[] | ((...args: Parameters<F>) => readonly string[]) | undefined;
}

export interface SharedMemoizeStats {
  readonly hits: number;
  readonly misses: number;
  readonly hitRatio: number;
}

export type SharedMemoized<F extends AnyFunction> = Promising<F> & {
  invalidate(this: unknown, ...args: Parameters<F>): Promise<boolean>;
  refresh(this: unknown, ...args: Parameters<F>): ReturnType<Promising<F>>;
  peek(this: unknown, ...args: Parameters<F>): Awaited<ReturnType<F>> | undefined;
  key(this: unknown, ...args: Parameters<F>): string;
  clear(): Promise<void>;
  stats(): SharedMemoizeStats;
};

export interface StaleEntry<T = unknown> {
  readonly value: T;
  readonly etag: string | undefined;
  readonly lastModified: number | undefined;
  readonly age: number;
}

export interface Stats {
  readonly hits: number;
  readonly misses: number;
  readonly stale: number;
  readonly coalesced: number;
  readonly hitRatio: number;
  readonly loads: number;
  readonly loadFailures: number;
  readonly loadMs: number;
  readonly writes: number;
  readonly memory: MemoryStats;
  readonly store: StoreStats;
}

export interface Store {
  readonly name: string;
  readonly local?: boolean;
  getMany(keys: readonly string[]): Promise<(Bytes | undefined)[]>;
  setMany(records: readonly StoreRecord[]): Promise<string[]>;
  deleteMany(keys: readonly string[]): Promise<boolean[]>;
  close(): Promise<void>;
  addMany?(records: readonly StoreRecord[]): Promise<boolean[]>;
  replaceMany?(replacements: readonly Replacement[]): Promise<boolean[]>;
  incrementMany?(increments: readonly Increment[]): Promise<(Bytes | undefined)[]>;
  getHeads?(keys: readonly string[], length: number): Promise<(Bytes | undefined)[]>;
  scan?(prefix: string): AsyncIterable<string>;
  prune?(): Promise<number>;
  usage?(): Promise<StoreUsage>;
}

export declare class StoreDownError extends StoreError {
  constructor(message: string);
}

export declare class StoreError extends CacheError {
  constructor(message: string, options?: ErrorOptions, code?: 'ERR_CACHE_STORE' | 'ERR_CACHE_STORE_TIMEOUT' | 'ERR_CACHE_STORE_DOWN');
}

export interface StoreRecord {
  readonly key: string;
  readonly value: Bytes;
  readonly expiresAt: number;
  readonly keep?: boolean;
}

export interface StoreStats {
  readonly hits: number;
  readonly misses: number;
  readonly stale: number;
  readonly errors: number;
  readonly awaited: number;
  readonly bytesRead: number;
  readonly bytesWritten: number;
}

export declare class StoreTimeoutError extends StoreError {
  constructor(message: string);
}

export interface StoreUsage {
  readonly entries: number;
  readonly bytes: number;
  readonly maxBytes: number;
}

export type Tier = 'memory' | 'store';

export interface TierExplanation {
  readonly state: 'fresh' | 'stale' | 'expired' | 'invalidated' | 'suspect' | 'lease' | 'absent' | 'unreadable';
  readonly createdAt?: number;
  readonly staleAt?: number;
  readonly expiresAt?: number;
  readonly tags?: readonly {
    readonly tag: string;
    readonly valid: boolean;
  }[];
  readonly leaseUntil?: number;
  readonly bytes?: number;
}

export type TimerKind = 'foreground' | 'background';

export type Unsubscribe = () => Promise<void>;

export interface WriteContext {
  readonly idempotencyKey: string;
}

export interface WriteLog {
  readonly name: string;
  readonly durable: boolean;
  open(): Promise<LogRecord[]>;
  append(bytes: Bytes): Promise<LogPosition>;
  release(positions: readonly LogPosition[]): void;
  close(): Promise<void>;
}

export interface WriteOptions extends EntryOptions, KeyOptions {
}

export type WriteStrategy = 'through' | 'behind' | 'around';

export interface Writing<K, V> {
  readonly save?: ((id: K, value: V, context: WriteContext) => unknown) | undefined;
  readonly saveMany?: ((saves: readonly Save<K, V>[]) => unknown) | undefined;
  readonly remove?: ((id: K, context: WriteContext) => unknown) | undefined;
  readonly write?: WriteStrategy | undefined;
  readonly behind?: BehindOptions<K, V> | undefined;
  readonly version?: ((value: V) => RowVersion) | undefined;
}

export interface WritingCache<K, V> {
  set(id: K, value: V): Promise<void>;
  setMany(values: Iterable<readonly [K, V]>): Promise<void>;
  delete(id: K): Promise<boolean>;
  flush(): Promise<void>;
  backlog(): Backlog;
  deadLetters(): DeadLetter<K, V>[];
}

export declare const cacheKey: unique symbol;

export declare function closeOnSignal(closable: {
  close(): Promise<void>;
}, signal?: string): () => void;

export declare function createCache(options?: CacheOptions): Cache;

export declare function createCaches<Name extends string>(options: Readonly<Record<Name, Omit<CacheOptions, 'name'>>>): Caches<Name>;

export declare function createMemoryCache<V>(options?: MemoryCacheOptions<V>): MemoryCache<V>;

export declare const memoize: Memoize;

// Named above, and exported by no entry:

interface OfCache<Type extends string> {
  readonly type: Type;
  readonly cache: string;
}

interface OfKey<Type extends string> extends OfSpace<Type> {
  readonly key: string;
}

interface OfSpace<Type extends string> extends OfCache<Type> {
  readonly namespace: string | undefined;
}

interface CommonOptions<F extends AnyFunction> {
  readonly key?: ((...args: Parameters<F>) => string) | undefined;
  readonly perInstance?: boolean | undefined;
}

type Promising<F extends AnyFunction> = (this: ThisParameterType<F>, ...args: Parameters<F>) => Promise<Awaited<ReturnType<F>>>;

type Remembering<F extends AnyFunction> = ReturnType<F> extends PromiseLike<unknown> ? [Promise<Awaited<ReturnType<F>>>, ReturnType<F>] extends [ReturnType<F>, Promise<unknown>] ? F : Promising<F> : F;
