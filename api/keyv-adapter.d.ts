// hotset/keyv-adapter

export interface KeyvAdapter {
  namespace: string | undefined;
  readonly opts: {
    readonly dialect: 'redis';
    readonly url: string;
  };
  get<T>(key: string): Promise<T | undefined>;
  getMany<T>(keys: string[]): Promise<(T | undefined)[]>;
  has(key: string): Promise<boolean>;
  hasMany(keys: string[]): Promise<boolean[]>;
  set(key: string, value: unknown, ttl?: number): Promise<boolean>;
  setMany(entries: readonly TimedEntry[]): Promise<boolean[]>;
  setMany(entries: readonly TimedEntry[]): Promise<void>;
  delete(key: string): Promise<boolean>;
  deleteMany(keys: string[]): Promise<boolean>;
  clear(): Promise<void>;
  iterator<T>(): AsyncGenerator<(string | Awaited<T>)[], void>;
  disconnect(): Promise<void>;
  on(event: string, listener: (...args: never[]) => void): this;
}

export declare function keyvAdapter(cache: Cache): KeyvAdapter;

// Named above, and exported by no entry:

export interface TimedEntry<T = unknown> {
  readonly key: string;
  readonly value: T;
  readonly ttl?: number | undefined;
}
