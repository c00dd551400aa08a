import type { PgRows } from '../../drivers/postgres/session.ts'
import { codeOf } from '../../kernel/error-code.ts'
import { sha256 } from '../../kernel/sha256.ts'
import { isPreparable, type SqlClient } from './client.ts'

/** The slice of a `Pool` or a `Client` of the package `pg` that is needed. */
export interface PgClient {
  query(statement: PgStatement): Promise<PgResult>
  connect(): Promise<unknown>
  on(event: 'error', listener: (error: Error) => void): unknown
  off(event: 'error', listener: (error: Error) => void): unknown
}

export interface PgStatement {
  readonly name?: string
  readonly text: string
  readonly values: unknown[]
}

export interface PgResult extends PgRows {
  readonly rowCount: number | null
}

/**
 * A prepared statement that is not there, that is there already, or whose answer has changed: it was
 * not run. The first two come from a pooler between us and the server (PgBouncer).
 */
const unprepared: ReadonlySet<string | undefined> = new Set(['26000', '42P05', '0A000'])

export function postgresClient(client: PgClient): SqlClient {
  const names = new Map<string, string>()
  let prepares = true
  const nameOf = (text: string): string => {
    const name = names.get(text) ?? `hotset_${sha256(text).slice(0, 24)}`
    names.set(text, name)
    return name
  }
  const send = async (text: string, values: unknown[]): Promise<PgResult> => {
    if (!prepares || !isPreparable(text)) return client.query({ text, values })
    try {
      return await client.query({ name: nameOf(text), text, values })
    } catch (error) {
      if (!unprepared.has(codeOf(error))) throw error
      prepares = false
      return client.query({ text, values })
    }
  }
  return {
    dialect: 'postgres',
    async query(sql, parameters) {
      const { rows, rowCount } = await send(sql, [...parameters])
      return { rows, changes: rowCount ?? 0 }
    },
  }
}
