// hotset/memory

export interface MemoryStoreOptions {
  readonly maxBytes?: number | string | undefined;
  readonly clock?: Clock | undefined;
}

export declare function memoryStore(options?: MemoryStoreOptions): Store;
