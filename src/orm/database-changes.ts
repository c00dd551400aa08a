import type { Cache } from '../contracts/cache.ts'
import { expectFunction, invalid } from '../kernel/expect.ts'
import { warn } from '../kernel/warn.ts'
import { PendingChanges } from './pending-changes.ts'
import type { Row, TableChange } from './table-change.ts'
import { tableName } from './table-names.ts'
import { type TableTags, type TableTagsOptions, tableTags } from './table-tags.ts'

const mostTags = 64

/** The slice of a cache that is needed. */
export type InvalidatedCache = Pick<Cache, 'invalidate'>

/** Whom changes are told, and what they are called. */
export interface DatabaseChangesOptions extends TableTagsOptions {
  /** What depends on the database. Of several, each is told. */
  readonly cache: InvalidatedCache | readonly InvalidatedCache[]
  /** What to do with what a listener throws. @default a warning of the process */
  readonly onError?: ((error: unknown) => void) | undefined
}

/** Told of each change of a table. */
export type ChangeListener = (change: TableChange) => unknown

/** Where every change of a database is told, by whomever it was made, once it is committed. */
export interface DatabaseChanges {
  /** For the options `tags` of what is read from the database. */
  readonly tags: TableTags
  /**
   * Rows were changed by a way that tells nobody: raw SQL, a bulk update, another program. Without
   * `rows`, any of the table. Resolves once nothing of what was read before is served any more.
   */
  changed(changes: TableChange | readonly TableChange[]): Promise<void>
  /** A row was inserted, or updated where it is said what it was `before` (post_save). */
  saved(table: string, after: Row, before?: Row): Promise<void>
  /** A row was deleted (post_delete). */
  deleted(table: string, before: Row): Promise<void>
  /**
   * Calls the listener with each change of a table, or of all tables for `'*'`, before the change
   * counts as told; answers how to stop it. With a schema and without are two names here. What it throws reaches `onError`: the change was made.
   */
  on(table: string, listener: ChangeListener): () => void
  /** The changes of one transaction: they are told by `commit`, and forgotten by `rollback`. */
  transaction(): TransactionChanges
}

/** What one transaction has changed: told after its commit, and not at all after its rollback. */
export interface TransactionChanges {
  /** How many are open. */
  readonly savepoints: number
  /** Notes changes that are told if the transaction commits. */
  add(changes: TableChange | readonly TableChange[]): void
  /** As `SAVEPOINT name`. */
  savepoint(name: string): void
  /** As `ROLLBACK TO name`: what was added since is forgotten. */
  rollbackTo(name: string): void
  /** As `RELEASE name`: what was added since belongs to what is around. */
  release(name: string): void
  /** Tells what has been changed so far, and will tell it again: it may have been committed. */
  tell(): Promise<void>
  /** To be called after the database has committed. */
  commit(): Promise<void>
  /** Forgets everything. */
  rollback(): void
}

/**
 * Makes changes of a database invalidate what was read from it. Throws a `ConfigError` for options
 * that are not as they say.
 */
export function databaseChanges(options: DatabaseChangesOptions): DatabaseChanges {
  const { cache, onError = warnOf, ...rest } = options
  const tags = tableTags(rest)
  const caches = 'invalidate' in cache ? [cache] : cache
  if (!Array.isArray(caches) || !caches.every((one) => typeof one?.invalidate === 'function')) {
    throw invalid('cache', 'a cache, or a list of caches', cache)
  }
  expectFunction('onError', onError)
  return new Changes(tags, caches, onError)
}

class Changes implements DatabaseChanges {
  readonly tags: TableTags
  readonly #caches: readonly InvalidatedCache[]
  readonly #onError: (error: unknown) => void
  readonly #listeners = new Map<string, Set<ChangeListener>>()

  constructor(
    tags: TableTags,
    caches: readonly InvalidatedCache[],
    onError: (error: unknown) => void,
  ) {
    this.tags = tags
    this.#caches = caches
    this.#onError = onError
  }

  async changed(given: TableChange | readonly TableChange[]): Promise<void> {
    const changes = listOf(given)
    if (changes.length === 0) return
    const tags = this.tags.changed(changes)
    await Promise.all(
      this.#caches.flatMap((cache) => portions(tags).map((some) => cache.invalidate(some))),
    )
    await Promise.all(changes.flatMap((change) => this.#tell(change)))
  }

  #tell(change: TableChange): Promise<void>[] {
    const listeners = [tableName(change.table), '*'].flatMap((name) => [
      ...(this.#listeners.get(name) ?? []),
    ])
    return listeners.map(async (listener) => {
      try {
        await listener(change)
      } catch (error) {
        this.#onError(error)
      }
    })
  }

  saved(table: string, after: Row, before?: Row): Promise<void> {
    return this.changed({ table, rows: [{ before, after }] })
  }

  deleted(table: string, before: Row): Promise<void> {
    return this.changed({ table, rows: [{ before }] })
  }

  on(table: string, listener: ChangeListener): () => void {
    expectFunction('listener', listener)
    const name = tableName(table)
    const listeners = this.#listeners.get(name) ?? new Set()
    this.#listeners.set(name, listeners.add(listener))
    return () => void listeners.delete(listener)
  }

  transaction(): TransactionChanges {
    const pending = new PendingChanges()
    return {
      get savepoints() {
        return pending.savepoints
      },
      add: (changes) => pending.add(listOf(changes)),
      savepoint: (name) => pending.savepoint(name),
      rollbackTo: (name) => pending.rollbackTo(name),
      release: (name) => pending.release(name),
      tell: () => this.changed(pending.changes),
      commit: () => this.changed(pending.take()),
      rollback: () => void pending.take(),
    }
  }
}

function warnOf(error: unknown): void {
  warn(`A listener to changes of the database failed: ${error}`)
}

/** As many at once as a cache takes. */
function portions(tags: readonly string[]): string[][] {
  const count = Math.ceil(tags.length / mostTags)
  return Array.from({ length: count }, (_, index) =>
    tags.slice(index * mostTags, (index + 1) * mostTags),
  )
}

function listOf(changes: TableChange | readonly TableChange[]): readonly TableChange[] {
  return 'table' in changes ? [changes] : changes
}
