// hotset/keyv

export interface KeyvBackend {
  get(key: string): unknown;
  set(key: string, value: string, life?: number): unknown;
  delete(key: string): unknown;
  getMany?(keys: string[]): unknown;
  getRaw?(key: string): unknown;
  readonly store?: unknown;
  readonly capabilities?: {
    readonly expires?: boolean | undefined;
  } | undefined;
  on?(event: 'error', listener: (error: unknown) => void): unknown;
}

export interface KeyvStoreOptions {
  readonly clock?: Clock | undefined;
}

export declare function keyvStore(backend: KeyvBackend, options?: KeyvStoreOptions): Store;
