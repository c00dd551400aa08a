// hotset/undici-store

export interface UndiciCacheKey {
  readonly origin: string;
  readonly method: string;
  readonly path: string;
  readonly headers?: Fields;
}

export interface UndiciCacheValue {
  statusCode: number;
  statusMessage: string;
  headers: Fields;
  vary?: Record<string, string | string[] | null>;
  etag?: string;
  cacheControlDirectives?: object;
  cachedAt: number;
  staleAt: number;
  deleteAt: number;
}

export interface UndiciCached extends UndiciCacheValue {
  cacheControlDirectives: object;
  body: Buffer;
}

export interface UndiciStore {
  get(key: UndiciCacheKey): Promise<UndiciCached | undefined>;
  createWriteStream(key: UndiciCacheKey, value: UndiciCacheValue): Writable;
  delete(key: Pick<UndiciCacheKey, 'origin' | 'path'>): Promise<void>;
}

export interface UndiciStoreOptions {
  readonly cache: Cache;
  readonly maxEntrySize?: number | undefined;
  readonly clock?: Clock | undefined;
}

export declare function undiciStore(options: UndiciStoreOptions): UndiciStore;

// Named above, and exported by no entry:

type Fields = Record<string, string | string[]>;
