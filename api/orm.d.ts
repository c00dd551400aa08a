// hotset/orm

export type ChangeListener = (change: TableChange) => unknown;

export type ColumnValues = readonly unknown[] | 'new';

export declare class ConnectionQueries {
  #private;
  constructor(queries: QueryCache, changes: DatabaseChanges);
  run<T>(query: Query<T>): Promise<T>;
  step(statement: TransactionStep): Promise<void>;
}

export interface DatabaseChanges {
  readonly tags: TableTags;
  changed(changes: TableChange | readonly TableChange[]): Promise<void>;
  saved(table: string, after: Row, before?: Row): Promise<void>;
  deleted(table: string, before: Row): Promise<void>;
  on(table: string, listener: ChangeListener): () => void;
  transaction(): TransactionChanges;
}

export interface DatabaseChangesOptions extends TableTagsOptions {
  readonly cache: InvalidatedCache | readonly InvalidatedCache[];
  readonly onError?: ((error: unknown) => void) | undefined;
}

export type InvalidatedCache = Pick<Cache, 'invalidate'>;

export interface Query<T> {
  readonly sql: string;
  readonly parameters: readonly unknown[];
  readonly caching?: QueryCaching | boolean | undefined;
  readonly form?: string | undefined;
  run(): Promise<T>;
  isEmpty(result: T): boolean;
}

export declare class QueryCache {
  #private;
  constructor(options: QueryCacheOptions);
  connection(): ConnectionQueries;
}

export interface QueryCacheOptions {
  readonly cache: Cache;
  readonly changes: DatabaseChanges;
  readonly strategy?: 'explicit' | 'all' | undefined;
  readonly options?: EntryOptions | undefined;
}

export interface QueryCaching extends EntryOptions {
  readonly key?: string | undefined;
}

export type Row = object;

export interface RowChange {
  readonly before?: Row | undefined;
  readonly after?: Row | undefined;
}

export interface TableChange {
  readonly table: string;
  readonly rows?: readonly RowChange[] | undefined;
  readonly values?: ReadonlyMap<string, ColumnValues> | undefined;
}

export interface TableTags {
  readonly database: string;
  table(name: string): string[];
  rows(name: string, row: Row): string[];
  among(name: string, column: string, values: readonly unknown[], wanting: boolean): string[];
  columns(name: string): readonly string[];
  changed(changes: readonly TableChange[]): string[];
}

export interface TableTagsOptions {
  readonly database?: string | undefined;
  readonly columns?: Readonly<Record<string, readonly string[]>> | undefined;
  readonly generated?: Readonly<Record<string, readonly string[]>> | undefined;
  readonly dependents?: Readonly<Record<string, readonly string[]>> | undefined;
}

export interface TransactionChanges {
  readonly savepoints: number;
  add(changes: TableChange | readonly TableChange[]): void;
  savepoint(name: string): void;
  rollbackTo(name: string): void;
  release(name: string): void;
  tell(): Promise<void>;
  commit(): Promise<void>;
  rollback(): void;
}

export type TransactionStep = {
  readonly kind: 'begin' | 'commit' | 'rollback';
} | {
  readonly kind: 'savepoint' | 'rollback to' | 'release';
  readonly name: string;
};

export declare function databaseChanges(options: DatabaseChangesOptions): DatabaseChanges;

export declare function tableTags(options?: TableTagsOptions): TableTags;
