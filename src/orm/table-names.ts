/** Schemas that a name may leave out: of PostgreSQL, of SQLite, of SQL Server. */
const usualSchema = /^(public|main|dbo)\./

/** One name for a table, however it was written: the case of a name says nothing in most databases. */
export function tableName(name: string): string {
  return name.toLowerCase().replace(usualSchema, '')
}

/** The name without its schema; undefined of a name that has none. */
export function bareName(name: string): string | undefined {
  const end = name.lastIndexOf('.')
  return end < 0 ? undefined : name.slice(end + 1)
}

/** Whether both may name one table, as a `search_path` or the database of a connection has it. */
export function mayBeOne(name: string, other: string): boolean {
  return name === other || bareName(name) === other || name === bareName(other)
}
