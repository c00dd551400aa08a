import { CacheError } from '../../kernel/errors.ts'
import type { SqlClient, SqlDialect } from '../../stores/sql/client.ts'
import { tableName } from '../../stores/sql/layout.ts'
import { openClient } from '../../stores/sql/open-client.ts'
import { SqlTable } from '../../stores/sql/table.ts'
import { databaseUrl } from '../database-url.ts'
import { clockFinding, type Finding, versionFinding } from './finding.ts'

/** What a database is asked for; SQLite has this machine's clock. */
const questions: Readonly<
  Record<SqlDialect, { readonly name: string; readonly least: string; readonly sql: string }>
> = {
  postgres: {
    name: 'PostgreSQL',
    least: '13',
    sql: "SELECT current_setting('server_version') AS version, extract(epoch FROM clock_timestamp()) * 1000 AS now",
  },
  mysql: {
    name: 'MySQL or MariaDB',
    least: '8',
    sql: 'SELECT VERSION() AS version, UNIX_TIMESTAMP(NOW(6)) * 1000 AS now',
  },
  sqlite: { name: 'SQLite', least: '3.35', sql: 'SELECT sqlite_version() AS version' },
}

const harmfulUsage = 0.5

/** What a database tells of itself, and of the table. */
export async function* sqlFindings(url: string): AsyncGenerator<Finding> {
  const { url: address, table } = databaseUrl(url)
  const { client, release } = await openClient(address)
  try {
    const { name, least, sql } = questions[client.dialect]
    const before = Date.now()
    const { rows } = await client.query(sql, [])
    const after = Date.now()
    yield versionFinding(name, String(rows[0]?.version ?? '0'), least)
    const now = Number(rows[0]?.now)
    if (now > 0) yield clockFinding(now, before, after)
    if (client.dialect === 'postgres') yield await queueFinding(client)
    yield await tableFinding(client, table)
  } finally {
    await release()
  }
}

/** A listener that does not listen holds up what PostgreSQL has to tell: once that is full, commits fail. */
async function queueFinding(client: SqlClient): Promise<Finding> {
  const { rows } = await client.query('SELECT pg_notification_queue_usage() AS used', [])
  const used = Number(rows[0]?.used)
  const check = 'notifications'
  const found = `${Math.round(used * 100)}% of the queue of notifications is taken`
  if (used < harmfulUsage) return { check, severity: 'ok', found }
  const advice = 'end the session that listens in a transaction that stays open (pg_stat_activity)'
  return { check, severity: 'warning', found, advice }
}

async function tableFinding(
  client: SqlClient,
  options: Parameters<typeof tableName>[1],
): Promise<Finding> {
  const name = tableName(client.dialect, options)
  try {
    await new SqlTable(name, client).prepare(false)
    return { check: 'table', severity: 'ok', found: `${name.table} is there and up to date` }
  } catch (error) {
    if (!(error instanceof CacheError)) throw error
    const advice = 'npx hotset create-table, or let the application make it'
    const found = `${name.table} is not there, or not up to date`
    return { check: 'table', severity: 'warning', found, advice }
  }
}
