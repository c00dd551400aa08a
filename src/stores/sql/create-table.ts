import { expectOptions } from '../../kernel/expect.ts'
import type { SqlDialect } from './client.ts'
import type { HandedClient } from './hold-client.ts'
import { creation, type TableOptions, tableName } from './layout.ts'
import { openClient } from './open-client.ts'
import { SqlTable, type TableState } from './table.ts'

const known: ReadonlySet<string> = new Set(['table', 'schema', 'unlogged'])

/** The statements that make the table of the SQL store, where it is not there yet. */
export function createTableSql(dialect: SqlDialect, options: TableOptions = {}): string[] {
  expectOptions('createTableSql', options, known)
  return creation(tableName(dialect, options))
}

/**
 * Makes the table of the SQL store, or migrates an older one, and answers in which state it was.
 * Rejects with a `ConfigError` where there is a table of that name which is not ours.
 */
export async function createTable(
  database: string | HandedClient,
  options: TableOptions = {},
): Promise<TableState> {
  expectOptions('createTable', options, known)
  const { client, release } = await openClient(database)
  try {
    return await new SqlTable(tableName(client.dialect, options), client).prepare(true)
  } finally {
    await release()
  }
}
