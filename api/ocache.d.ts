// hotset/ocache

export interface OcacheStorage {
  readonly binary: true;
  get<T = unknown>(key: string): Promise<T | null>;
  set<T = unknown>(key: string, value: T, options?: {
    readonly ttl?: number;
  }): Promise<void>;
}

export declare function ocacheStorage(cache: Cache): OcacheStorage;
