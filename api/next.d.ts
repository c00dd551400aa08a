// hotset/next

export interface Durations {
  readonly expire?: number | undefined;
}

export interface NextCacheControl {
  revalidate: number | false;
  expire?: number | undefined;
}

export interface NextCacheHandler {
  get(key: string, context: NextGetContext): Promise<NextCached | null>;
  set(key: string, value: NextValue | null, context: NextSetContext): Promise<void>;
  revalidateTag(tags: string | string[], durations?: Durations): Promise<void>;
  resetRequestCache(): void;
}

export type NextCacheHandlerClass = new (context: NextHandlerContext) => NextCacheHandler;

export interface NextCached {
  value: NextValue | null;
  lastModified: number;
  cacheControl?: NextCacheControl | undefined;
}

export interface NextGetContext {
  readonly kind: string;
  readonly tags?: readonly string[] | undefined;
  readonly softTags?: readonly string[] | undefined;
  readonly revalidate?: number | false | undefined;
}

export interface NextHandlerContext {
  readonly serverDistDir?: string | undefined;
}

export interface NextOptions {
  readonly cache: Cache;
  readonly ttl?: Duration | undefined;
  readonly maxEntrySize?: number | string | undefined;
  readonly clock?: Clock | undefined;
}

export interface NextSetContext {
  readonly fetchCache?: boolean | undefined;
  readonly tags?: readonly string[] | undefined;
  readonly cacheControl?: NextCacheControl | undefined;
}

export interface NextValue {
  readonly kind: string;
  readonly headers?: Readonly<Record<string, unknown>> | undefined;
  readonly revalidate?: number | undefined;
}

export interface UseCacheEntry {
  value: ReadableStream<Uint8Array>;
  tags: string[];
  stale: number;
  timestamp: number;
  expire: number;
  revalidate: number;
}

export interface UseCacheHandler {
  get(key: string, softTags: string[]): Promise<UseCacheEntry | undefined>;
  set(key: string, pendingEntry: Promise<UseCacheEntry>): Promise<void>;
  refreshTags(): Promise<void>;
  getExpiration(...tags: unknown[]): Promise<number>;
  updateTags(tags: string[], durations?: Durations): Promise<void>;
  expireTags(...tags: string[]): Promise<void>;
}

export declare function nextCacheHandler(options: NextOptions): NextCacheHandlerClass;

export declare function nextUseCacheHandler(options: NextOptions): UseCacheHandler;
