// hotset/sql

export type HandedClient = SqlClient | PgClient | MysqlPool | MysqlCallbacks | SqliteDatabase;

export interface SqlClient extends SqlConnection {
  readonly dialect: SqlDialect;
  transaction?<T>(body: (connection: SqlConnection) => Promise<T>): Promise<T>;
}

export interface SqlConnection {
  query(sql: string, parameters: readonly SqlValue[]): Promise<SqlResult>;
}

export type SqlDialect = 'postgres' | 'mysql' | 'sqlite';

export interface SqlResult {
  readonly rows: readonly Readonly<Record<string, unknown>>[];
  readonly changes: number;
}

export interface SqlStoreOptions extends TableOptions {
  readonly database: string | HandedClient;
  readonly createTable?: boolean | undefined;
  readonly maxBytes?: number | string | undefined;
  readonly clock?: Clock | undefined;
}

export type SqlValue = string | number | Uint8Array | null;

export interface TableOptions {
  readonly table?: string | undefined;
  readonly schema?: string | undefined;
  readonly unlogged?: boolean | undefined;
}

export type TableState = 'missing' | 'outdated' | 'current';

export declare function createTable(database: string | HandedClient, options?: TableOptions): Promise<TableState>;

export declare function createTableSql(dialect: SqlDialect, options?: TableOptions): string[];

export declare function sqlStore(options: SqlStoreOptions): Store;

// Named above, and exported by no entry:

export interface MysqlCallbacks {
  promise(): MysqlPool;
}

export interface MysqlConnection extends MysqlQueries {
  beginTransaction(): Promise<void>;
  commit(): Promise<void>;
  rollback(): Promise<void>;
  release(): void;
  destroy(): void;
}

export interface MysqlPool extends MysqlQueries {
  getConnection(): Promise<MysqlConnection>;
}

export interface MysqlQueries {
  query(statement: MysqlStatement): Promise<readonly [unknown, ...unknown[]]>;
  execute(statement: MysqlStatement): Promise<readonly [unknown, ...unknown[]]>;
}

export interface MysqlStatement {
  readonly sql: string;
  readonly values: unknown[];
  readonly rowsAsArray?: boolean;
}

export interface PgClient {
  query(statement: PgStatement): Promise<PgResult>;
  connect(): Promise<unknown>;
  on(event: 'error', listener: (error: Error) => void): unknown;
  off(event: 'error', listener: (error: Error) => void): unknown;
}

export interface PgResult extends PgRows {
  readonly rowCount: number | null;
}

export interface PgStatement {
  readonly name?: string;
  readonly text: string;
  readonly values: unknown[];
}

export interface SqliteDatabase {
  prepare(sql: string): SqliteStatement;
  exec(sql: string): unknown;
}

export interface SqliteStatement {
  all(...parameters: SqlValue[]): unknown[];
  run(...parameters: SqlValue[]): {
    readonly changes: number | bigint;
  };
}
