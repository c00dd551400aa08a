import { columnValue } from './column-value.ts'
import type { DatabaseChanges, TransactionChanges } from './database-changes.ts'
import { operandValues } from './read-tags.ts'
import { readStatements, type Statement } from './sql/statement.ts'
import type { Write } from './sql/writes.ts'
import type { ColumnValues, TableChange } from './table-change.ts'

/** What is taken for done when it failed: a connection that is lost does not tell. */
const isLasting: ReadonlySet<string> = new Set(['write', 'rollback'])

/** What the statements of one connection change, in order: told at once, or after their commit. */
export class ConnectionChanges {
  readonly #changes: DatabaseChanges
  #transaction: TransactionChanges | undefined
  /**
   * The transaction was opened by a savepoint, and ends with it (SQLite, lang_savepoint), or there is
   * none, and what is written is committed at once (MySQL).
   */
  #endsWithSavepoint = false
  /** The transaction may be open, or over: a commit failed, or it began with a savepoint. */
  #isDoubtful = false
  /** Where one transaction ends, the next begins. */
  #isAlwaysOpen = false

  constructor(changes: DatabaseChanges) {
    this.#changes = changes
  }

  get inTransaction(): boolean {
    return this.#transaction !== undefined
  }

  /** The database has run the statements; resolves when what that changed is told. */
  async ran(sql: string, parameters: readonly unknown[]): Promise<void> {
    for (const statement of readStatements(sql)) await this.step(statement, parameters)
  }

  /** The database has refused the statements, or nobody knows. */
  async failed(sql: string, parameters: readonly unknown[]): Promise<void> {
    for (const statement of readStatements(sql)) {
      if (statement.kind === 'commit') await this.#doubt()
      else if (isLasting.has(statement.kind)) await this.step(statement, parameters)
    }
  }

  /** One statement was run. */
  async step(statement: Statement, parameters: readonly unknown[] = []): Promise<void> {
    switch (statement.kind) {
      case 'begin':
        // Where it can begin, a savepoint has opened none.
        if (this.#endsWithSavepoint) await this.#end()?.commit()
        if (this.#transaction === undefined) return this.#begin(false)
        // One that is open goes on (PostgreSQL), or has been committed (MySQL).
        return this.#transaction.tell()
      case 'commit':
        return this.#end()?.commit()
      case 'rollback':
        return this.#end()?.rollback()
      case 'savepoint':
        if (this.#transaction === undefined) this.#begin(true)
        return this.#transaction?.savepoint(statement.name)
      case 'rollback to':
        return this.#transaction?.rollbackTo(statement.name)
      case 'release':
        this.#transaction?.release(statement.name)
        if (this.#endsWithSavepoint && this.#transaction?.savepoints === 0) {
          return this.#end()?.commit()
        }
        return
      case 'autocommit':
        return this.#autocommit(operandValues([statement.value], parameters)?.[0])
      case 'write': {
        const changes = statement.writes.flatMap((write) => this.#changesOf(write, parameters))
        this.#transaction?.add(changes)
        if (this.#transaction === undefined || this.#isDoubtful) {
          return this.#changes.changed(changes)
        }
        return statement.mayCommit ? this.#transaction.tell() : undefined
      }
    }
  }

  #begin(bySavepoint: boolean): void {
    this.#transaction = this.#changes.transaction()
    this.#endsWithSavepoint = bySavepoint
    this.#isDoubtful = bySavepoint
  }

  async #autocommit(value: unknown): Promise<void> {
    const wasAlwaysOpen = this.#isAlwaysOpen
    this.#isAlwaysOpen = columnValue(value) === '0'
    if (this.#isAlwaysOpen) {
      if (this.#transaction === undefined) this.#begin(false)
      this.#endsWithSavepoint = false
    }
    if (wasAlwaysOpen && !this.#isAlwaysOpen) await this.#end()?.commit()
  }

  /** Of a commit that failed: SQLite's may be tried again, others end the transaction all the same. */
  async #doubt(): Promise<void> {
    this.#isDoubtful = true
    await this.#transaction?.tell()
  }

  #end(): TransactionChanges | undefined {
    const transaction = this.#transaction
    this.#transaction = this.#isAlwaysOpen ? this.#changes.transaction() : undefined
    this.#endsWithSavepoint = false
    this.#isDoubtful = false
    return transaction
  }

  #changesOf(
    { table: name, values, inserts }: Write,
    parameters: readonly unknown[],
  ): TableChange[] {
    return namesOf(name, parameters).map((table) => {
      const known = new Map<string, ColumnValues>()
      for (const column of this.#changes.tags.columns(table)) {
        const name = column.toLowerCase()
        const operands = values.get(name)
        if (operands === undefined && inserts && !values.has(name)) known.set(column, 'new')
        const those = operands && operandValues(operands, parameters)
        if (those && !those.some(hasFraction)) known.set(column, those)
      }
      return { table, values: known }
    })
  }
}

/** The table, or the tables, of a name in which `??` and a number stand for what a parameter brings. */
function namesOf(table: string, parameters: readonly unknown[]): string[] {
  if (!table.includes('??')) return [table]
  return table.replace(/\?\?(\d+)/g, (_, index) => `${parameters[index]}`).split(',')
}

/** A column of whole numbers keeps another one. */
function hasFraction(value: unknown): boolean {
  if (typeof value !== 'number' && typeof value !== 'string') return false
  return Number.isFinite(Number(value)) && !Number.isInteger(Number(value))
}

/** The connections of a pool, each by the object that stands for it as long as it is open. */
export function connectionsOf(changes: DatabaseChanges): (handle: object) => ConnectionChanges {
  const connections = new WeakMap<object, ConnectionChanges>()
  return (handle) => {
    const known = connections.get(handle)
    if (known) return known
    const connection = new ConnectionChanges(changes)
    connections.set(handle, connection)
    return connection
  }
}
