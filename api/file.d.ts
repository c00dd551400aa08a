// hotset/file

export interface FileStoreOptions {
  readonly directory: string | URL;
  readonly maxBytes?: number | string | undefined;
  readonly clock?: Clock | undefined;
}

export declare function fileStore(options: FileStoreOptions): Store;
