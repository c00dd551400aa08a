import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createClient } from '@libsql/client'
import Database from 'better-sqlite3'
import { relations } from 'drizzle-orm'
import { drizzle as onBetterSqlite } from 'drizzle-orm/better-sqlite3'
import { drizzle as onLibsql } from 'drizzle-orm/libsql'
import * as mysql from 'drizzle-orm/mysql-core'
import { drizzle as onMysql2 } from 'drizzle-orm/mysql2'
import { drizzle as onNodePostgres } from 'drizzle-orm/node-postgres'
import * as pg from 'drizzle-orm/pg-core'
import { drizzle as onPostgresJs } from 'drizzle-orm/postgres-js'
import * as sqlite from 'drizzle-orm/sqlite-core'
import { type AsyncRemoteCallback, drizzle as onSqliteProxy } from 'drizzle-orm/sqlite-proxy'
import { createPool } from 'mysql2/promise'
import { Pool } from 'pg'
import postgres from 'postgres'
import { afterAll, beforeAll } from 'vitest'
import type { DrizzleCache } from '../../src/orm/drizzle.ts'
import { type MariadbServer, startMariadb } from '../servers/mariadb.ts'
import { type PostgresServer, startPostgres } from '../servers/postgres.ts'
import { type Fluent, fluent, type Tables } from './drizzle-shop.ts'
import { seed } from './shop.ts'

const pgTables = {
  users: pg.pgTable('users', {
    id: pg.integer().primaryKey(),
    team: pg.integer().notNull(),
    name: pg.text().notNull(),
  }),
  posts: pg.pgTable('posts', {
    id: pg.integer().primaryKey(),
    author: pg.integer().notNull(),
    title: pg.text().notNull(),
    likes: pg.integer().notNull(),
  }),
} satisfies Tables

const sqliteTables = {
  users: sqlite.sqliteTable('users', {
    id: sqlite.integer().primaryKey(),
    team: sqlite.integer().notNull(),
    name: sqlite.text().notNull(),
  }),
  posts: sqlite.sqliteTable('posts', {
    id: sqlite.integer().primaryKey(),
    author: sqlite.integer().notNull(),
    title: sqlite.text().notNull(),
    likes: sqlite.integer().notNull(),
  }),
} satisfies Tables

const mysqlTables = {
  users: mysql.mysqlTable('users', {
    id: mysql.int().primaryKey(),
    team: mysql.int().notNull(),
    name: mysql.varchar({ length: 20 }).notNull(),
  }),
  posts: mysql.mysqlTable('posts', {
    id: mysql.int().primaryKey(),
    author: mysql.int().notNull(),
    title: mysql.varchar({ length: 20 }).notNull(),
    likes: mysql.int().notNull(),
  }),
} satisfies Tables

function schemaOf<T extends Tables>(tables: T) {
  const { users, posts } = tables
  return {
    ...tables,
    ofUsers: relations(users, ({ many }) => ({ posts: many(posts) })),
    ofPosts: relations(posts, ({ one }) => ({
      user: one(users, { fields: [posts.author], references: [users.id] }),
    })),
  }
}

const ofPg = schemaOf(pgTables)
const ofSqlite = schemaOf(sqliteTables)
const ofMysql = schemaOf(mysqlTables)

const definitions = [
  'create table users (id integer primary key, team integer not null, name text not null)',
  'create table posts (id integer primary key, author integer not null, title text not null, likes integer not null)',
]

/** A database, by way of the cache and without. */
export interface Place {
  readonly cached: Fluent
  /** Whose writes are told; where it is not `cached`, it waits for nothing. */
  readonly writing: Fluent
  readonly direct: Fluent
  readonly tables: Tables
  /** Others can ask while a transaction is open. */
  readonly isShared: boolean
  close(): void
}

export type OpenPlace = (queries: DrizzleCache) => Promise<Place>

export interface Places {
  readonly nodePostgres: OpenPlace
  readonly postgresJs: OpenPlace
  readonly libsql: OpenPlace
  readonly sqliteProxy: OpenPlace
  readonly betterSqlite: OpenPlace
  readonly mysql2: OpenPlace
  /** Of the PostgreSQL. */
  url(): string
  /** Of a new SQLite, with a table `users` of ids and names. */
  file(): string
}

/** Databases for all tests of a file, with nothing but the seed each time that one is opened. */
export function places(): Places {
  const directory = mkdtempSync(join(tmpdir(), 'hotset-drizzle-'))
  let server: PostgresServer
  let mariadb: MariadbServer
  let pool: Pool
  let other: postgres.Sql
  let mysqlPool: ReturnType<typeof createPool>
  let files = 0

  beforeAll(async () => {
    ;[server, mariadb] = await Promise.all([startPostgres(), startMariadb()])
    pool = new Pool({ connectionString: server.url, max: 3 })
    other = postgres(server.url, { max: 3, onnotice() {} })
    mysqlPool = createPool({ uri: mariadb.url, connectionLimit: 3 })
    for (const definition of definitions) {
      await pool.query(definition)
      await mysqlPool.query(definition.replace('text', 'varchar(20)'))
    }
  })
  afterAll(async () => {
    await pool?.end()
    await other?.end()
    await mysqlPool?.end()
    await Promise.all([server?.stop(), mariadb?.stop()])
    rmSync(directory, { recursive: true, force: true })
  })

  const sqliteFile = () => {
    const file = join(directory, `${files++}.db`)
    const database = new Database(file)
    database.pragma('journal_mode = WAL')
    database.pragma('synchronous = OFF')
    for (const definition of definitions) database.exec(definition)
    return { file, database, direct: fluent(onBetterSqlite(database, { schema: ofSqlite })) }
  }

  return {
    url: () => server.url,
    file() {
      const { file, database } = sqliteFile()
      database.exec('drop table users; create table users (id integer primary key, name text)')
      database.close()
      return file
    },
    async nodePostgres(cache) {
      await pool.query('truncate users, posts')
      const cached = fluent(cache.bind(onNodePostgres(pool, { schema: ofPg, cache })))
      const direct = fluent(onNodePostgres(pool, { schema: ofPg }))
      return filled({ cached, direct, tables: pgTables, isShared: true })
    },
    async postgresJs(cache) {
      await pool.query('truncate users, posts')
      const cached = fluent(cache.bind(onPostgresJs(other, { schema: ofPg, cache })))
      const direct = fluent(onNodePostgres(pool, { schema: ofPg }))
      return filled({ cached, direct, tables: pgTables, isShared: true })
    },
    async mysql2(cache) {
      for (const table of ['users', 'posts']) await mysqlPool.query(`delete from ${table}`)
      const options = { schema: ofMysql, mode: 'planetscale' } as const
      const cached = fluent(cache.bind(onMysql2(mysqlPool, { ...options, cache })))
      const direct = fluent(onMysql2(mysqlPool, options))
      return filled({ cached, direct, tables: mysqlTables, isShared: true })
    },
    async libsql(cache) {
      const { file, database, direct } = sqliteFile()
      const client = createClient({ url: `file:${file}` })
      const cached = fluent(cache.bind(onLibsql(client, { schema: ofSqlite, cache })))
      return filled({
        cached,
        direct,
        tables: sqliteTables,
        close() {
          client.close()
          database.close()
        },
      })
    },
    async sqliteProxy(cache) {
      const { database } = sqliteFile()
      const direct = fluent(onSqliteProxy(asServer(database), { schema: ofSqlite }))
      const cached = fluent(
        cache.bind(onSqliteProxy(asServer(database), { schema: ofSqlite, cache })),
      )
      return filled({ cached, direct, tables: sqliteTables, close: () => void database.close() })
    },
    async betterSqlite(cache) {
      const { database } = sqliteFile()
      const direct = fluent(onSqliteProxy(asServer(database), { schema: ofSqlite }))
      const writing = fluent(cache.bind(onBetterSqlite(database, { schema: ofSqlite, cache })))
      // Its reads are not cached: those of another are, of the same database.
      const cached = fluent(
        cache.bind(onSqliteProxy(asServer(database), { schema: ofSqlite, cache })),
      )
      const close = () => void database.close()
      return filled({ cached, writing, direct, tables: sqliteTables, close })
    },
  }
}

/** As a server would answer for a database. */
export function asServer(database: Database.Database): AsyncRemoteCallback {
  return async (text, parameters, method) => {
    const statement = database.prepare(text)
    if (!statement.reader) {
      statement.run(...parameters)
      return { rows: [] }
    }
    const rows = statement.raw().all(...parameters)
    return { rows: method === 'get' ? (rows[0] as unknown[]) : rows }
  }
}

async function filled(
  place: Omit<Place, 'writing' | 'close' | 'isShared'> & Partial<Place>,
): Promise<Place> {
  const { direct, tables, cached } = place
  await direct.insert(tables.users).values(seed.users)
  await direct.insert(tables.posts).values(seed.posts)
  return { writing: cached, isShared: false, close() {}, ...place }
}
