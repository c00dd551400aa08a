import { ConfigError } from '../../kernel/errors.ts'
import { show } from '../../kernel/expect.ts'
import type { SqlDialect } from './client.ts'
import { type Statement, sql, text } from './statement.ts'

/**
 * One row a record. Keys are bytes, so that no collation folds them and NUL is allowed; those that
 * are too long for an index are hashed, and kept in full beside. Rows expire by one index, and are
 * evicted by the other. The stamp is not a column of its own: it is compared inside `value`.
 */
export const longestKeyBytes = 700

/** Leaves room for the names of the indexes: PostgreSQL cuts names off after 63 bytes. */
const longestName = 48

/**
 * The columns of each version of the table. A version adds one, in one statement, so that a table
 * is always of some version, whoever was killed while it migrated it.
 */
const versions: readonly (readonly string[])[] = [
  ['key_bytes', 'value', 'expires_at', 'long_key'],
  ['key_bytes', 'value', 'expires_at', 'long_key', 'eviction_rank'],
]
export const currentVersion: number = versions.length - 1

/** Which table, and how it is made. */
export interface TableOptions {
  /** Name of the table, of any characters. @default 'hotset_cache' */
  readonly table?: string | undefined
  /** Schema of PostgreSQL or database of MySQL that it is in. @default the one of the connection */
  readonly schema?: string | undefined
  /**
   * Makes an unlogged table in PostgreSQL: written two to three times as fast, and empty after a
   * crash of the server. @default false
   */
  readonly unlogged?: boolean | undefined
}

/** The table as statements name it. */
export interface TableName {
  readonly dialect: SqlDialect
  readonly table: string
  readonly schema: string | undefined
  readonly unlogged: boolean
  readonly quoted: Statement
}

export function tableName(dialect: SqlDialect, options: TableOptions): TableName {
  const { table = 'hotset_cache', schema, unlogged = false } = options
  expectName('table', table)
  if (schema !== undefined) expectName('schema', schema)
  const parts = schema === undefined ? [table] : [schema, table]
  const quoted = text(parts.map((part) => quote(dialect, part)).join('.'))
  return { dialect, table, schema, unlogged, quoted }
}

/** Answers the columns of the table; none where there is no such table. */
export function columnsStatement({ dialect, table, schema, quoted }: TableName): Statement {
  if (dialect === 'postgres') {
    return sql`SELECT attname AS name FROM pg_attribute WHERE attrelid = to_regclass(${quoted.pieces[0] as string}) AND attnum > 0 AND NOT attisdropped`
  }
  if (dialect === 'sqlite') {
    const place = schema === undefined ? sql`${table}` : sql`${table}, ${schema}`
    return sql`SELECT name FROM pragma_table_info(${place})`
  }
  const where = schema === undefined ? text('database()') : sql`${schema}`
  return sql`SELECT column_name AS name FROM information_schema.columns WHERE table_schema = ${where} AND table_name = ${table}`
}

/** The version of a table with these columns; undefined where it is not ours. */
export function versionOf(columns: readonly string[]): number | undefined {
  const version = versions.findIndex(
    (known) => known.length === columns.length && known.every((column) => columns.includes(column)),
  )
  return version < 0 ? undefined : version
}

/** Statements that make the table, where it is not there already. */
export function creation(name: TableName): string[] {
  const columns = (bytes: string, key: string, integer: string) =>
    `key_bytes ${key} NOT NULL PRIMARY KEY, value ${bytes} NOT NULL, expires_at ${integer} NOT NULL, long_key ${bytes}, eviction_rank ${integer} NOT NULL`
  const table = name.quoted.pieces[0]
  switch (name.dialect) {
    case 'postgres':
      return [
        `CREATE ${name.unlogged ? 'UNLOGGED ' : ''}TABLE IF NOT EXISTS ${table} (${columns('bytea', 'bytea', 'bigint')})`,
        // Compressed values could not be looked into without being read in full.
        `ALTER TABLE ${table} ALTER COLUMN value SET STORAGE EXTERNAL`,
        ...indexes(name),
      ]
    case 'mysql':
      return [
        `CREATE TABLE IF NOT EXISTS ${table} (${columns('longblob', `varbinary(${longestKeyBytes})`, 'bigint')}, KEY expires_at (expires_at), KEY eviction_rank (eviction_rank)) ENGINE = InnoDB DEFAULT CHARACTER SET binary`,
      ]
    case 'sqlite':
      return [
        `CREATE TABLE IF NOT EXISTS ${table} (${columns('blob', 'blob', 'integer')})`,
        ...indexes(name),
      ]
  }
}

/** Statements that bring a table of this version up to date. */
export function migration(name: TableName, version: number): string[] {
  const table = name.quoted.pieces[0]
  if (version === currentVersion) return []
  const column = 'eviction_rank bigint NOT NULL DEFAULT 0'
  return name.dialect === 'mysql'
    ? [`ALTER TABLE ${table} ADD COLUMN ${column}, ADD KEY eviction_rank (eviction_rank)`]
    : [`ALTER TABLE ${table} ADD COLUMN ${column}`, ...indexes(name)]
}

function indexes({ dialect, table, schema, quoted }: TableName): string[] {
  return ['expires_at', 'eviction_rank'].map((column) => {
    const index = quote(dialect, `${table}_${column}`)
    // SQLite wants the schema before the index, PostgreSQL takes it from the table.
    return dialect === 'sqlite'
      ? `CREATE INDEX IF NOT EXISTS ${schema === undefined ? '' : `${quote(dialect, schema)}.`}${index} ON ${quote(dialect, table)} (${column})`
      : `CREATE INDEX IF NOT EXISTS ${index} ON ${quoted.pieces[0]} (${column})`
  })
}

function quote(dialect: SqlDialect, name: string): string {
  const mark = dialect === 'mysql' ? '`' : '"'
  return `${mark}${name.replaceAll(mark, mark + mark)}${mark}`
}

function expectName(option: string, name: unknown): void {
  const isName = typeof name === 'string' && name !== '' && !name.includes('\0')
  if (isName && Buffer.byteLength(name) <= longestName) return
  throw new ConfigError(
    `Expected \`${option}\` to be a name of 1 to ${longestName} bytes, got ${show(name)}`,
  )
}
