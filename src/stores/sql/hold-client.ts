import { invalid } from '../../kernel/expect.ts'
import { dialects, type HeldClient, type SqlClient } from './client.ts'
import { type MysqlPool, mysqlClient } from './mysql-client.ts'
import { type PgClient, postgresClient } from './postgres-client.ts'
import { type SqliteDatabase, sqliteClient } from './sqlite-client.ts'

/** A client that is known by its methods, or any other that was made to fit. */
export type HandedClient = SqlClient | PgClient | MysqlPool | MysqlCallbacks | SqliteDatabase

/** A pool of `mysql2` itself, of which the one of `mysql2/promise` is a view. */
export interface MysqlCallbacks {
  promise(): MysqlPool
}

/** Keeps a client of somebody else's, who will close it. */
export function holdClient(database: HandedClient): HeldClient {
  const client = clientOf(database)
  if (!isPg(database)) return { client, release: async () => {} }
  // The error of a connection that nobody uses would end the process, where nobody else listens.
  const ignore = () => {}
  database.on('error', ignore)
  return {
    client,
    async release() {
      database.off('error', ignore)
    },
  }
}

export function clientOf(database: HandedClient): SqlClient {
  if (isOurs(database)) return database
  if (isPg(database)) return postgresClient(database)
  if (can<MysqlCallbacks>(database, 'promise')) return mysqlClient(database.promise())
  if (can<MysqlPool>(database, 'getConnection', 'query', 'execute')) return mysqlClient(database)
  if (can<SqliteDatabase>(database, 'prepare', 'exec')) return sqliteClient(database)
  throw invalid(
    'database',
    'a URL, a SqlClient, or a client of pg, mysql2, better-sqlite3 or node:sqlite',
    database,
  )
}

function isOurs(database: HandedClient): database is SqlClient {
  if (!can<SqlClient>(database, 'query') || !('dialect' in database)) return false
  if (dialects.includes(database.dialect)) return true
  throw invalid('database.dialect', `one of ${dialects.join(', ')}`, database.dialect)
}

function isPg(database: HandedClient): database is PgClient {
  return can<PgClient>(database, 'query', 'connect', 'on', 'off')
}

function can<T extends object>(
  database: unknown,
  ...methods: readonly (keyof T & string)[]
): database is T {
  return (
    typeof database === 'object' &&
    database !== null &&
    methods.every((name) => typeof Reflect.get(database, name) === 'function')
  )
}
