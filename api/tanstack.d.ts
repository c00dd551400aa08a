// hotset/tanstack

export interface TanstackOptions {
  readonly cache: Cache;
  readonly ttl?: Duration | null | undefined;
}

export interface TanstackPersister<Client = unknown> {
  persistClient(client: Client): Promise<void>;
  restoreClient(): Promise<Client | undefined>;
  removeClient(): Promise<void>;
}

export interface TanstackStorage {
  getItem(key: string): Promise<string | undefined>;
  setItem(key: string, value: string): Promise<void>;
  removeItem(key: string): Promise<void>;
  entries(): Promise<[string, string][]>;
}

export declare function tanstackPersister<Client = unknown>(name: string, options: TanstackOptions): TanstackPersister<Client>;

export declare function tanstackStorage({ cache, ttl }: TanstackOptions): TanstackStorage;
