// hotset/memcached

export type Connect = (address: ServerAddress) => Socket;

export interface MemcachedClient {
  readonly keys: 'ascii' | 'any';
  get(keys: readonly string[]): Promise<(Bytes | undefined)[]>;
  set(writes: readonly MemcachedWrite[]): Promise<MemcachedOutcome[]>;
  delete(removals: readonly MemcachedRemoval[]): Promise<boolean[]>;
  gets?(keys: readonly string[]): Promise<(MemcachedItem | undefined)[]>;
  usage?(): Promise<StoreUsage>;
}

export interface MemcachedItem {
  readonly value: Bytes;
  readonly cas: string;
}

export type MemcachedOutcome = 'done' | 'declined' | 'refused';

export interface MemcachedRemoval {
  readonly key: string;
  readonly cas?: string | undefined;
}

export interface MemcachedStoreOptions {
  readonly servers?: string | readonly string[] | undefined;
  readonly client?: MemcachedClient | undefined;
  readonly failover?: boolean | undefined;
  readonly discover?: boolean | undefined;
  readonly connect?: Connect | undefined;
  readonly clock?: Clock | undefined;
}

export interface MemcachedWrite {
  readonly key: string;
  readonly value: Bytes;
  readonly expiry: number;
  readonly when?: 'absent' | {
    readonly cas: string;
  } | undefined;
}

export type ServerAddress = {
  readonly path: string;
} | {
  readonly host: string;
  readonly port: number;
  readonly ip?: string | undefined;
};

export declare function memcachedStore(options: MemcachedStoreOptions): Store;
