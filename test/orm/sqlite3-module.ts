import Database from 'better-sqlite3'

/**
 * The part of the package `sqlite3` that Sequelize uses, on better-sqlite3: the same SQLite, by a
 * driver that answers in the same turn. What it answers is told in a later one.
 */

type Callback = (this: Done, error: Error | null, rows?: unknown[]) => void
type Parameters = readonly unknown[] | Readonly<Record<string, unknown>>
type Rest = readonly (Parameters | Callback)[]

class Done {
  readonly lastID: number
  readonly changes: number

  constructor(lastID: number, changes: number) {
    this.lastID = lastID
    this.changes = changes
  }
}

class Connection {
  readonly filename: string
  readonly #database: Database.Database

  constructor(filename: string, _mode: number, opened: (error: Error | null) => void) {
    this.filename = filename
    this.#database = new Database(filename)
    setImmediate(opened, null)
  }

  serialize(body: () => void): void {
    body()
  }

  run(sql: string, ...rest: Rest): this {
    return this.all(sql, ...rest)
  }

  all(sql: string, ...rest: Rest): this {
    const callback: Callback = rest.find((given) => typeof given === 'function') ?? (() => {})
    const parameters = rest.find((given) => typeof given === 'object') ?? []
    try {
      const rows = this.#ask(sql, parameters)
      const counts = this.#database.prepare(
        'SELECT last_insert_rowid() AS id, changes() AS changes',
      )
      const { id, changes } = counts.get() as { id: number; changes: number }
      setImmediate(() => callback.call(new Done(id, changes), null, rows))
    } catch (error) {
      setImmediate(() => callback.call(new Done(0, 0), error as Error))
    }
    return this
  }

  close(closed: (error: Error | null) => void = () => {}): void {
    this.#database.close()
    setImmediate(closed, null)
  }

  #ask(sql: string, parameters: Parameters): unknown[] {
    const statement = this.#database.prepare(sql)
    const values = Array.isArray(parameters)
      ? parameters.map(bound)
      : Object.keys(parameters).length === 0
        ? []
        : [
            Object.fromEntries(
              Object.entries(parameters).map(([name, value]) => [name.slice(1), bound(value)]),
            ),
          ]
    if (statement.reader) return statement.all(...values)
    statement.run(...values)
    return []
  }
}

function bound(value: unknown): unknown {
  return typeof value === 'boolean' ? Number(value) : value
}

export const sqlite3Module: object = {
  Database: Connection,
  OPEN_READWRITE: 2,
  OPEN_CREATE: 4,
}
