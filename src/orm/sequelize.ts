import { invalid } from '../kernel/expect.ts'
import { connectionsOf } from './connection-changes.ts'
import type { DatabaseChanges } from './database-changes.ts'
import { runAndTell } from './run-and-tell.ts'

/** The slice of an instance of Sequelize that is needed. */
export interface SequelizeInstance {
  addHook(hook: 'beforeQuery', name: string, listener: SequelizeListener): unknown
  removeHook(hook: 'beforeQuery', name: string): unknown
}

/** What Sequelize calls a hook. */
export type SequelizeListener = (options: object, query: object) => void

/** A statement about to be run. */
interface Query {
  readonly connection: object
  run(sql: string, parameters?: unknown): Promise<unknown>
}

let hooks = 0

/**
 * Tells what is changed through Sequelize: models, bulk operations and raw statements, at the end of
 * their transaction. Answers how to stop it. Throws a `ConfigError` for what is no Sequelize.
 */
export function sequelizeChanges(
  sequelize: SequelizeInstance,
  changes: DatabaseChanges,
): () => void {
  if (typeof sequelize?.addHook !== 'function') {
    throw invalid('sequelize', 'an instance of Sequelize', sequelize)
  }
  const connectionOf = connectionsOf(changes)
  const name = `hotset ${hooks++}`
  sequelize.addHook('beforeQuery', name, (_, given) => {
    const query = given as Query
    const run = query.run
    // `afterQuery` does not tell what was run, nor whether it failed.
    query.run = (sql, parameters) =>
      runAndTell(connectionOf(query.connection), sql, positional(parameters), () =>
        run.call(query, sql, parameters),
      )
  })
  return () => void sequelize.removeHook('beforeQuery', name)
}

/** For SQLite they come by their names: `$1`, `$2`. */
function positional(parameters: unknown): readonly unknown[] {
  if (Array.isArray(parameters)) return parameters
  const named = (parameters ?? {}) as Readonly<Record<string, unknown>>
  const values: unknown[] = []
  for (let at = 1; `$${at}` in named; at++) values.push(named[`$${at}`])
  return values
}
