import type { Clock } from '../../contracts/clock.ts'
import { listening } from '../../drivers/postgres/listening.ts'
import { type PgListener, type PgPool, sessions } from '../../drivers/postgres/session.ts'
import { BusError, CacheError, ConfigError } from '../../kernel/errors.ts'
import { expectFunction, expectOptions, invalid } from '../../kernel/expect.ts'
import { systemClock } from '../../kernel/system-clock.ts'
import { warn } from '../../kernel/warn.ts'
import type { DatabaseChanges } from '../database-changes.ts'
import { tableName } from '../table-names.ts'
import { News } from './news.ts'
import { readNotification } from './notification.ts'
import { isWatched } from './plan.ts'
import { channelOf, type WatchedTables, watchedTables } from './watched-table.ts'

/** Which tables are listened to, and whom their changes are told. */
export interface ListenToTablesOptions {
  /**
   * `postgres://…`, a `Pool` of the package `pg`, one connection of which is held, or a connected
   * `Client` that nobody else uses, whose loss is final. It must be the primary server.
   */
  readonly database: string | PgPool | PgListener
  /** Where changes are told. */
  readonly changes: Pick<DatabaseChanges, 'changed' | 'tags'>
  /** Of those that were given to `watchTables`, with all of their columns or some. */
  readonly tables: WatchedTables
  /** As it was given to `watchTables`. @default 'hotset_changes' */
  readonly channel?: string | undefined
  /**
   * Whether what a cache has kept from before counts as changed. `'keep'` where another process has
   * listened for the same store all along. @default 'invalidate'
   */
  readonly atStart?: 'invalidate' | 'keep' | undefined
  /**
   * Called when changes may be missed, as the connection is lost, and when there is another: by then
   * everything that was read from the tables is being invalidated.
   */
  readonly onGap?: ((reason: string) => void) | undefined
  /** Called with what `changes.changed` rejects with, or `onGap` throws. @default a warning of the process */
  readonly onError?: ((error: unknown) => void) | undefined
  /** Tells the time. @default the system's */
  readonly clock?: Clock | undefined
}

/** A process that hears of changes of tables. */
export interface TableListener {
  /** Whether changes are heard now, as far as anybody knows. */
  readonly isListening: boolean
  /** Hears no more; resolves when what was heard has been told. */
  close(): Promise<void>
}

const known: ReadonlySet<string> = new Set([
  ...['database', 'changes', 'tables', 'channel', 'atStart', 'onGap', 'onError', 'clock'],
])

/**
 * Tells `changes` of what anybody has changed in tables for which `watchTables` was called. Resolves
 * once it listens. A connection that is lost is followed by another, and then any row of the tables
 * counts as changed. Rejects with a `ConfigError` where a table is not watched, or not as is said
 * here, and with a `BusError` where it cannot listen.
 */
export async function listenToTables(options: ListenToTablesOptions): Promise<TableListener> {
  expectOptions('listenToTables', options, known)
  const { database, atStart = 'invalidate', onGap = () => {}, onError = warnOf } = options
  expectFunction('onGap', onGap)
  expectFunction('onError', onError)
  if (atStart !== 'invalidate' && atStart !== 'keep') {
    throw invalid('atStart', "'invalidate' or 'keep'", atStart)
  }
  const channel = channelOf(options)
  const tables = watchedTables(options.tables, channel)
  const news = new News(options.changes, onError)
  const names = new Set(tables.map(({ label }) => tableName(label)))
  const everything = () => news.add(...tables.map(({ label }) => ({ table: label })))
  const hear = (payload: string) => {
    const change = readNotification(payload)
    if (change === undefined) everything()
    else if (names.has(tableName(change.table))) news.add(change)
  }

  const label = `Listening to tables on channel "${channel}"`
  const connection = listening({
    label,
    channel,
    clock: options.clock ?? systemClock,
    openSession: sessions(database),
    hearing: () => hear,
    gap(reason) {
      if (connection.isOpen) everything()
      try {
        onGap(reason)
      } catch (error) {
        onError(error)
      }
    },
  })
  try {
    const session = await connection.use()
    for (const table of tables) {
      const watched = await isWatched(session, table)
      if (watched !== true) throw notWatched(table.label, watched)
    }
  } catch (error) {
    connection.close()
    if (error instanceof CacheError) throw error
    throw new BusError(`${label} failed: ${error}`, { cause: error })
  }
  if (atStart === 'invalidate') everything()
  await news.told()
  return {
    get isListening() {
      return connection.isOpen
    },
    async close() {
      connection.close()
      await news.told()
    },
  }
}

function warnOf(error: unknown): void {
  warn(`What has changed in a table could not be told: ${error}`)
}

function notWatched(label: string, watched: false | 'otherwise'): ConfigError {
  const how = watched === false ? 'not watched' : 'watched otherwise than is asked for here'
  return new ConfigError(
    `The table ${label} is ${how}: call watchTables, or run hotset watch-table, with these columns, on this channel`,
  )
}
