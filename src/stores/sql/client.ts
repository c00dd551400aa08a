/** Whose SQL is spoken. */
export type SqlDialect = 'postgres' | 'mysql' | 'sqlite'

/** MariaDB speaks `mysql`. */
export const dialects: readonly SqlDialect[] = ['postgres', 'mysql', 'sqlite']

/** What a parameter may be. */
export type SqlValue = string | number | Uint8Array | null

/** What a statement has found, or changed. */
export interface SqlResult {
  /** What the statement answers, by the names of the columns; bytes as a `Uint8Array`. */
  readonly rows: readonly Readonly<Record<string, unknown>>[]
  /** How many rows it wrote or removed. */
  readonly changes: number
}

/** What runs the statements of one transaction. */
export interface SqlConnection {
  /** Runs one statement; its parameters are `$1`, `$2` … for PostgreSQL, and `?` for the others. */
  query(sql: string, parameters: readonly SqlValue[]): Promise<SqlResult>
}

/** All that the SQL store asks of a client: any driver becomes one in a few lines. */
export interface SqlClient extends SqlConnection {
  /** The SQL that it speaks. */
  readonly dialect: SqlDialect
  /**
   * Runs `body` in a transaction on a connection of its own, and undoes it where `body` rejects.
   * MySQL needs it, which cannot answer what a statement wrote; the others do not.
   */
  transaction?<T>(body: (connection: SqlConnection) => Promise<T>): Promise<T>
}

/** A client as the store uses it, and what becomes of it in the end. */
export interface HeldClient {
  readonly client: SqlClient
  /** Closes what was opened for the store, and lets go of what was handed to it. */
  release(): Promise<void>
}

/** Longer statements that write come in as many lengths as batches do; those that read in few. */
const longestWritten = 600

/** Whether a statement comes again often enough to be worth preparing. */
export function isPreparable(sql: string): boolean {
  return sql.length <= longestWritten || sql.startsWith('SELECT')
}
