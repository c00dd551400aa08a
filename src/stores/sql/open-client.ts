import { mkdir } from 'node:fs/promises'
import type { Socket } from 'node:net'
import { dirname, resolve } from 'node:path'
import { missingPackage } from '../../drivers/missing-package.ts'
import { ConfigError } from '../../kernel/errors.ts'
import type { HeldClient, SqlDialect } from './client.ts'
import { clientOf, type HandedClient, holdClient } from './hold-client.ts'
import { type MysqlPool, mysqlClient } from './mysql-client.ts'
import { type PgClient, postgresClient } from './postgres-client.ts'
import { again } from './retry.ts'
import { type SqliteDatabase, sqliteClient } from './sqlite-client.ts'

/** Connections that a store opens for itself, and how long to wait for one. */
const connections = 10
const connectMs = 5000
/** SQLite waits for a lock in this thread: little, and then again when others have had their turn. */
const sqliteWaitMs = 5
/** The first release in which `node:sqlite` comes without a warning. */
const settledNode = 24

/** The schemes of URLs, and what they speak. */
const schemes: ReadonlyMap<string, SqlDialect> = new Map([
  ['postgres', 'postgres'],
  ['postgresql', 'postgres'],
  ['mysql', 'mysql'],
  ['mariadb', 'mysql'],
  ['sqlite', 'sqlite'],
])

/** What a client speaks, or the server of a URL. Rejects what is neither. */
export function dialectOf(database: string | HandedClient): SqlDialect {
  if (typeof database !== 'string') return clientOf(database).dialect
  const scheme = /^[a-z]+(?=:)/.exec(database)?.[0]
  const dialect = schemes.get(scheme ?? '')
  if (dialect) return dialect
  const known = [...schemes.keys()].map((name) => `${name}:`).join(', ')
  // It is not shown, for there may be a password in it.
  throw new ConfigError(
    `Expected \`database\` to be a client, or a URL that begins with one of ${known}`,
  )
}

/** Holds the client, or loads the driver and opens what the URL names. */
export async function openClient(database: string | HandedClient): Promise<HeldClient> {
  return typeof database === 'string'
    ? openers[dialectOf(database)](database)
    : holdClient(database)
}

const openers: Readonly<Record<SqlDialect, (url: string) => Promise<HeldClient>>> = {
  async postgres(url) {
    const { Pool } = await load<PgModule>('pg')
    const pool = new Pool({
      connectionString: url,
      max: connections,
      connectionTimeoutMillis: connectMs,
      keepAlive: true,
      allowExitOnIdle: true,
    })
    // What happens to a connection that nobody uses concerns nobody; without this it would be thrown.
    pool.on('error', () => {})
    const busy = new Set<PgConnection>()
    pool.on('acquire', (connection) => busy.add(connection))
    pool.on('release', (_, connection) => busy.delete(connection))
    pool.on('remove', (connection) => busy.delete(connection))
    const release = async () => {
      const ended = pool.end()
      for (const connection of busy) void connection.end()
      await ended
    }
    return { client: postgresClient(pool), release }
  },
  async mysql(url) {
    const { createPool } = await load<MysqlModule>('mysql2/promise')
    const pool = createPool({
      uri: url.replace(/^mariadb:/, 'mysql:'),
      connectionLimit: connections,
      connectTimeout: connectMs,
      enableKeepAlive: true,
    })
    const busy = new Set<Socket>()
    pool.on('connection', ({ stream }) => stream.once('close', () => busy.delete(stream)))
    pool.on('acquire', ({ stream }) => busy.add(stream.ref()))
    pool.on('release', ({ stream }) => busy.delete(stream.unref()))
    const release = async () => {
      const ended = pool.end()
      for (const stream of busy) stream.destroy()
      // It fails where one was being opened in vain.
      await ended.catch(() => {})
    }
    return { client: mysqlClient(pool), release }
  },
  async sqlite(url) {
    const name = url.slice('sqlite:'.length).replace(/^\/\/(?=\/)/, '')
    if (name !== ':memory:') await mkdir(dirname(resolve(name)), { recursive: true })
    const database = await openSqlite(name)
    try {
      database.exec(`PRAGMA busy_timeout = ${sqliteWaitMs}`)
      // Readers beside a writer; what was committed last may be lost with the machine's power.
      await again(() => database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL'))
    } catch (error) {
      database.close()
      throw error
    }
    return { client: sqliteClient(database), release: async () => database.close() }
  },
}

interface PgModule {
  readonly Pool: new (options: object) => OwnPgPool
}

interface OwnPgPool extends PgClient {
  on(event: 'error', listener: (error: Error) => void): unknown
  on(event: 'acquire' | 'remove', listener: (connection: PgConnection) => void): unknown
  on(event: 'release', listener: (error: unknown, connection: PgConnection) => void): unknown
  end(): Promise<void>
}

interface PgConnection {
  /** Breaks the connection off where it waits for an answer. */
  end(): Promise<void>
}

interface MysqlModule {
  createPool(options: object): OwnMysqlPool
}

interface OwnMysqlPool extends MysqlPool {
  on(
    event: 'connection' | 'acquire' | 'release',
    listener: (connection: { readonly stream: Socket }) => void,
  ): unknown
  end(): Promise<void>
}

interface ClosableDatabase extends SqliteDatabase {
  close(): void
}

async function openSqlite(path: string): Promise<ClosableDatabase> {
  const fromNode = async () => {
    const { DatabaseSync } = await load<{ DatabaseSync: DatabaseClass }>('node:sqlite')
    return new DatabaseSync(path)
  }
  const fromPackage = async () => {
    const Database = await load<DatabaseClass>('better-sqlite3')
    return new Database(path)
  }
  const isSettled = Number.parseInt(process.versions.node, 10) >= settledNode
  const [first, second] = isSettled ? [fromNode, fromPackage] : [fromPackage, fromNode]
  try {
    return await first()
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    return await second().catch((cause) => {
      throw cause instanceof ConfigError ? missing('better-sqlite3', cause) : cause
    })
  }
}

type DatabaseClass = new (path: string) => ClosableDatabase

/** The drivers are loaded by a name that is no literal: bundlers need not find them. */
async function load<Module>(name: string): Promise<Module> {
  try {
    const module = await import(name)
    return module.default ?? module
  } catch (cause) {
    throw missing(name, cause)
  }
}

function missing(name: string, cause: unknown): ConfigError {
  return missingPackage('The SQL store', name.replace('/promise', ''), cause)
}
