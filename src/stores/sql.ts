import type { Cancel, Clock } from '../contracts/clock.ts'
import type { Bytes, Replacement, Store, StoreRecord, StoreUsage } from '../contracts/store.ts'
import { withDeadline } from '../kernel/deadline.ts'
import { StoreError } from '../kernel/errors.ts'
import { expectInteger, expectOptions } from '../kernel/expect.ts'
import { bytes } from '../kernel/size.ts'
import { systemClock } from '../kernel/system-clock.ts'
import { chunks, rounds, slices } from './sql/batches.ts'
import type { HeldClient } from './sql/client.ts'
import type { HandedClient } from './sql/hold-client.ts'
import { type TableName, type TableOptions, tableName } from './sql/layout.ts'
import { dialectOf, openClient } from './sql/open-client.ts'
import { type OpenTable, openTable } from './sql/open-table.ts'
import { headOf, read, scan, whole } from './sql/reads.ts'
import { deadRow, type Row, rowKey, rowOf, sizeOf } from './sql/row.ts'
import type { Statement } from './sql/statement.ts'
import { removeExpired, removeOldest, survey, turnRow } from './sql/upkeep.ts'
import { storeFailure } from './store-failure.ts'

export type { SqlClient, SqlConnection, SqlDialect, SqlResult, SqlValue } from './sql/client.ts'
export { createTable, createTableSql } from './sql/create-table.ts'
export type { HandedClient } from './sql/hold-client.ts'
export type { TableOptions } from './sql/layout.ts'
export type { TableState } from './sql/table.ts'

/** Pause between two rounds of upkeep, which one process of all makes. */
const upkeepEveryMs = 60_000
/** How long closing waits for what is under way: a server that is frozen does not keep anybody. */
const patienceMs = 1000
/** Parts of the bound that one record may take, and that a process writes between two upkeeps. */
const parts = 8
const smallest = 1024 ** 2
const known: ReadonlySet<string> = new Set([
  'database',
  'table',
  'schema',
  'unlogged',
  'createTable',
  'maxBytes',
  'clock',
])

/** Which database, and how much of it. */
export interface SqlStoreOptions extends TableOptions {
  /**
   * A URL (`postgres:`, `postgresql:`, `mysql:`, `mariadb:`, `sqlite:./file.db`), whose driver is
   * loaded and opened when it is first used; or a client that is open already: a `Pool` or `Client`
   * of `pg`, a pool of `mysql2`, a `Database` of `better-sqlite3`, a `DatabaseSync` of `node:sqlite`,
   * or any other as a `SqlClient`. It is not closed.
   */
  readonly database: string | HandedClient
  /** Whether to make the table, or migrate an older one, on first use. @default true */
  readonly createTable?: boolean | undefined
  /**
   * Most bytes of keys, values and their rows, as a number or a size; at least 1 MB. It is seen to in
   * the background, by an estimate of what the table holds. @default '1gb'
   */
  readonly maxBytes?: number | string | undefined
  /** Tells the time. @default the system's */
  readonly clock?: Clock | undefined
}

/**
 * A store in a table of PostgreSQL, MySQL, MariaDB or SQLite, for all processes that reach it. A
 * record of more than an eighth of `maxBytes`, of 128 MB, or of what the server takes, is refused.
 * Operations reject with a `StoreError` where the database fails, and with a `ConfigError` where
 * the driver is not installed or the table is not one of ours.
 *
 * Each batch is one statement (in MySQL, one transaction), which is made again when it has lost to
 * others in a deadlock. What has expired is removed in the background, then, over the bound, what
 * was written longest ago.
 */
export function sqlStore(options: SqlStoreOptions): Store {
  expectOptions('sqlStore', options, known)
  const maxBytes = bytes('maxBytes', options.maxBytes ?? '1gb')
  expectInteger('maxBytes', maxBytes, smallest, Number.MAX_SAFE_INTEGER)
  const { database, createTable = true, clock = systemClock } = options
  const name = tableName(dialectOf(database), options)
  return new SqlStore(() => openClient(database), name, createTable, maxBytes, clock)
}

interface Item {
  readonly key: string
  readonly row: Row
  readonly refused: boolean
}

class SqlStore implements Required<Omit<Store, 'local' | 'incrementMany'>> {
  readonly name = 'sql'
  readonly #openClient: () => Promise<HeldClient>
  readonly #tableName: TableName
  readonly #mayChange: boolean
  readonly #maxBytes: number
  readonly #clock: Clock
  #held: Promise<HeldClient> | undefined
  #opening: Promise<OpenTable> | undefined
  #cancel: Cancel | undefined
  #upkeep: Promise<unknown> | undefined
  readonly #running = new Set<Promise<unknown>>()
  /** Bytes written since the last upkeep. */
  #written = 0
  #closed = false

  constructor(
    open: () => Promise<HeldClient>,
    name: TableName,
    mayChange: boolean,
    maxBytes: number,
    clock: Clock,
  ) {
    this.#openClient = open
    this.#tableName = name
    this.#mayChange = mayChange
    this.#maxBytes = maxBytes
    this.#clock = clock
  }

  getMany(keys: readonly string[]): Promise<(Bytes | undefined)[]> {
    return this.#read(keys, whole)
  }

  getHeads(keys: readonly string[], length: number): Promise<(Bytes | undefined)[]> {
    return this.#read(keys, headOf(length))
  }

  setMany(records: readonly StoreRecord[]): Promise<string[]> {
    return this.#use(async (open) => {
      const now = this.#now()
      const last = [...new Map(records.map((record) => [record.key, record])).values()]
      const items = last.map((record) => this.#item(open, record.key, record, now))
      for (const chunk of chunks(items, open.largestBatch)) {
        await open.changes.put(chunk.map(({ row }) => row))
      }
      this.#wrote(items)
      return items.flatMap(({ key, refused }) => (refused ? key : []))
    })
  }

  deleteMany(keys: readonly string[]): Promise<boolean[]> {
    return this.#change(
      () => keys.map((key) => ({ key, row: deadRow(key), refused: false })),
      ({ changes }, items, now) =>
        changes.remove(
          items.map(({ row }) => row),
          now,
        ),
    )
  }

  addMany(records: readonly StoreRecord[]): Promise<boolean[]> {
    return this.#change(
      (open, now) => records.map((record) => this.#item(open, record.key, record, now)),
      async ({ changes }, items, now) => {
        const rows = items.filter(({ refused }) => !refused).map(({ row }) => row)
        return rows.length === 0 ? new Set() : changes.add(rows, now)
      },
    )
  }

  replaceMany(replacements: readonly Replacement[]): Promise<boolean[]> {
    return this.#change(
      (open, now) =>
        replacements.map(({ key, stamp, record }) => ({
          ...this.#item(open, key, record, now),
          stamp,
        })),
      ({ changes }, items, now) =>
        changes.replace(
          items.map(({ row, stamp }) => ({ ...row, stamp })),
          now,
        ),
    )
  }

  async *scan(prefix: string): AsyncIterable<string> {
    const pages = await this.#use(async ({ table }) => scan(table, prefix, () => this.#now()))
    for (;;) {
      const { done, value } = await this.#use(() => pages.next())
      if (done) return
      yield* value
    }
  }

  prune(): Promise<number> {
    return this.#use(async ({ table }) => {
      const expired = await removeExpired(table, this.#now())
      return expired + (await removeOldest(table, this.#maxBytes))
    })
  }

  usage(): Promise<StoreUsage> {
    return this.#use(async ({ table }) => ({
      ...(await survey(table)),
      maxBytes: this.#maxBytes,
    }))
  }

  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    this.#cancel?.()
    await withDeadline(this.#settled(), patienceMs, this.#clock, () => new Error()).catch(() => {})
    const held = await this.#held?.catch(() => undefined)
    await held?.release()
  }

  /** Resolves when nothing is under way. */
  async #settled(): Promise<void> {
    while (this.#running.size > 0) await Promise.allSettled(this.#running)
  }

  #read(keys: readonly string[], part: Statement): Promise<(Bytes | undefined)[]> {
    return this.#use(async (open) => {
      const rows = keys.map(rowKey)
      const found = new Map<string, Bytes>()
      for (const chunk of slices(rows)) await read(open.table, chunk, this.#now(), found, part)
      return rows.map(({ id }) => found.get(id))
    })
  }

  /** Answers, an item, whether its row was changed, and not because it was refused. */
  #change<I extends Item>(
    itemsFor: (open: OpenTable, now: number) => I[],
    act: (open: OpenTable, items: readonly I[], now: number) => Promise<Set<string>>,
  ): Promise<boolean[]> {
    return this.#use(async (open) => {
      const now = this.#now()
      const items = itemsFor(open, now)
      const changed = new Set<I>()
      for (const round of rounds(items)) {
        for (const chunk of chunks(round, open.largestBatch)) {
          const ids = await act(open, chunk, now)
          for (const item of chunk) if (!item.refused && ids.has(item.row.id)) changed.add(item)
        }
      }
      this.#wrote([...changed])
      return items.map((item) => changed.has(item))
    })
  }

  /** The row of a record; a dead one where there is none, or where it is too large. */
  #item(open: OpenTable, key: string, record: StoreRecord | undefined, now: number): Item {
    const row = record ? rowOf(record, now) : deadRow(key)
    const refused = sizeOf(row) > Math.min(open.largestRow, this.#maxBytes / parts)
    return { key, row: refused ? deadRow(key) : row, refused }
  }

  /** The instant at which a record is dead that expires now, in whole milliseconds as in the table. */
  #now(): number {
    return Math.ceil(this.#clock.now())
  }

  async #use<T>(act: (open: OpenTable) => Promise<T>): Promise<T> {
    if (this.#closed) throw new StoreError('The SQL store is closed')
    const running = this.#run(act)
    this.#running.add(running)
    return running.finally(() => this.#running.delete(running))
  }

  async #run<T>(act: (open: OpenTable) => Promise<T>): Promise<T> {
    this.#cancel ??= this.#upkeepLater()
    this.#opening ??= this.#open()
    const opening = this.#opening
    try {
      return await act(await opening)
    } catch (cause) {
      // The table may be gone: whoever comes next looks again.
      if (this.#opening === opening) this.#opening = undefined
      throw storeFailure('The SQL store', cause)
    }
  }

  async #open(): Promise<OpenTable> {
    this.#held ??= this.#openClient()
    try {
      const { client } = await this.#held
      return await openTable(client, this.#tableName, this.#mayChange)
    } catch (error) {
      await this.#held.catch(() => {
        this.#held = undefined
      })
      throw error
    }
  }

  #wrote(items: readonly Item[]): void {
    for (const { row } of items) this.#written += sizeOf(row)
    this.#makeRoom()
  }

  #makeRoom(): void {
    if (this.#written > this.#maxBytes / parts) this.#keepUp(() => this.prune())
  }

  #upkeepLater(): Cancel {
    const work = () => {
      this.#keepUp(() => this.#pruneInTurn())
      if (!this.#closed) this.#cancel = this.#upkeepLater()
    }
    return this.#clock.schedule(upkeepEveryMs, work, 'background')
  }

  /** Of all processes one makes the upkeep: whoever adds the row first. */
  async #pruneInTurn(): Promise<void> {
    const now = this.#now()
    const claim = turnRow(now + upkeepEveryMs)
    const claimed = await this.#use(({ changes }) => changes.add([claim], now))
    if (claimed.size > 0) await this.prune()
  }

  /** Works in the background, one at a time. Whoever writes next meets a failure, and is told. */
  #keepUp(work: () => Promise<unknown>): void {
    if (this.#upkeep) return
    this.#written = 0
    this.#upkeep = work()
      .catch(() => {})
      .finally(() => {
        this.#upkeep = undefined
        this.#makeRoom()
      })
  }
}
