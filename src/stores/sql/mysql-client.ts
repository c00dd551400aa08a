import { isPreparable, type SqlClient, type SqlResult, type SqlValue } from './client.ts'

/** The slice of a pool of `mysql2/promise` that is needed. */
export interface MysqlPool extends MysqlQueries {
  getConnection(): Promise<MysqlConnection>
}

export interface MysqlConnection extends MysqlQueries {
  beginTransaction(): Promise<void>
  commit(): Promise<void>
  rollback(): Promise<void>
  release(): void
  destroy(): void
}

export interface MysqlQueries {
  query(statement: MysqlStatement): Promise<readonly [unknown, ...unknown[]]>
  execute(statement: MysqlStatement): Promise<readonly [unknown, ...unknown[]]>
}

export interface MysqlStatement {
  readonly sql: string
  readonly values: unknown[]
  readonly rowsAsArray?: boolean
}

export function mysqlClient(pool: MysqlPool): SqlClient {
  return {
    dialect: 'mysql',
    query: (sql, parameters) => run(pool, sql, parameters),
    async transaction(body) {
      const connection = await pool.getConnection()
      try {
        await connection.beginTransaction()
        const answer = await body({ query: (sql, parameters) => run(connection, sql, parameters) })
        await connection.commit()
        connection.release()
        return answer
      } catch (error) {
        await connection.rollback().then(
          () => connection.release(),
          () => connection.destroy(),
        )
        throw error
      }
    },
  }
}

async function run(
  on: MysqlQueries,
  sql: string,
  parameters: readonly SqlValue[],
): Promise<SqlResult> {
  const statement = { sql, values: parameters.map(ownValue), rowsAsArray: false }
  const [result] = await (isPreparable(sql) ? on.execute(statement) : on.query(statement))
  if (Array.isArray(result)) return { rows: result, changes: result.length }
  const { affectedRows } = result as { readonly affectedRows: number }
  return { rows: [], changes: affectedRows }
}

/** The driver takes a Buffer for bytes, and any other view for an object. */
function ownValue(value: SqlValue): SqlValue {
  return value instanceof Uint8Array
    ? Buffer.from(value.buffer, value.byteOffset, value.length)
    : value
}
