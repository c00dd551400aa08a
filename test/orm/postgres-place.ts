import pg from 'pg'
import { afterAll, beforeAll, onTestFinished } from 'vitest'
import type { Cache } from '../../src/contracts/cache.ts'
import { createCache } from '../../src/index.ts'
import { type DatabaseChanges, databaseChanges } from '../../src/orm/database-changes.ts'
import {
  type ListenToTablesOptions,
  listenToTables,
  type TableListener,
  type WatchedTables,
  watchTables,
} from '../../src/orm/postgres.ts'
import { type ConnectionQueries, QueryCache } from '../../src/orm/query-cache.ts'
import type { TableChange } from '../../src/orm/table-change.ts'
import { type PostgresServer, startPostgres } from '../servers/postgres.ts'

/** A database of its own for a test, on the server of the file. */
export interface Place {
  readonly url: string
  /** Of somebody who may do everything. */
  readonly client: pg.Client
  rows(sql: string, parameters?: unknown[]): Promise<unknown[]>
  connect(url?: string): Promise<pg.Client>
  pool(url?: string): pg.Pool
  /** The URL for somebody else. */
  as(user: string): string
  leave(): Promise<void>
}

export function postgresPlaces(...settings: string[]): {
  open(statements?: string): Promise<Place>
  server(): PostgresServer
} {
  let server: PostgresServer
  let count = 0
  beforeAll(async () => {
    server = await startPostgres(...settings)
  })
  afterAll(async () => {
    await server?.stop()
  })
  return {
    server: () => server,
    async open(statements = '') {
      const name = `place${count++}`
      await once(server.url, `CREATE DATABASE ${name}`)
      const place = await placeAt(server.url.replace(/postgres$/, name))
      onTestFinished(() => place.leave())
      await place.client.query(statements)
      return place
    },
  }
}

async function once(url: string, statement: string): Promise<void> {
  const client = await connected(url)
  await client.query(statement)
  await client.end()
}

async function connected(url: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url })
  // Servers of tests come and go.
  client.on('error', () => {})
  await client.connect()
  return client
}

async function placeAt(url: string): Promise<Place> {
  const clients: { end(): Promise<void> }[] = []
  const connect = async (at = url) => {
    const client = await connected(at)
    clients.push(client)
    return client
  }
  const client = await connect()
  return {
    url,
    client,
    connect,
    as: (user) => url.replace('//hotset@', `//${user}@`),
    pool(at = url) {
      const pool = new pg.Pool({ connectionString: at })
      pool.on('error', () => {})
      clients.push(pool)
      return pool
    },
    rows: async (sql, parameters = []) => (await client.query(sql, parameters)).rows,
    async leave() {
      await Promise.all(clients.splice(0).map((one) => one.end().catch(() => {})))
    },
  }
}

interface Asked {
  query(sql: string, parameters: unknown[]): Promise<{ readonly rows: unknown[] }>
}

/** What hears the tables of a place, and what is kept of them. */
export interface Ears {
  readonly cache: Cache
  readonly changes: DatabaseChanges
  readonly listener: TableListener
  /** What was told, but for what a start or a gap is told as, and for the marks. */
  readonly told: TableChange[]
  /** Resolves once everything that was committed before is heard. */
  heard(): Promise<void>
  /** What the cache has, or the database answers. */
  read(asking: Asked, sql: string, parameters?: unknown[]): Promise<unknown[]>
  /** How often the database was asked. */
  asked: number
  close(): Promise<void>
}

const deaf: TableListener = { isListening: false, close: async () => {} }

export const marks = 'CREATE TABLE marks (number serial);'

/** Watches the tables, and listens to them; the place needs the table for marks. */
export async function earsAt(
  { url, pool }: Place,
  tables: WatchedTables,
  options: Partial<ListenToTablesOptions> = {},
  process: { readonly cache?: Cache; readonly listens?: boolean } = {},
): Promise<Ears> {
  const watched = { ...tables, marks: ['number'] }
  await watchTables({ database: url, tables: watched })
  const { cache = createCache({ defaults: { ttl: null } }), listens = true } = process
  const changes = databaseChanges({ cache, columns: watched })
  const told: TableChange[] = []
  const waiting = new Map<string, () => void>()
  changes.on('*', (change) => {
    if (change.table !== 'marks') told.push(change)
    // After a gap everything counts as changed, so all that was written before is heard as well.
    const marked = change.values?.get('number')
    const heard = change.table !== 'marks' ? [] : (marked ?? waiting.keys())
    for (const number of heard) waiting.get(String(number))?.()
  })
  const listener = listens
    ? await listenToTables({ database: url, changes, tables: watched, ...options })
    : deaf
  told.length = 0
  const queries = new QueryCache({ cache, changes })
  // It outlives a restart of the server.
  const marker = pool()
  const connections = new WeakMap<Asked, ConnectionQueries>()
  const ears: Ears = {
    cache,
    changes,
    listener,
    told,
    asked: 0,
    async heard() {
      const { rows } = await marker.query("SELECT nextval('marks_number_seq')::text AS number")
      const [{ number }] = rows
      const mark = new Promise<void>((resolve) => waiting.set(number, resolve))
      await marker.query('INSERT INTO marks VALUES ($1)', [number])
      await mark
      waiting.delete(number)
    },
    read(asking, sql, parameters = []) {
      const connection = connections.get(asking) ?? queries.connection()
      connections.set(asking, connection)
      return connection.run<unknown[]>({
        sql,
        parameters,
        caching: true,
        run: async () => {
          ears.asked++
          return (await asking.query(sql, parameters)).rows
        },
        isEmpty: (rows) => rows.length === 0,
      })
    },
    async close() {
      await listener.close()
      await cache.close()
    },
  }
  return ears
}
