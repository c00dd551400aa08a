// hotset/kysely

export interface CacheQueriesPlugin {
  transformQuery<Node extends object>(arguments_: {
    readonly node: Node;
  }): Node;
  transformResult<Result>(arguments_: {
    readonly result: Result;
  }): Promise<Result>;
}

export interface KyselyConnection {
  executeQuery<Row>(query: KyselyQuery): Promise<KyselyResult<Row>>;
  streamQuery<Row>(query: KyselyQuery, chunkSize?: number): AsyncIterableIterator<KyselyResult<Row>>;
}

export interface KyselyDialect<Compiler, Adapter, Database, Introspector> {
  createDriver(): KyselyDriver;
  createQueryCompiler(): Compiler;
  createAdapter(): Adapter;
  createIntrospector(database: Database): Introspector;
}

export interface KyselyDriver {
  init(): Promise<void>;
  acquireConnection(): Promise<KyselyConnection>;
  beginTransaction(connection: KyselyConnection, settings: object): Promise<void>;
  commitTransaction(connection: KyselyConnection): Promise<void>;
  rollbackTransaction(connection: KyselyConnection): Promise<void>;
  savepoint?(connection: KyselyConnection, name: string, compileQuery: unknown): Promise<void>;
  rollbackToSavepoint?(connection: KyselyConnection, name: string, compileQuery: unknown): Promise<void>;
  releaseSavepoint?(connection: KyselyConnection, name: string, compileQuery: unknown): Promise<void>;
  releaseConnection(connection: KyselyConnection): Promise<void>;
  destroy(): Promise<void>;
}

export interface KyselyQuery {
  readonly sql: string;
  readonly parameters: readonly unknown[];
  readonly query: object;
}

export interface KyselyResult<Row> {
  readonly numAffectedRows?: bigint;
  readonly numChangedRows?: bigint;
  readonly insertId?: bigint;
  readonly rows: Row[];
}

export { QueryCacheOptions } from 'hotset/orm'

export { QueryCaching } from 'hotset/orm'

export declare function cacheQueries(caching?: QueryCaching | Duration | boolean): CacheQueriesPlugin;

export declare function cachedDialect<Compiler, Adapter, Database, Introspector>(dialect: KyselyDialect<Compiler, Adapter, Database, Introspector>, options: QueryCacheOptions): KyselyDialect<Compiler, Adapter, Database, Introspector>;
