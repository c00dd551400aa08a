import { ConnectionChanges } from '../connection-changes.ts'
import type { DatabaseChanges } from '../database-changes.ts'
import { ownCopy } from '../own-copy.ts'
import type { QueryCache } from '../query-cache.ts'
import { runAndTell } from '../run-and-tell.ts'
import { type Read, readStatements } from '../sql/statement.ts'
import { driverResult, hasNoRows } from './driver-result.ts'
import { methodOf, sessionOf } from './patch.ts'
import { cachingOf, type WithCache } from './with-cache.ts'

/** What is under way on the connection, or pool, behind a session. */
interface UnderWay {
  readonly changes: ConnectionChanges
  /** How many transactions are open, one within the other. */
  depth: number
}

interface Statement {
  readonly sql: string
  readonly params: readonly unknown[]
}

/** A statement, and what its builder said of the cache. */
interface Prepared extends Statement {
  readonly underWay: UnderWay
  readonly withCache: WithCache | undefined
}

/** In all dialects of Drizzle `prepareQuery` is given it as the seventh. */
const placeOfWithCache = 6
const ways = ['execute', 'all', 'get', 'values', 'run']

/** The sessions of databases, each patched where it has its statements run. */
export class BoundSessions {
  readonly #queries: QueryCache
  readonly #changes: DatabaseChanges
  readonly #bound = new WeakMap<object, UnderWay>()
  #told: Promise<unknown> = Promise.resolve()

  constructor(queries: QueryCache, changes: DatabaseChanges) {
    this.#queries = queries
    this.#changes = changes
  }

  bind(database: object): void {
    this.#bind(sessionOf(database))
  }

  /** Resolves when all is told that was changed in statements which wait for nothing. */
  async told(): Promise<void> {
    await this.#told
  }

  #bind(session: object, outer?: UnderWay): UnderWay {
    const bound = this.#bound.get(session)
    if (bound) return bound
    const underWay = outer ?? { changes: new ConnectionChanges(this.#changes), depth: 0 }
    this.#bound.set(session, underWay)
    const prepare = methodOf(session, 'prepareQuery')
    const prepareQuery = (...given: unknown[]) => {
      const { sql, params } = given[0] as Statement
      const withCache = given[placeOfWithCache] as WithCache | undefined
      return this.#patched(prepare?.(...given) as object, { sql, params, underWay, withCache })
    }
    Object.assign(session, { prepareQuery })
    this.#bindTransactions(session)
    this.#bindBatch(session, underWay)
    return underWay
  }

  #patched(query: object, prepared: Prepared): object {
    if (Reflect.get(query, 'mode') === 'sync') return this.#tellingAfter(query, prepared)
    const isMapped = Reflect.get(query, 'fields') || Reflect.get(query, 'customResultMapper')
    let way = ''
    for (const name of ways) {
      const method = methodOf(query, name)
      const noted = (...given: unknown[]) => {
        way = name
        return method?.(...given)
      }
      if (method) Object.assign(query, { [name]: noted })
    }
    // Without a cache it does nothing but run, and say which statement it was that failed.
    const run = methodOf(query, 'queryWithCache')
    const queryWithCache = (sql: string, params: readonly unknown[], ask: () => Promise<unknown>) =>
      this.#answer({ ...prepared, sql, params }, `${way} ${isMapped ? 'mapped' : ''}`, async () =>
        run?.(sql, params, ask),
      )
    return Object.assign(query, { cache: undefined, queryWithCache })
  }

  async #answer(prepared: Prepared, form: string, run: () => Promise<unknown>): Promise<unknown> {
    const { sql, params, underWay, withCache } = prepared
    const [only, another] = readStatements(sql)
    const mayBeKept = another === undefined && !underWay.changes.inTransaction
    // What `run` answers is about writes.
    if (only?.kind === 'read' && mayBeKept && !form.startsWith('run')) {
      const kept = this.#queries.read(withCache?.autoInvalidate === false ? untied(only) : only, {
        sql,
        parameters: params,
        caching: cachingOf(withCache),
        form: `drizzle ${form}`,
        run: async () => driverResult(await run()),
        isEmpty: hasNoRows,
      })
      if (kept) return ownCopy(await kept)
    }
    return runAndTell(underWay.changes, sql, params, run)
  }

  /** For drivers that wait for nothing: they cannot be answered from a cache, but what they write is told. */
  #tellingAfter(query: object, { sql, params, underWay }: Prepared): object {
    if (readStatements(sql).every(({ kind }) => kind === 'read')) return query
    let isRunning = false
    for (const name of ['run', 'all', 'get', 'values']) {
      const method = methodOf(query, name)
      const telling = (...given: unknown[]) => {
        // One of them may be made of another.
        if (isRunning) return method?.(...given)
        isRunning = true
        try {
          return this.#then(
            () => method?.(...given),
            (isDone) => underWay.changes[isDone ? 'ran' : 'failed'](sql, params),
          )
        } finally {
          isRunning = false
        }
      }
      Object.assign(query, { [name]: telling })
    }
    return query
  }

  /**
   * Drivers differ in how they begin and end transactions: by statements, which are seen, by calls,
   * which are not, on the same session or on another. So each is followed from the outside as well.
   */
  #bindTransactions(owner: object, outer?: UnderWay): void {
    const transaction = methodOf(owner, 'transaction')
    if (transaction === undefined) return
    const followed = (work: (tx: object) => unknown, ...config: unknown[]) => {
      let end: ((isDone: boolean) => Promise<void>) | undefined
      let isWorkDone = false
      const inside = (tx: object) => {
        const underWay = this.#bind(sessionOf(tx), outer)
        end = this.#begin(underWay)
        this.#bindTransactions(tx, underWay)
        return this.#then(
          () => work(tx),
          async (isDone) => {
            isWorkDone = isDone
          },
        )
      }
      return this.#then(
        () => transaction(inside, ...config),
        // Where only the commit failed, nobody knows whether it was done.
        async (isDone) => end?.(isDone || isWorkDone),
      )
    }
    Object.assign(owner, { transaction: followed })
  }

  /** Answers what is to be called at its end. */
  #begin(underWay: UnderWay): (isDone: boolean) => Promise<void> {
    const { changes } = underWay
    const level = underWay.depth++
    const name = `level ${level}`
    this.#tell(changes.step(level === 0 ? { kind: 'begin' } : { kind: 'savepoint', name }))
    return async (isDone) => {
      underWay.depth--
      if (level === 0) return changes.step({ kind: isDone ? 'commit' : 'rollback' })
      return changes.step({ kind: isDone ? 'release' : 'rollback to', name })
    }
  }

  /** Statements that are sent together: none of them is answered from the cache. */
  #bindBatch(session: object, { changes }: UnderWay): void {
    const batch = methodOf(session, 'batch')
    if (batch === undefined) return
    const told = (queries: readonly object[]) =>
      this.#then(
        () => batch(queries),
        async () => {
          for (const query of queries) {
            const { sql, params } = statementOf(query)
            await changes.ran(sql, params)
          }
        },
      )
    Object.assign(session, { batch: told })
  }

  /** Does the work and then this, before anybody learns of its end; where nobody waits, beside him. */
  #then(work: () => unknown, done: (isDone: boolean) => Promise<void>): unknown {
    let result: unknown
    try {
      result = work()
    } catch (error) {
      this.#tell(done(false))
      throw error
    }
    if (result instanceof Promise) {
      return result.then(
        (value: unknown) => done(true).then(() => value),
        (error: unknown) =>
          done(false).then(() => {
            throw error
          }),
      )
    }
    this.#tell(done(true))
    return result
  }

  #tell(telling: Promise<void>): void {
    this.#told = Promise.allSettled([this.#told, telling])
  }
}

/** As if it named no table. */
function untied(read: Read): Read {
  return { ...read, tables: [], conditions: [] }
}

function statementOf(query: object): Statement {
  const prepared = methodOf(query, '_prepare')?.() as object
  return methodOf(prepared, 'getQuery')?.() as Statement
}
