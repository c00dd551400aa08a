import { readName } from '../orm/postgres/names.ts'
import type { TablePlan, WatchState } from '../orm/postgres/plan.ts'
import { unwatchTables, watchTables } from '../orm/postgres/watch-tables.ts'
import {
  channelOf,
  defaultChannel,
  type WatchedTables,
  watchedTables,
} from '../orm/postgres/watched-table.ts'
import { storeFailure } from '../stores/store-failure.ts'
import { asUsage } from './as-usage.ts'
import { type Command, command, UsageError, type Values } from './command.ts'
import { jsonText, printable } from './printable.ts'

const flags = {
  channel: { value: 'name', help: `where changes are told (default ${defaultChannel})` },
  remove: { help: 'takes away what this command has made, for these tables or for all' },
  'dry-run': { help: 'prints the SQL that is needed, and changes nothing' },
  json: { help: 'prints an array of {table, state, statements}, with --remove without state' },
} as const

const found: Readonly<Record<WatchState, string>> = {
  missing: 'was not watched: it is now',
  outdated: 'was watched otherwise: brought it up to date',
  current: 'is watched as it should be: nothing to do',
  newer: 'is watched by a later version: left it alone',
}

/**
 * Makes PostgreSQL tell of every change of a table, whoever makes it, by a function and triggers:
 * see [the guide](../guides/postgres-triggers.md). A table is written `users`, `auth.users` or
 * `auth.users:id,email`, with the columns by which rows are told apart. It may be run again and
 * again, and must be run as whoever owns the tables.
 *
 * `--json` prints an array of `{ table, state, statements }`, with `--remove` without `state`.
 */
export const watchTable: Command = command({
  details: `
Makes PostgreSQL tell of every change of a table, whoever makes it, so that what was read from it
can be given up: a function and triggers. It may be run again and again.
A table is written users, auth.users or auth.users:id,email, with the columns by which rows are told
apart; a name with other signs in double quotes: '"a.b":"an id"'. It must belong to whoever the URL
names.`,
  operands: [
    { name: 'url', expected: 'the URL of a database' },
    { name: 'table', many: true },
  ],
  flags,
  async run(operands, values, { stdout }) {
    const options = read(operands, values)
    const plans = await (values.remove ? unwatch(options) : watch(options)).catch(
      (error: unknown) => {
        throw storeFailure('The database', error)
      },
    )
    if (values.json) {
      const bare = plans.map(({ said, ...plan }) => plan)
      stdout.write(`${jsonText(bare, 2)}\n`)
    } else if (values['dry-run']) stdout.write(plans.map(script).join(''))
    else if (plans.length === 0) stdout.write('No table is watched: nothing to do\n')
    else stdout.write(plans.map(line).join(''))
  },
})

interface Said extends TablePlan {
  readonly said: string
}

type Options = ReturnType<typeof read>

async function watch(options: Options): Promise<Said[]> {
  const plans = await watchTables(options)
  return plans.map((plan) => ({ ...plan, said: found[plan.state] }))
}

async function unwatch({ tables, ...rest }: Options): Promise<Said[]> {
  const names = Object.keys(tables)
  const plans = await unwatchTables({ ...rest, tables: names.length === 0 ? undefined : names })
  return plans.map((plan) => ({ ...plan, said: 'is watched no more' }))
}

function line({ table, said }: Said): string {
  return `The table ${printable(table)} ${said}\n`
}

function script({ table, statements }: Said): string {
  if (statements.length === 0) return `-- ${printable(table)}: nothing to do\n`
  const lines = ['BEGIN', ...statements, 'COMMIT'].map((statement) => `${statement};\n`)
  return `-- ${printable(table)}\n${lines.join('')}`
}

function read(operands: readonly string[], values: Values<typeof flags>) {
  const [database = '', ...texts] = operands
  if (!/^postgres(ql)?:\/\/[^/]/.test(database)) {
    // It is not shown, for there may be a password in it.
    throw new UsageError('Expected the URL of a database to begin with postgres:// and a host')
  }
  if (texts.length === 0 && !values.remove) throw new UsageError('Expected a table')
  const tables: WatchedTables = Object.fromEntries(texts.map(readTable))
  if (Object.keys(tables).length < texts.length) {
    throw new UsageError('Expected each table once')
  }
  const channel = asUsage(() => channelOf(values))
  asUsage(() => watchedTables(tables, channel))
  return { database, tables, channel, dryRun: values['dry-run'] }
}

const name = '"(?:[^"]|"")+"|[^".:,]+'
const written = new RegExp(`^((?:${name})(?:\\.(?:${name}))?)(?::((?:${name})(?:,(?:${name}))*))?$`)

/** `auth.users:id,email`. */
function readTable(text: string): [string, string[]] {
  const [, table, columns = ''] = written.exec(text) ?? []
  if (table === undefined) {
    throw new UsageError(`Expected a table such as users or auth.users:id,email, got ${text}`)
  }
  const names = columns.match(new RegExp(name, 'g')) ?? []
  return [table, names.map((column) => readName(column).name)]
}
