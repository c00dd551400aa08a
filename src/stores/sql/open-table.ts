import { type Changes, lockingChanges, returningChanges } from './changes.ts'
import type { SqlClient } from './client.ts'
import type { TableName } from './layout.ts'
import { sql, text } from './statement.ts'
import { SqlTable } from './table.ts'

const megabyte = 1024 ** 2
/** PostgreSQL answers bytes as text of twice their length, and a text has up to 1 GB. */
const largestRow = 128 * megabyte
const largestBatch = 8 * megabyte
/** What a packet of MySQL holds beside one row. */
const packetHead = 16_384

/** The table, ready to be used, and what a statement on it can take. */
export interface OpenTable {
  readonly table: SqlTable
  readonly changes: Changes
  /** Most bytes of one row. */
  readonly largestRow: number
  /** Most bytes of the rows of one statement. */
  readonly largestBatch: number
}

export async function openTable(
  client: SqlClient,
  name: TableName,
  mayChange: boolean,
): Promise<OpenTable> {
  const table = new SqlTable(name, client)
  await table.prepare(mayChange)
  if (client.dialect !== 'mysql') {
    return { table, changes: returningChanges(table), largestRow, largestBatch }
  }
  const { rows } = await table.run(sql`SELECT ${text('@@max_allowed_packet')} AS bytes`)
  const packet = Number(rows[0]?.bytes)
  return {
    table,
    changes: lockingChanges(table),
    largestRow: Math.min(largestRow, packet - packetHead),
    // The driver may write bytes as text of twice their length.
    largestBatch: Math.min(largestBatch, Math.floor(packet / 4)),
  }
}
