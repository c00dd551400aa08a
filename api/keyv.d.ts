// hotset/keyv

export interface KeyvBackend {
  get(key: string): unknown;
  set(key: string, value: string, ttl?: number): unknown;
  delete(key: string): unknown;
  getMany?(keys: string[]): unknown;
  on?(event: 'error', listener: (error: unknown) => void): unknown;
}

export interface KeyvStoreOptions {
  readonly clock?: Clock | undefined;
}

export declare function keyvStore(backend: KeyvBackend, options?: KeyvStoreOptions): Store;
