// hotset/unstorage

export interface UnstorageBackend {
  getItemRaw(key: string): Promise<unknown>;
  setItemRaw(key: string, value: Uint8Array, options?: {
    readonly ttl?: number;
  }): Promise<void>;
  removeItem(key: string): Promise<void>;
}

export interface UnstorageStoreOptions {
  readonly clock?: Clock | undefined;
}

export declare function unstorageStore(storage: UnstorageBackend, options?: UnstorageStoreOptions): Store;
