import type { Session } from '../../drivers/postgres/session.ts'
import {
  expectColumns,
  type InstalledFunction,
  installedFunctions,
  installedTriggers,
  type Relation,
  relationsOf,
} from './catalog.ts'
import { literal, quoted, quotedTable } from './names.ts'
import { functionSource, functionSql, readRemark, remarkOn } from './trigger-function.ts'
import type { WatchedTable } from './watched-table.ts'

/**
 * What was found of ours: nothing, what another version or other columns have left or somebody has
 * changed, what there is to be, or what a later version has made, which is left alone.
 */
export type WatchState = 'missing' | 'outdated' | 'current' | 'newer'

/** What there is to do for one table. */
export interface TablePlan {
  /** As its changes call it. */
  readonly table: string
  /** What brings the database there, in one transaction. */
  readonly statements: readonly string[]
}

/** What has to be done for all tables. */
export interface WatchPlan extends TablePlan {
  /** What was found of ours. */
  readonly state: WatchState
}

/** How PostgreSQL describes our triggers: type (of the statement, after it), always enabled, transition tables. */
const events = [
  {
    event: 'INSERT',
    referencing: ' REFERENCING NEW TABLE AS hotset_new',
    definition: '4 A hotset_new',
  },
  {
    event: 'UPDATE',
    referencing: ' REFERENCING OLD TABLE AS hotset_old NEW TABLE AS hotset_new',
    definition: '16 A hotset_old hotset_new',
  },
  {
    event: 'DELETE',
    referencing: ' REFERENCING OLD TABLE AS hotset_old',
    definition: '8 A hotset_old',
  },
  { event: 'TRUNCATE', referencing: '', definition: '32 A' },
] as const

/** Compares what there is with what there is to be. Rejects with a `ConfigError` what cannot be watched. */
export async function planOf(session: Session, table: WatchedTable): Promise<WatchPlan> {
  const relations = await relationsOf(session, table)
  const [own] = relations
  await expectColumns(session, table, own)
  const remark = remarkOn(table)
  const functions = await installedFunctions(session, table.watch)
  const found = functions.find(({ schema }) => schema === own.schema)
  if ((readRemark(found?.comment ?? '')?.version ?? 0) > remark.version) {
    return { table: table.label, state: 'newer', statements: [] }
  }
  const statements = [
    ...functionStatements(table, own, found),
    ...(await triggerStatements(session, table, relations, found)),
  ]
  const state = statements.length === 0 ? 'current' : found ? 'outdated' : 'missing'
  return { table: table.label, state, statements }
}

/**
 * Whether changes of the table itself are told, with these columns at least: `'otherwise'` where some
 * are not. What the next run of `watchTables` would make better is no reason not to listen.
 */
export async function isWatched(
  session: Session,
  table: WatchedTable,
): Promise<boolean | 'otherwise'> {
  const [own] = await relationsOf(session, table)
  const functions = await installedFunctions(session, table.watch)
  const found = functions.find(({ schema }) => schema === own.schema)
  if (found === undefined) return false
  const told = readRemark(found.comment)?.columns ?? []
  const triggers = await installedTriggers(session, found)
  const enabled = triggers.filter(
    ({ id, definition }) => id === own.id && /^\d+ [AO]/.test(definition),
  )
  const isWhole = table.columns.every((column) => told.includes(column))
  return isWhole && enabled.length >= events.length ? true : 'otherwise'
}

/** What takes away a function of ours and its triggers; nothing else hangs on it, or it fails. */
export async function removal(session: Session, found: InstalledFunction): Promise<string[]> {
  const triggers = await installedTriggers(session, found)
  return [
    ...triggers.map((at) => `DROP TRIGGER ${quoted(at.trigger)} ON ${quotedTable(at)}`),
    `DROP FUNCTION ${quotedTable(found)}()`,
  ]
}

function functionStatements(
  table: WatchedTable,
  { schema }: Relation,
  found: InstalledFunction | undefined,
): string[] {
  const name = quotedTable({ schema, name: table.watch })
  const definition = `t {"search_path=pg_catalog, pg_temp"} ${functionSource(table)}`
  const comment = JSON.stringify(remarkOn(table))
  return [
    ...(found?.definition === definition
      ? []
      : [functionSql(table, schema), `REVOKE ALL ON FUNCTION ${name}() FROM PUBLIC`]),
    ...(found?.comment === comment ? [] : [`COMMENT ON FUNCTION ${name}() IS ${literal(comment)}`]),
  ]
}

async function triggerStatements(
  session: Session,
  table: WatchedTable,
  relations: readonly [Relation, ...Relation[]],
  found: InstalledFunction | undefined,
): Promise<string[]> {
  const [{ schema }] = relations
  const triggers = found ? await installedTriggers(session, found) : []
  return relations.flatMap((relation) =>
    events.flatMap(({ event, referencing, definition }) => {
      const name = `${table.watch}_${event.toLowerCase()}`
      const there = triggers.find(({ id, trigger }) => id === relation.id && trigger === name)
      if (there?.definition === definition) return []
      const on = quotedTable(relation)
      return [
        ...(there ? [`DROP TRIGGER ${quoted(name)} ON ${on}`] : []),
        `CREATE TRIGGER ${quoted(name)} AFTER ${event} ON ${on}${referencing} FOR EACH STATEMENT EXECUTE FUNCTION ${quotedTable({ schema, name: table.watch })}()`,
        // Also of what a replication tool writes; of this table alone, as each has its own.
        `ALTER TABLE ONLY ${on} ENABLE ALWAYS TRIGGER ${quoted(name)}`,
      ]
    }),
  )
}
