// hotset/lmdb

export interface LmdbStoreOptions {
  readonly directory: string;
  readonly maxBytes?: number | string | undefined;
  readonly clock?: Clock | undefined;
}

export declare function lmdbStore(options: LmdbStoreOptions): Store;
