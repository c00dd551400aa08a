import { invalid } from '../kernel/expect.ts'
import { connectionsOf } from './connection-changes.ts'
import type { DatabaseChanges } from './database-changes.ts'
import { ownCopy } from './own-copy.ts'
import { QueryCache, type QueryCacheOptions, type QueryCaching } from './query-cache.ts'
import { runAndTell } from './run-and-tell.ts'
import { readStatements } from './sql/statement.ts'

/** The slice of an instance of Knex that is needed. */
export interface KnexInstance {
  readonly client: object
}

/** The slice of a query builder of Knex that is needed. */
export interface KnexBuilder<T> extends PromiseLike<T> {
  toSQL(): {
    readonly method: string
    readonly pluck?: string
    toNative(): { readonly sql: string; readonly bindings: readonly unknown[] }
  }
}

interface Query {
  readonly sql: string
  readonly bindings?: readonly unknown[]
}

interface Client {
  _query(connection: object, query: Query): Promise<unknown>
}

/** What `raw` answers is an object of the driver's own. */
const cachedMethods: ReadonlySet<string> = new Set(['select', 'first', 'pluck'])

/**
 * Tells what is changed through Knex: builders, raw statements and schemas, at the end of their
 * transaction. Answers how to stop it. Throws a `ConfigError` for what is no Knex.
 *
 * Overrides the one method of the client through which every statement goes, as nobody waits for what
 * the event `query-response` starts. The clients of transactions are made of this one's constructor: so
 * this one gets a class of its own.
 */
export function knexChanges(knex: KnexInstance, changes: DatabaseChanges): () => void {
  const client = knex?.client as Partial<Client> | undefined
  if (typeof client?._query !== 'function') throw invalid('knex', 'an instance of Knex', knex)
  const connectionOf = connectionsOf(changes)
  let isStopped = false
  const Usual = client.constructor as new () => Client
  class Telling extends Usual {
    override async _query(handle: object, query: Query): Promise<unknown> {
      const run = async () => super._query(handle, query)
      if (isStopped) return run()
      return runAndTell(connectionOf(handle), query.sql, query.bindings ?? [], run)
    }
  }
  Object.setPrototypeOf(client, Telling.prototype)
  return () => {
    isStopped = true
  }
}

/**
 * A function that answers queries from the cache: `cached(knex('users').where({ id: 1 }))`. In a
 * transaction, and for what is no plain `select`, the database answers. Throws a `ConfigError` for
 * options that are not as they say.
 */
export function knexCache(
  options: Omit<QueryCacheOptions, 'strategy'>,
): <T>(builder: KnexBuilder<T>, caching?: QueryCaching) => Promise<T> {
  const queries = new QueryCache({ ...options, strategy: 'explicit' })
  return async <T>(builder: KnexBuilder<T>, caching: QueryCaching | true = true): Promise<T> => {
    const run = async () => builder
    const query = builder.toSQL()
    if (hasConnection(builder) || !cachedMethods.has(query.method)) return run()
    const { sql, bindings: parameters } = query.toNative()
    const [read, another] = readStatements(sql)
    if (read?.kind !== 'read' || another) return run()
    const answer = queries.read(read, {
      sql,
      parameters,
      caching,
      // The same statement answers rows, the first of them, or the values of a column.
      form: `${query.method} ${query.pluck}`,
      run,
      isEmpty: (result) => result === undefined || (Array.isArray(result) && result.length === 0),
    })
    return answer === undefined ? run() : ownCopy(await answer)
  }
}

/** It belongs to a transaction, or was given a connection, of which nobody knows whether one is open. */
function hasConnection(builder: object): boolean {
  const { client, _connection } = builder as {
    readonly client?: { readonly transacting?: boolean }
    readonly _connection?: object
  }
  return client?.transacting === true || _connection !== undefined
}
