import { createTableSql, createTable as makeTable } from '../stores/sql/create-table.ts'
import { tableName } from '../stores/sql/layout.ts'
import { dialectOf } from '../stores/sql/open-client.ts'
import type { TableState } from '../stores/sql/table.ts'
import type { TableOptions } from '../stores/sql.ts'
import { storeFailure } from '../stores/store-failure.ts'
import { asUsage } from './as-usage.ts'
import { type Command, command, UsageError, type Values } from './command.ts'
import { databaseUrl } from './database-url.ts'
import { jsonText, printable } from './printable.ts'

const flags = {
  table: { value: 'name', help: 'the table (default hotset_cache)' },
  schema: {
    value: 'name',
    help: "schema of PostgreSQL or database of MySQL (default: the connection's)",
  },
  unlogged: { help: 'in PostgreSQL: faster to write, and empty after a crash of the server' },
  'dry-run': { help: 'prints the SQL that makes a new table, and connects to nothing' },
  json: { help: 'prints {table, state}, or with --dry-run an array of statements' },
} as const

const found: Readonly<Record<TableState, string>> = {
  missing: 'was not there: made it',
  outdated: 'was of an older version: brought it up to date',
  current: 'is there and up to date: nothing to do',
}

/**
 * Makes the table of [the SQL store](../stores/sql.md), or brings an older one up to date, and says
 * which it was. It may be run again and again, also by several at once; a table of that name that
 * is not ours is left alone (exit code 1). With it an application can run as somebody who may not
 * define tables (`createTable: false`).
 */
export const createTable: Command = command({
  details: `
Makes the table of the SQL store, or brings an older one up to date. It may be run again and again.
URL is what the cache is given: postgres://…, mysql://…, mariadb://… or sqlite:./file.db, with
?table=… and the other options that it has there.`,
  operands: [{ name: 'url', expected: 'the URL of a database', many: true }],
  flags,
  async run(operands, values, { stdout }) {
    const { url, options, name } = read(operands, values)
    if (values['dry-run']) {
      const statements = createTableSql(name.dialect, options)
      if (values.json) stdout.write(`${jsonText(statements, 2)}\n`)
      else stdout.write(statements.map((statement) => `${statement};\n`).join(''))
      return
    }
    const state = await makeTable(url, options).catch((error: unknown) => {
      throw storeFailure('The database', error)
    })
    const said = values.json
      ? jsonText({ table: name.table, state })
      : `The table ${printable(name.table)} ${found[state]}`
    stdout.write(`${said}\n`)
  },
})

function read(operands: readonly string[], values: Values<typeof flags>) {
  const [address = '', ...others] = operands
  if (others.length > 0) throw new UsageError(`Expected one URL, got ${operands.length}`)
  const { url, table: named } = databaseUrl(address)
  if (/^\w+:\/*$/.test(url)) throw new UsageError('Expected the URL to say where the database is')
  const options: TableOptions = {
    table: values.table ?? named.table,
    schema: values.schema ?? named.schema,
    unlogged: values.unlogged ?? named.unlogged,
  }
  const name = asUsage(() => tableName(dialectOf(url), options))
  return { url, options, name }
}
