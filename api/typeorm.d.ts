// hotset/typeorm

export interface TypeormCacheOptions {
  readonly cache: Cache;
  readonly changes: DatabaseChanges;
}

export interface TypeormDataSource {
  readonly isInitialized: boolean;
  readonly subscribers: object[];
}

export interface TypeormQueryRunner {
  readonly isTransactionActive: boolean;
}

export interface TypeormResult {
  identifier?: string;
  duration: number;
  query?: string;
  result?: unknown;
}

export interface TypeormResultCache {
  connect(): Promise<void>;
  disconnect(): Promise<void>;
  synchronize(): Promise<void>;
  getFromCache(asked: TypeormResult, queryRunner?: TypeormQueryRunner): Promise<TypeormResult | undefined>;
  storeInCache(loaded: TypeormResult, saved: TypeormResult | undefined, queryRunner?: TypeormQueryRunner): Promise<void>;
  isExpired(saved: TypeormResult): boolean;
  clear(): Promise<void>;
  remove(identifiers: string[]): Promise<void>;
}

export declare function typeormCache(options: TypeormCacheOptions): () => TypeormResultCache;

export declare function typeormChanges(dataSource: TypeormDataSource, changes: DatabaseChanges): () => void;
