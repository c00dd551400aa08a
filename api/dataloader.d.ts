// hotset/dataloader

export interface DataloaderMap<K, V> {
  get(id: K): Promise<V> | undefined;
  set(id: K, value: Promise<V>): void;
  delete(id: K): void;
  clear(): void;
}

export interface DataloaderMapOptions extends EntryOptions {
  readonly cache: Cache;
}

export declare function dataloaderMap<K, V>(options: DataloaderMapOptions): DataloaderMap<K, V>;
