import type { SqlClient, SqlValue } from './client.ts'

/** The slice of a `Database` of `better-sqlite3` or a `DatabaseSync` of `node:sqlite` that is needed. */
export interface SqliteDatabase {
  prepare(sql: string): SqliteStatement
  exec(sql: string): unknown
}

export interface SqliteStatement {
  all(...parameters: SqlValue[]): unknown[]
  run(...parameters: SqlValue[]): { readonly changes: number | bigint }
}

/** Prepared statements that are kept: more than the store has in use, and up to some 500 rows each. */
const mostStatements = 100
const longestKept = 10_000

export function sqliteClient(database: SqliteDatabase): SqlClient {
  const statements = new Map<string, SqliteStatement>()
  const prepare = (sql: string): SqliteStatement => {
    const known = statements.get(sql)
    if (known) return known
    const statement = database.prepare(sql)
    if (statements.size === mostStatements) statements.clear()
    if (sql.length <= longestKept) statements.set(sql, statement)
    return statement
  }
  return {
    dialect: 'sqlite',
    async query(sql, parameters) {
      const statement = prepare(sql)
      if (!answersRows(sql)) {
        return { rows: [], changes: Number(statement.run(...parameters).changes) }
      }
      const rows = statement.all(...parameters) as Record<string, unknown>[]
      return { rows, changes: rows.length }
    },
  }
}

/** The two drivers want to be asked in another way where there are rows to answer. */
function answersRows(sql: string): boolean {
  return /^\s*(select|pragma)\b|\breturning [\w\s.,]+$/i.test(sql)
}
