// hotset/cache-manager

export interface CacheManager {
  get<T>(key: string): Promise<T | undefined>;
  mget<T>(keys: string[]): Promise<(T | undefined)[]>;
  ttl(key: string): Promise<number | undefined>;
  set<T>(key: string, value: T, ttl?: number): Promise<T>;
  mset<T>(list: {
    key: string;
    value: T;
    ttl?: number;
  }[]): Promise<{
    key: string;
    value: T;
    ttl?: number;
  }[]>;
  del(key: string): Promise<boolean>;
  mdel(keys: string[]): Promise<boolean>;
  clear(): Promise<boolean>;
  wrap: Wrap;
  on<E extends keyof ManagerEvents>(event: E, listener: ManagerEvents[E]): EventEmitter;
  off<E extends keyof ManagerEvents>(event: E, listener: ManagerEvents[E]): EventEmitter;
  disconnect(): Promise<undefined>;
  cacheId(): string;
  readonly stores: never[];
}

export interface CacheManagerOptions {
  readonly ttl?: number | undefined;
  readonly refreshThreshold?: number | undefined;
  readonly clock?: Clock | undefined;
}

export interface ManagerEvents {
  get: <T>(data: {
    key: string;
    value?: T;
    error?: unknown;
  }) => void;
  mget: <T>(data: {
    keys: string[];
    values?: T[];
    error?: unknown;
  }) => void;
  set: <T>(data: {
    key: string;
    value: T;
    error?: unknown;
  }) => void;
  mset: <T>(data: {
    list: {
      key: string;
      value: T;
      ttl?: number;
    }[];
    error?: unknown;
  }) => void;
  del: (data: {
    key: string;
    error?: unknown;
  }) => void;
  clear: (error?: unknown) => void;
  refresh: <T>(data: {
    key: string;
    value: T;
    error?: unknown;
  }) => void;
}

export interface RawValue<T> {
  value: T;
  expires: number | undefined;
}

export interface WrapOptions<T> {
  readonly ttl?: TimeOf<T> | undefined;
  readonly refreshThreshold?: TimeOf<T> | undefined;
  readonly raw?: boolean | undefined;
}

export declare function cacheManager(cache: Cache, options?: CacheManagerOptions): CacheManager;

// Named above, and exported by no entry:

type TimeOf<T> = number | ((value: T) => number);

interface Wrap {
  <T>(key: string, load: () => T | Promise<T>, ttl?: TimeOf<T>, refreshThreshold?: TimeOf<T>): Promise<T>;
  <T>(key: string, load: () => T | Promise<T>, options: WrapOptions<T> & {
    raw: true;
  }): Promise<RawValue<T>>;
  <T>(key: string, load: () => T | Promise<T>, options: WrapOptions<T>): Promise<T>;
}
