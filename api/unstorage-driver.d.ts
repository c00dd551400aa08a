// hotset/unstorage-driver

export interface UnstorageDriver {
  readonly name: string;
  readonly options: UnstorageDriverOptions;
  readonly flags: {
    readonly ttl: true;
  };
  getInstance(): Cache;
  hasItem(key: string): Promise<boolean>;
  getItem(key: string): Promise<string | null>;
  getItems(items: readonly {
    readonly key: string;
  }[]): Promise<{
    key: string;
    value: string | null;
  }[]>;
  getItemRaw(key: string): Promise<unknown>;
  setItem(key: string, value: string, options?: UnstorageItemOptions): Promise<void>;
  setItemRaw(key: string, value: unknown, options?: UnstorageItemOptions): Promise<void>;
  removeItem(key: string): Promise<void>;
  getMeta(key: string): Promise<{
    mtime: Date;
    ttl?: number;
  } | null>;
  getKeys(base?: string): Promise<string[]>;
  clear(base?: string): Promise<void>;
}

export interface UnstorageDriverOptions {
  readonly cache: Cache;
  readonly ttl?: number | undefined;
  readonly clock?: Clock | undefined;
}

export interface UnstorageItemOptions {
  readonly ttl?: number;
}

export declare function unstorageDriver(options: UnstorageDriverOptions): UnstorageDriver;
