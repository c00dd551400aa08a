import { setImmediate as turn } from 'node:timers/promises'
import { never, type Row, rowOverhead } from './row.ts'
import { type Statement, sql, text } from './statement.ts'
import type { SqlTable } from './table.ts'

/** Rows that one statement removes, as a power of two: others wait a few milliseconds for it. */
const batchPower = 10
/** Rows whose size is looked at; smaller tables are counted, larger ones estimated. */
const sample = 1000

/** Marks that a process sees to the table for a while; no key of a record is encoded like that. */
export function turnRow(until: number): Row {
  const keyBytes = Buffer.of(3)
  return {
    id: keyBytes.toString('latin1'),
    keyBytes,
    longKey: null,
    value: new Uint8Array(0),
    expiresAt: until,
    rank: never,
  }
}

/** How many records there are, and how much room they take: what a table's files take never shrinks. */
export async function survey(table: SqlTable): Promise<{ entries: number; bytes: number }> {
  const { quoted } = table.name
  const size = text('length(key_bytes) + length(value) + coalesce(length(long_key), 0)')
  const {
    rows: [found],
  } = await table.run(
    sql`SELECT count(*) AS entries, coalesce(sum(size), 0) AS bytes FROM (SELECT ${size} AS size FROM ${quoted} WHERE eviction_rank < ${never} ORDER BY eviction_rank LIMIT ${text(`${sample}`)}) AS oldest`,
  )
  const sampled = Number(found?.entries)
  if (sampled === 0) return { entries: 0, bytes: 0 }
  const entries = sampled < sample ? sampled : Math.max(sample, await estimate(table))
  const average = Number(found?.bytes) / sampled + rowOverhead
  return { entries, bytes: Math.round(entries * average) }
}

/** The number of rows as the server's statistics have it; SQLite, which has none, counts an index. */
async function estimate(on: SqlTable): Promise<number> {
  const { dialect, quoted, table, schema } = on.name
  const database = schema === undefined ? text('database()') : sql`${schema}`
  const statements: Readonly<Record<typeof dialect, Statement>> = {
    postgres: sql`SELECT pg_stat_get_live_tuples(to_regclass(${quoted.pieces[0] as string})) AS entries`,
    mysql: sql`SELECT table_rows AS entries FROM information_schema.tables WHERE table_schema = ${database} AND table_name = ${table}`,
    sqlite: sql`SELECT count(*) AS entries FROM ${quoted}`,
  }
  const { rows } = await on.run(statements[dialect])
  return Number(rows[0]?.entries ?? 0)
}

/** Removes what had expired by `now`; answers how many. */
export function removeExpired(table: SqlTable, now: number): Promise<number> {
  const expired = sql`expires_at <= ${now} AND eviction_rank < ${never}`
  return removeFirst(table, 'expires_at', expired, Infinity)
}

/** Removes the records that were written longest ago, those to keep last, until the rest fits. */
export async function removeOldest(table: SqlTable, maxBytes: number): Promise<number> {
  const { entries, bytes } = await survey(table)
  const excess = Math.ceil(entries * (1 - maxBytes / bytes))
  return bytes > maxBytes
    ? removeFirst(table, 'eviction_rank', sql`eviction_rank < ${never}`, excess)
    : 0
}

async function removeFirst(
  table: SqlTable,
  column: 'expires_at' | 'eviction_rank',
  condition: Statement,
  most: number,
): Promise<number> {
  const { dialect, quoted } = table.name
  let removed = 0
  while (removed < most) {
    // SQLite works in this thread, and the others of it want their turn.
    if (removed > 0) await turn()
    const limit = 2 ** Math.min(batchPower, Math.floor(Math.log2(most - removed)))
    const first = sql`WHERE ${condition} ORDER BY ${text(`${column} LIMIT ${limit}`)}`
    const rows = sql`SELECT key_bytes FROM ${quoted} ${first}`
    const statements: Readonly<Record<typeof dialect, Statement>> = {
      postgres: sql`DELETE FROM ${quoted} WHERE key_bytes = ANY (ARRAY (${rows} FOR UPDATE SKIP LOCKED))`,
      mysql: sql`DELETE FROM ${quoted} ${first}`,
      sqlite: sql`DELETE FROM ${quoted} WHERE key_bytes IN (${rows})`,
    }
    const { changes } = await table.run(statements[dialect])
    removed += changes
    if (changes < limit) break
  }
  return removed
}
