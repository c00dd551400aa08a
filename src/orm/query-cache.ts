import type { Cache, EntryOptions } from '../contracts/cache.ts'
import { KeyError } from '../kernel/errors.ts'
import { expectOptions, invalid } from '../kernel/expect.ts'
import { sha256 } from '../kernel/sha256.ts'
import { structuralKey } from '../kernel/structural-key.ts'
import type { DatabaseChanges, TransactionChanges } from './database-changes.ts'
import type { Operand } from './sql/conditions.ts'
import { type Read, readStatements, type Statement } from './sql/statement.ts'
import type { Write } from './sql/writes.ts'
import type { ColumnValues, TableChange } from './table-change.ts'

export interface QueryCacheOptions {
  /** Where results are kept. */
  readonly cache: Cache
  /** Where changes are told; of the same cache. */
  readonly changes: DatabaseChanges
  /**
   * Which queries are cached: those that ask for it, or all but those that lock rows, or whose answer
   * changes by itself (`now()`, `random()`). @default 'explicit'
   */
  readonly strategy?: 'explicit' | 'all' | undefined
  /** How results are kept, where a query does not say. @default the defaults of the cache */
  readonly options?: EntryOptions | undefined
}

/** How the result of one query is kept. */
export interface QueryCaching extends EntryOptions {
  /** Instead of what is made of the statement and its parameters. */
  readonly key?: string | undefined
}

/** A statement on its way to the database. */
export interface Query<T> {
  readonly sql: string
  readonly parameters: readonly unknown[]
  /** False: never; undefined: as the strategy has it. */
  readonly caching?: QueryCaching | boolean | undefined
  /** What tells apart results of one statement that have not the same form. @default '' */
  readonly form?: string | undefined
  /** Asks the database. */
  run(): Promise<T>
  /** Whether the result has no rows. */
  isEmpty(result: T): boolean
}

const known: ReadonlySet<string> = new Set(['cache', 'changes', 'strategy', 'options'])
const longestKey = 200
/** What is taken for done when it failed. */
const isLasting: ReadonlySet<string> = new Set(['write', 'commit', 'rollback'])

/** Results of queries, kept until the rows that they depend on change. */
export class QueryCache {
  readonly #cache: Cache
  readonly #changes: DatabaseChanges
  readonly #strategy: 'explicit' | 'all'
  readonly #options: EntryOptions

  constructor(options: QueryCacheOptions) {
    expectOptions('the query cache', options, known)
    const { cache, changes, strategy = 'explicit' } = options
    if (strategy !== 'explicit' && strategy !== 'all') {
      throw invalid('strategy', "'explicit' or 'all'", strategy)
    }
    this.#cache = cache.namespace('queries')
    this.#changes = changes
    this.#strategy = strategy
    this.#options = options.options ?? {}
  }

  /** For the statements of one connection, which come one after the other within a transaction. */
  connection(): ConnectionQueries {
    return new ConnectionQueries(this, this.#changes)
  }

  /** What the cache has, or the database answers. Undefined where the query is not to be cached. */
  read<T>(read: Read, query: Query<T>): Promise<T> | undefined {
    const { caching = this.#strategy === 'all' } = query
    if (caching === false || read.uncacheable !== undefined) return undefined
    // Who asks for it may know that what it depends on changes seldom enough.
    if (query.caching === undefined && (read.isVolatile || read.tables.length === 0))
      return undefined
    const { key = keyOf(query), ...own } = typeof caching === 'object' ? caching : {}
    if (key === undefined) return undefined
    const options = { ...this.#options, ...own }
    const tagsFor = (empty: boolean) => [
      ...(options.tags ?? []),
      ...read.tables.flatMap((table) => this.#tagsOf(read, table, query.parameters, empty)),
    ]
    return this.#cache.getOrSet<T>(
      key,
      async (context) => {
        const result = await query.run()
        if (!query.isEmpty(result)) context.tags = tagsFor(false)
        return result
      },
      { ...options, tags: tagsFor(true), followed: false },
    )
  }

  #tagsOf(read: Read, table: string, parameters: readonly unknown[], empty: boolean): string[] {
    const { tags } = this.#changes
    for (const column of tags.columns(table)) {
      const condition = read.conditions.find(
        (other) => other.table === table && other.column === column.toLowerCase(),
      )
      const values = condition && valuesOf(condition.values, parameters)
      if (values) return tags.among(table, column, values, empty)
    }
    return tags.table(table)
  }
}

/** What a connection is asked, in order: it knows whether a transaction is open. */
export class ConnectionQueries {
  readonly #queries: QueryCache
  readonly #changes: DatabaseChanges
  #transaction: TransactionChanges | undefined

  constructor(queries: QueryCache, changes: DatabaseChanges) {
    this.#queries = queries
    this.#changes = changes
  }

  /**
   * Answers from the cache or asks the database; when it resolves, what the statement changed is
   * told. In a transaction the database answers everything, and its changes are told at its end.
   */
  async run<T>(query: Query<T>): Promise<T> {
    const statements = readStatements(query.sql)
    const [first, another] = statements
    if (first?.kind === 'read' && another === undefined && this.#transaction === undefined) {
      const answer = this.#queries.read(first, query)
      if (answer) return answer
    }
    try {
      const result = await query.run()
      for (const statement of statements) await this.step(statement, query.parameters)
      return result
    } catch (error) {
      // Whether it was done all the same, a connection that is lost does not tell.
      const perhaps = statements.filter(({ kind }) => isLasting.has(kind))
      for (const statement of perhaps) await this.step(statement, query.parameters)
      throw error
    }
  }

  /** What a statement that was run means to the transaction, and to the cache. */
  async step(statement: Statement, parameters: readonly unknown[] = []): Promise<void> {
    switch (statement.kind) {
      case 'begin':
        this.#transaction = this.#changes.transaction()
        return
      case 'commit':
        return this.#end()?.commit()
      case 'rollback':
        return this.#end()?.rollback()
      case 'savepoint':
        return this.#transaction?.savepoint(statement.name)
      case 'rollback to':
        return this.#transaction?.rollbackTo(statement.name)
      case 'release':
        return this.#transaction?.release(statement.name)
      case 'write': {
        const changes = statement.writes.map((write) => this.#changeOf(write, parameters))
        if (this.#transaction === undefined) return this.#changes.changed(changes)
        return this.#transaction.add(changes)
      }
    }
  }

  #end(): TransactionChanges | undefined {
    const transaction = this.#transaction
    this.#transaction = undefined
    return transaction
  }

  #changeOf({ table, values, inserts }: Write, parameters: readonly unknown[]): TableChange {
    const known = new Map<string, ColumnValues>()
    for (const column of this.#changes.tags.columns(table)) {
      const name = column.toLowerCase()
      const operands = values.get(name)
      if (operands === undefined && inserts && !values.has(name)) known.set(column, 'new')
      const those = operands && valuesOf(operands, parameters)
      if (those) known.set(column, those)
    }
    return { table, values: known }
  }
}

/** Undefined where a parameter is not there. */
function valuesOf(
  operands: readonly Operand[],
  parameters: readonly unknown[],
): unknown[] | undefined {
  const values: unknown[] = []
  for (const operand of operands) {
    if ('literal' in operand) values.push(operand.literal)
    else {
      if (operand.parameter >= parameters.length) return undefined
      const value = parameters[operand.parameter]
      if (operand.spread && !Array.isArray(value)) return undefined
      values.push(...(operand.spread ? (value as unknown[]) : [value]))
    }
  }
  return values
}

/** Undefined where a parameter is of a class that says nothing of what tells its instances apart. */
function keyOf({ sql, parameters, form = '' }: Query<unknown>): string | undefined {
  try {
    const key = structuralKey([sql, form, parameters], 'shared')
    return key.length > longestKey ? sha256(key) : key
  } catch (error) {
    if (error instanceof KeyError) return undefined
    throw error
  }
}
