import { ownCopy } from '../own-copy.ts'
import { runAndTell } from '../run-and-tell.ts'
import { readStatements, type Statement } from '../sql/statement.ts'
import type { Connections } from './connections.ts'
import { cachingOf } from './marked-node.ts'
import type { KyselyConnection, KyselyQuery, KyselyResult } from './slices.ts'

/**
 * What Kysely takes for a connection. It takes one when something has to be asked of the database in
 * its name; from then on the database answers everything, as what was said to a connection (a role, a
 * search path, a transaction) may make it answer otherwise than another.
 */
export class Lease implements KyselyConnection {
  readonly #connections: Connections
  #connection: Promise<KyselyConnection> | undefined

  constructor(connections: Connections) {
    this.#connections = connections
  }

  taken(): Promise<KyselyConnection> {
    this.#connection ??= this.#connections.driver.acquireConnection()
    return this.#connection
  }

  async executeQuery<Row>(query: KyselyQuery): Promise<KyselyResult<Row>> {
    const kept = this.#connection === undefined ? this.#kept<Row>(query) : undefined
    if (kept) return ownCopy(await kept)
    const connection = await this.taken()
    const changes = this.#connections.changesOf(connection)
    return runAndTell(changes, query.sql, query.parameters, () => connection.executeQuery(query))
  }

  async *streamQuery<Row>(
    query: KyselyQuery,
    chunkSize?: number,
  ): AsyncIterableIterator<KyselyResult<Row>> {
    const connection = await this.taken()
    try {
      yield* connection.streamQuery<Row>(query, chunkSize)
    } finally {
      await this.#connections.changesOf(connection).ran(query.sql, query.parameters)
    }
  }

  /** Tells what was done by a call instead of a statement. */
  async step(statement: Statement): Promise<void> {
    return this.#connections.changesOf(await this.taken()).step(statement)
  }

  async release(): Promise<void> {
    const connection = this.#connection
    this.#connection = undefined
    if (connection) await this.#connections.driver.releaseConnection(await connection)
  }

  /** Undefined where the database is to be asked. */
  #kept<Row>(query: KyselyQuery): Promise<KyselyResult<Row>> | undefined {
    const { sql, parameters } = query
    const [only, another] = readStatements(sql)
    if (only?.kind !== 'read' || another !== undefined) return undefined
    return this.#connections.queries.read<KyselyResult<Row>>(only, {
      sql,
      parameters,
      caching: cachingOf(query.query),
      form: 'kysely',
      isEmpty: ({ rows }) => rows.length === 0,
      // The load may go on when nobody waits for it any more, and this lease has ended.
      run: async () => {
        const lease = new Lease(this.#connections)
        try {
          const connection = await lease.taken()
          return ownCopy(await connection.executeQuery<Row>(query))
        } finally {
          await lease.release()
        }
      },
    })
  }
}
