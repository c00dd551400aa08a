import type { Cache, EntryOptions } from '../contracts/cache.ts'
import { KeyError } from '../kernel/errors.ts'
import { expectOptions, invalid } from '../kernel/expect.ts'
import { sha256 } from '../kernel/sha256.ts'
import { structuralKey } from '../kernel/structural-key.ts'
import { ConnectionChanges } from './connection-changes.ts'
import type { DatabaseChanges } from './database-changes.ts'
import { readTags } from './read-tags.ts'
import { runAndTell } from './run-and-tell.ts'
import { type Read, readStatements } from './sql/statement.ts'
import type { TransactionStep } from './sql/transaction-steps.ts'

/** Where results are kept, and who tells when they are no longer true. */
export interface QueryCacheOptions {
  /** Where results are kept. */
  readonly cache: Cache
  /** Where changes are told; of the same cache. */
  readonly changes: DatabaseChanges
  /**
   * Which queries are cached: those that ask for it, or all but those that lock rows, or whose answer
   * changes by itself (`now()`, `random()`) or with the session (`current_user`). @default 'explicit'
   */
  readonly strategy?: 'explicit' | 'all' | undefined
  /**
   * How results are kept, where a query does not say; its `tags` are those of every result, beside
   * the query's own. @default the defaults of the cache
   */
  readonly options?: EntryOptions | undefined
}

/** How the result of one query is kept. */
export interface QueryCaching extends EntryOptions {
  /** Instead of what is made of the statement and its parameters. */
  readonly key?: string | undefined
}

/** A statement on its way to the database. */
export interface Query<T> {
  /** Its text, with placeholders. */
  readonly sql: string
  /** What stands for its placeholders, in order. */
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
const mostTags = 64

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

  /**
   * What the cache has, or the database answers. Undefined where the query is not to be cached.
   * @internal
   */
  read<T>(read: Read, query: Query<T>): Promise<T> | undefined {
    const { caching = this.#strategy === 'all' } = query
    if (caching === false || read.uncacheable !== undefined) return undefined
    // Who asks for it may know that what it depends on changes seldom enough.
    if (query.caching === undefined && (read.isVolatile || read.tables.length === 0))
      return undefined
    const { key = this.#keyOf(query), ...own } = typeof caching === 'object' ? caching : {}
    if (key === undefined) return undefined
    const options = { ...this.#options, ...own }
    const tagsFor = (empty: boolean) => [
      ...(this.#options.tags ?? []),
      ...(own.tags ?? []),
      ...readTags(this.#changes.tags, read, query.parameters, empty),
    ]
    const tags = tagsFor(true)
    // Of more tables than an entry has room for nobody could tell it.
    if (tags.length > mostTags) return undefined
    return this.#cache.getOrSet<T>(
      key,
      async (context) => {
        const result = await query.run()
        if (!query.isEmpty(result)) context.tags = tagsFor(false)
        return result
      },
      { ...options, tags, followed: false },
    )
  }

  /** Undefined where a parameter is of a class that says nothing of what tells its instances apart. */
  #keyOf({ sql, parameters, form = '' }: Query<unknown>): string | undefined {
    try {
      const key = structuralKey([this.#changes.tags.database, form, sql, parameters], 'shared')
      return key.length > longestKey ? sha256(key) : key
    } catch (error) {
      if (error instanceof KeyError) return undefined
      throw error
    }
  }
}

/** What a connection is asked, in order. */
export class ConnectionQueries {
  readonly #queries: QueryCache
  readonly #changes: ConnectionChanges

  constructor(queries: QueryCache, changes: DatabaseChanges) {
    this.#queries = queries
    this.#changes = new ConnectionChanges(changes)
  }

  /**
   * Answers from the cache or asks the database; when it resolves, what the statement changed is
   * told. In a transaction the database answers everything, and its changes are told at its end.
   */
  async run<T>(query: Query<T>): Promise<T> {
    const { sql, parameters } = query
    const [first, another] = readStatements(sql)
    if (first?.kind === 'read' && another === undefined && !this.#changes.inTransaction) {
      const answer = this.#queries.read(first, query)
      if (answer) return answer
    }
    return runAndTell(this.#changes, sql, parameters, () => query.run())
  }

  /** What was done by a call of the driver instead of a statement. */
  step(statement: TransactionStep): Promise<void> {
    return this.#changes.step(statement)
  }
}
