import type { Cache } from '../contracts/cache.ts'
import type { DatabaseChanges } from './database-changes.ts'
import { BoundSessions } from './drizzle/bound-sessions.ts'
import { driverResult } from './drizzle/driver-result.ts'
import { OpenFills } from './drizzle/open-fills.ts'
import { type CacheLifetime, lifetimeOf } from './drizzle/with-cache.ts'
import { ownCopy } from './own-copy.ts'
import { QueryCache, type QueryCacheOptions } from './query-cache.ts'

export type { CacheLifetime } from './drizzle/with-cache.ts'
export type { QueryCacheOptions } from './query-cache.ts'

/** What `db.$cache.invalidate` is given. */
export interface DrizzleInvalidation {
  /** Those that queries were given by `$withCache({ tag })`. */
  readonly tags?: string | readonly string[]
  /** Tables of Drizzle, or their names. */
  readonly tables?: object | string | readonly (object | string)[]
}

/**
 * What Drizzle takes as its option `cache`. It calls `get`, `put` and `onMutate`, and these are right
 * as far as that goes: see `bind`.
 */
export interface DrizzleCache {
  /**
   * Makes the database answer from the cache, and its writes invalidate, by what it has its driver do:
   * what changes is told after the commit, whatever way it was written. Without, Drizzle tells only of
   * statements of its builders, beside the statement and before the commit, so that who reads in
   * between keeps what was there before. Answers the database. Throws a `ConfigError` for what is none.
   */
  bind<Database extends object>(db: Database): Database
  /**
   * Resolves when all is told that was changed through a driver that waits for nothing, as that of
   * better-sqlite3: its writes resolve no promise that could say so.
   */
  told(): Promise<void>
  strategy(): 'explicit' | 'all'
  get(
    key: string,
    tables: readonly string[],
    isTag: boolean,
    isAutoInvalidate?: boolean,
  ): Promise<unknown[] | undefined>
  put(
    key: string,
    response: unknown,
    tables: readonly string[],
    isTag: boolean,
    config?: CacheLifetime,
  ): Promise<void>
  onMutate(changed: DrizzleInvalidation): Promise<void>
}

/**
 * Query caching for Drizzle: `bind(drizzle(pool, { cache }))`. Throws a `ConfigError` for options that
 * are not as they say.
 */
export function drizzleCache(options: QueryCacheOptions): DrizzleCache {
  return new DrizzleQueries(options)
}

const nameOf = Symbol.for('drizzle:BaseName')
const schemaOf = Symbol.for('drizzle:Schema')

class DrizzleQueries implements DrizzleCache {
  readonly #cache: Cache
  readonly #changes: DatabaseChanges
  readonly #strategy: 'explicit' | 'all'
  readonly #options: QueryCacheOptions['options']
  readonly #sessions: BoundSessions
  readonly #fills: OpenFills

  constructor(options: QueryCacheOptions) {
    this.#sessions = new BoundSessions(new QueryCache(options), options.changes)
    this.#cache = options.cache
    this.#changes = options.changes
    this.#strategy = options.strategy ?? 'explicit'
    this.#options = options.options
    this.#fills = new OpenFills(options.cache.namespace('drizzle'))
  }

  bind<Database extends object>(db: Database): Database {
    this.#sessions.bind(db)
    return db
  }

  told(): Promise<void> {
    return this.#sessions.told()
  }

  strategy(): 'explicit' | 'all' {
    return this.#strategy
  }

  async get(
    key: string,
    tables: readonly string[],
    isTag: boolean,
    isAutoInvalidate = true,
  ): Promise<unknown[] | undefined> {
    const tags = [
      ...(this.#options?.tags ?? []),
      ...(isTag ? [key] : []),
      ...(isAutoInvalidate ? tables.flatMap((table) => this.#changes.tags.table(table)) : []),
    ]
    const answer = await this.#fills.getOrOpen(key, { ...this.#options, tags })
    return ownCopy(answer) as unknown[] | undefined
  }

  async put(
    key: string,
    response: unknown,
    _tables: readonly string[],
    _isTag: boolean,
    config?: CacheLifetime,
  ): Promise<void> {
    this.#fills.handIn(key, driverResult(response), lifetimeOf(config))
  }

  async onMutate({ tags = [], tables = [] }: DrizzleInvalidation): Promise<void> {
    const names = [tables].flat().map((table) => ({ table: nameOfTable(table) }))
    await Promise.all([this.#cache.invalidate([tags].flat()), this.#changes.changed(names)])
  }
}

function nameOfTable(table: object | string): string {
  if (typeof table === 'string') return table
  const schema: unknown = Reflect.get(table, schemaOf)
  const name = String(Reflect.get(table, nameOf))
  return schema === undefined ? name : `${schema}.${name}`
}
