// hotset/drizzle

export interface CacheLifetime {
  readonly ex?: number;
  readonly px?: number;
  readonly exat?: number;
  readonly pxat?: number;
}

export interface DrizzleCache {
  bind<Database extends object>(db: Database): Database;
  told(): Promise<void>;
  strategy(): 'explicit' | 'all';
  get(key: string, tables: readonly string[], isTag: boolean, isAutoInvalidate?: boolean): Promise<unknown[] | undefined>;
  put(key: string, response: unknown, tables: readonly string[], isTag: boolean, config?: CacheLifetime): Promise<void>;
  onMutate(changed: DrizzleInvalidation): Promise<void>;
}

export interface DrizzleInvalidation {
  readonly tags?: string | readonly string[];
  readonly tables?: object | string | readonly (object | string)[];
}

export { QueryCacheOptions } from 'hotset/orm'

export declare function drizzleCache(options: QueryCacheOptions): DrizzleCache;
