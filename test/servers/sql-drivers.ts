import { mkdtempSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createPool } from 'mysql2/promise'
import type { SqlClient } from '../../src/stores/sql/client.ts'
import { type HandedClient, holdClient } from '../../src/stores/sql/hold-client.ts'
import type { SqliteDatabase } from '../../src/stores/sql/sqlite-client.ts'
import { startMariadb } from './mariadb.ts'
import { startPostgres } from './postgres.ts'
import type { Server } from './start-server.ts'

/** A database that is empty at first, and clients of it. */
export interface SqlPlace {
  readonly url: string
  /** One client more, as an application of its own would have it. */
  connect(): HandedClient
  /** One client more, to look at what is there. */
  look(): SqlClient
  /** Closes the clients, and removes what is not on a server. */
  leave(): Promise<void>
}

export interface SqlDriver {
  readonly name: string
  open(): Promise<SqlPlace>
}

interface Sqlite extends SqliteDatabase {
  close(): void
}

interface NodeSqlite {
  readonly DatabaseSync: new (path: string) => Sqlite
}

interface Connected {
  readonly handle: HandedClient
  readonly close: () => unknown
}

/** Neither of the two comes with types. */
const require = createRequire(import.meta.url)
const { Pool } = require('pg')
const Database = require('better-sqlite3')

const servers = new Map<string, Promise<Server & { readonly url: string }>>()
let databases = 0

export async function stopServers(): Promise<void> {
  for (const server of servers.values()) await (await server).stop()
  servers.clear()
}

export const postgres: SqlDriver = {
  name: 'pg',
  async open() {
    const { url } = await shared('postgres', startPostgres)
    const name = `test${databases++}`
    const admin = new Pool({ connectionString: url })
    await admin.query(`CREATE DATABASE ${name}`)
    await admin.end()
    const own = url.replace(/\w+$/, name)
    return place(own, () => {
      const pool = new Pool({ connectionString: own, max: 8 })
      return { handle: pool, close: () => pool.end() }
    })
  },
}

export const mariadb: SqlDriver = mysqlDriver('mysql2', '')
/** All modes that change what a statement means, and a collation that takes A for a. */
const strangeMariadb: SqlDriver = mysqlDriver(
  'mysql2 in another mode',
  'ANSI,ONLY_FULL_GROUP_BY,TRADITIONAL,NO_BACKSLASH_ESCAPES,PAD_CHAR_TO_FULL_LENGTH',
)

export const betterSqlite: SqlDriver = sqliteDriver('better-sqlite3', (path) => new Database(path))

/** `node:sqlite`, which is not there before Node 22. */
export const builtIn: NodeSqlite | undefined = await import('node:sqlite' as string).catch(
  () => undefined,
)

/** Every driver that there is. */
export const sqlDrivers: readonly SqlDriver[] = [
  postgres,
  mariadb,
  strangeMariadb,
  betterSqlite,
  ...(builtIn ? [sqliteDriver('node:sqlite', (path) => new builtIn.DatabaseSync(path))] : []),
]

function mysqlDriver(name: string, mode: string): SqlDriver {
  return {
    name,
    async open() {
      const { url } = await shared('mariadb', startMariadb)
      const database = `test${databases++}`
      const admin = createPool(url)
      await admin.query(
        `CREATE DATABASE ${database} CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci`,
      )
      await admin.end()
      const own = url.replace(/\w+$/, database)
      return place(own, () => {
        const pool = createPool({ uri: own, connectionLimit: 8 })
        if (mode !== '') {
          pool.on('connection', (connection) => {
            connection.query(`SET SESSION sql_mode = '${mode}'`)
          })
        }
        return { handle: pool, close: () => pool.end() }
      })
    },
  }
}

function sqliteDriver(name: string, connect: (path: string) => Sqlite): SqlDriver {
  return {
    name,
    async open() {
      const directory = mkdtempSync(join(tmpdir(), 'hotset-sqlite-'))
      const path = join(directory, 'cache.db')
      const opened = place(`sqlite:${path}`, () => {
        const database = connect(path)
        database.exec('PRAGMA busy_timeout = 5; PRAGMA journal_mode = WAL')
        return { handle: database, close: () => database.close() }
      })
      return {
        ...opened,
        async leave() {
          await opened.leave()
          rmSync(directory, { recursive: true })
        },
      }
    },
  }
}

function place(url: string, open: () => Connected): SqlPlace {
  const closes: Connected['close'][] = []
  const connect = () => {
    const { handle, close } = open()
    closes.push(close)
    return handle
  }
  return {
    url,
    connect,
    look: () => holdClient(connect()).client,
    async leave() {
      for (const close of closes) await close()
    },
  }
}

function shared(
  name: string,
  start: () => Promise<Server & { readonly url: string }>,
): Promise<Server & { readonly url: string }> {
  const server = servers.get(name) ?? start()
  servers.set(name, server)
  return server
}
