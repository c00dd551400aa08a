import { createTableSql, createTable as makeTable } from '../stores/sql/create-table.ts'
import { tableName } from '../stores/sql/layout.ts'
import { dialectOf } from '../stores/sql/open-client.ts'
import type { TableState } from '../stores/sql/table.ts'
import type { TableOptions } from '../stores/sql.ts'
import { storeFailure } from '../stores/store-failure.ts'
import { type Command, UsageError } from './command.ts'
import { asUsage, readArguments } from './read-arguments.ts'

const help = `Usage: hotset create-table URL [options]

Makes the table of the SQL store, or brings an older one up to date. It may be run again and again.
URL is what the cache is given: postgres://…, mysql://…, mariadb://… or sqlite:./file.db, with
?table=… and the other options that it has there.

  --table name    (default hotset_cache)
  --schema name   schema of PostgreSQL or database of MySQL (default: the connection's)
  --unlogged      in PostgreSQL: faster to write, and empty after a crash of the server
  --dry-run       prints the SQL that makes a new table, and connects to nothing
`

const known = {
  table: { type: 'string' },
  schema: { type: 'string' },
  unlogged: { type: 'boolean' },
  'dry-run': { type: 'boolean' },
} as const

const found: Readonly<Record<TableState, string>> = {
  missing: 'was not there: made it',
  outdated: 'was of an older version: brought it up to date',
  current: 'is there and up to date: nothing to do',
}

export const createTable: Command = {
  name: 'create-table',
  summary: 'makes the table of the SQL store, or brings an older one up to date',
  help,
  async run(args, { stdout }) {
    const { url, options, name, isDry } = read(args)
    if (isDry) {
      const statements = createTableSql(name.dialect, options)
      stdout.write(statements.map((statement) => `${statement};\n`).join(''))
      return
    }
    const state = await makeTable(url, options).catch((error: unknown) => {
      throw storeFailure('The database', error)
    })
    stdout.write(`The table ${name.table} ${found[state]}\n`)
  },
}

function read(args: readonly string[]) {
  const { values, positionals } = readArguments(args, known)
  const [address, ...others] = positionals
  if (address === undefined) throw new UsageError('Expected the URL of a database')
  if (others.length > 0) throw new UsageError(`Expected one URL, got ${positionals.length}`)
  const { url, ...named } = takenApart(address)
  if (/^\w+:\/*$/.test(url)) throw new UsageError('Expected the URL to say where the database is')
  const options: TableOptions = {
    table: values.table ?? named.table,
    schema: values.schema ?? named.schema,
    unlogged: values.unlogged ?? named.unlogged,
  }
  const name = asUsage(() => tableName(dialectOf(url), options))
  return { url, options, name, isDry: values['dry-run'] ?? false }
}

/** The driver's part of a URL, and what the cache would take out of it. */
function takenApart(address: string) {
  const [location = '', ...rest] = address.split('?')
  const query = new URLSearchParams(rest.join('?'))
  const take = (name: string) => {
    const value = query.get(name) ?? undefined
    query.delete(name)
    return value
  }
  const [table, schema, unlogged] = [take('table'), take('schema'), take('unlogged')]
  for (const name of ['maxBytes', 'createTable']) query.delete(name)
  return {
    url: query.size === 0 ? location : `${location}?${query}`,
    table,
    schema,
    unlogged: unlogged === undefined ? undefined : unlogged !== 'false',
  }
}
