import {
  type PgListener,
  type PgPool,
  type Session,
  sessions,
} from '../../drivers/postgres/session.ts'
import { expectOptions, expectString } from '../../kernel/expect.ts'
import { installedFunctions } from './catalog.ts'
import { readName } from './names.ts'
import { planOf, removal, type TablePlan, type WatchPlan } from './plan.ts'
import { readRemark } from './trigger-function.ts'
import { channelOf, type WatchedTables, watchedTables } from './watched-table.ts'

/** Which tables tell of their changes, and where. */
export interface WatchTablesOptions {
  /**
   * `postgres://…`, a `Pool` of the package `pg`, or a connected `Client` in no transaction, as
   * somebody who owns the tables and may create functions in their schemas.
   */
  readonly database: string | PgPool | PgListener
  /**
   * The tables, as queries name them, each with the columns whose values are told, by which rows are
   * told apart: `{ users: ['id', 'email'], 'auth.sessions': [] }`. A part of a name with a dot in it
   * is in double quotes.
   */
  readonly tables: WatchedTables
  /** Where changes are told; each application may have its own. At most 63 bytes. @default 'hotset_changes' */
  readonly channel?: string | undefined
  /** Changes nothing, and answers what would be done. @default false */
  readonly dryRun?: boolean | undefined
}

/** What is taken away again. */
export interface UnwatchTablesOptions extends Omit<WatchTablesOptions, 'tables'> {
  /** Names as they were given to `watchTables`. @default all tables of the channel */
  readonly tables?: readonly string[] | undefined
}

const known: ReadonlySet<string> = new Set(['database', 'tables', 'channel', 'dryRun'])
/** Others who write to the table wait behind us, while we wait for one who has not come to an end. */
const lockTimeout = "SET LOCAL lock_timeout = '5s'"
/** Of two who install, one waits for the other. The number means nothing. */
const oneAtATime = 'SELECT pg_advisory_xact_lock(7310595104)'

/**
 * Makes PostgreSQL tell of every change of the tables, whoever makes it, for `listenToTables`: a
 * trigger function for each, and four triggers on it and on each of its partitions. It may be run
 * again and again, and does what is missing, in one transaction for each table. Rejects with a
 * `ConfigError` for what cannot be watched, and with the driver's error where the database refuses.
 */
export async function watchTables(options: WatchTablesOptions): Promise<WatchPlan[]> {
  expectOptions('watchTables', options, known)
  const channel = channelOf(options)
  const tables = watchedTables(options.tables, channel)
  return withSession(options, async (session) => {
    const plans: WatchPlan[] = []
    for (const table of tables) {
      plans.push(await carryOut(session, options, () => planOf(session, table)))
    }
    return plans
  })
}

/** Takes away what `watchTables` has installed, and nothing else; answers what it took. */
export async function unwatchTables(options: UnwatchTablesOptions): Promise<TablePlan[]> {
  expectOptions('unwatchTables', options, known)
  const channel = channelOf(options)
  const labels = options.tables?.map((text) => {
    const { schema, name } = readName(expectString('tables', text))
    return schema === undefined ? name : `${schema}.${name}`
  })
  return withSession(options, async (session) => {
    const plans: TablePlan[] = []
    for (const found of await installedFunctions(session)) {
      const remark = readRemark(found.comment)
      if (remark?.channel !== channel || labels?.includes(remark.table) === false) continue
      const plan = async () => ({
        table: remark.table,
        statements: await removal(session, found),
      })
      plans.push(await carryOut(session, options, plan))
    }
    return plans
  })
}

async function carryOut<Plan extends TablePlan>(
  { run }: Session,
  { dryRun = false }: { readonly dryRun?: boolean | undefined },
  planned: () => Promise<Plan>,
): Promise<Plan> {
  if (dryRun) return planned()
  await run('BEGIN ISOLATION LEVEL READ COMMITTED')
  try {
    await run(oneAtATime)
    const plan = await planned()
    await run(lockTimeout)
    for (const statement of plan.statements) await run(statement)
    await run('COMMIT')
    return plan
  } catch (error) {
    await run('ROLLBACK').catch(() => {})
    throw error
  }
}

async function withSession<T>(
  { database }: Pick<WatchTablesOptions, 'database'>,
  use: (session: Session) => Promise<T>,
): Promise<T> {
  const session = await sessions(database)()
  try {
    return await use(session)
  } finally {
    session.leave()
  }
}
