import { ConfigError } from '../../kernel/errors.ts'
import type { SqlClient, SqlConnection, SqlResult } from './client.ts'
import {
  columnsStatement,
  creation,
  currentVersion,
  migration,
  type TableName,
  versionOf,
} from './layout.ts'
import { again } from './retry.ts'
import { type Statement, textOf } from './statement.ts'

/** What was found: no table, one of an older version, or one that needs nothing. */
export type TableState = 'missing' | 'outdated' | 'current'

/** How often to look whether somebody else has defined the table. */
const lookAgain = 3

/** Our table behind a client: runs statements, and again what lost to others. */
export class SqlTable {
  readonly name: TableName
  readonly #client: SqlClient

  constructor(name: TableName, client: SqlClient) {
    this.name = name
    this.#client = client
  }

  run(statement: Statement): Promise<SqlResult> {
    return again(() => this.runOn(this.#client, statement))
  }

  runOn(connection: SqlConnection, statement: Statement): Promise<SqlResult> {
    const { dialect } = this.name
    return connection.query(textOf(statement, dialect), statement.parameters)
  }

  transaction<T>(body: (connection: SqlConnection) => Promise<T>): Promise<T> {
    const client = this.#client
    if (!client.transaction) {
      throw new ConfigError('The SQL store needs a client of MySQL that has `transaction`')
    }
    const transaction = client.transaction.bind(client)
    return again(() => transaction(body))
  }

  /**
   * Sees to it that the table is there and up to date; answers in which state it was. Of several
   * processes that make or migrate it at once all but one may fail: then they look again.
   */
  async prepare(mayChange: boolean): Promise<TableState> {
    let before: TableState | undefined
    for (let attempt = 1; ; attempt++) {
      const { state, statements } = await this.#look()
      before ??= state
      if (state === 'current') return before
      if (!mayChange) {
        throw new ConfigError(
          `Expected the table ${this.#shown} to be there and up to date, as \`createTable\` is false: run npx hotset create-table`,
        )
      }
      try {
        await this.#define(statements)
      } catch (error) {
        if (attempt === lookAgain) throw error
      }
    }
  }

  async #look(): Promise<{ state: TableState; statements: string[] }> {
    const { rows } = await this.run(columnsStatement(this.name))
    if (rows.length === 0) return { state: 'missing', statements: creation(this.name) }
    const version = versionOf(rows.map(({ name }) => String(name)))
    if (version === undefined) {
      throw new ConfigError(
        `Expected the table ${this.#shown} to be one that Hotset made, got one with other columns: name another with \`table\``,
      )
    }
    const state = version === currentVersion ? 'current' : 'outdated'
    return { state, statements: migration(this.name, version) }
  }

  get #shown(): string {
    return this.name.quoted.pieces.join('')
  }

  async #define(statements: readonly string[]): Promise<void> {
    // As one statement, which PostgreSQL does or does not do as a whole.
    const batch = this.name.dialect === 'postgres' ? [block(statements)] : statements
    for (const statement of batch) await again(() => this.#client.query(statement, []))
  }
}

function block(statements: readonly string[]): string {
  const body = statements.map((statement) => `EXECUTE ${literal(statement)};`).join(' ')
  return `DO ${literal(`BEGIN ${body} END`)}`
}

function literal(value: string): string {
  return `E'${value.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`
}
