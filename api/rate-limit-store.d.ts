// hotset/rate-limit-store

export interface ClientHits {
  totalHits: number;
  resetTime: Date;
}

export interface RateLimitStore {
  readonly prefix: string;
  readonly localKeys: false;
  init(options: {
    readonly windowMs: number;
  }): void;
  get(key: string): Promise<ClientHits | undefined>;
  increment(key: string): Promise<ClientHits>;
  decrement(key: string): Promise<void>;
  resetKey(key: string): Promise<void>;
  resetAll(): Promise<void>;
}

export interface RateLimitStoreOptions {
  readonly cache: Cache;
  readonly prefix?: string | undefined;
  readonly clock?: Clock | undefined;
}

export declare function rateLimitStore(options: RateLimitStoreOptions): RateLimitStore;
