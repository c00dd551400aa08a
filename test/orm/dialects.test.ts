import Database from 'better-sqlite3'
import { type Connection, createConnection } from 'mysql2/promise'
import { Client } from 'pg'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { Cache } from '../../src/contracts/cache.ts'
import { createCache } from '../../src/index.ts'
import { databaseChanges } from '../../src/orm/database-changes.ts'
import { QueryCache } from '../../src/orm/query-cache.ts'
import { type MariadbServer, startMariadb } from '../servers/mariadb.ts'
import { type PostgresServer, startPostgres } from '../servers/postgres.ts'

/** A text, and what stands for its placeholders. */
type Sql = string | readonly [sql: string, ...parameters: unknown[]]
type Ask = (sql: string, parameters: readonly unknown[]) => Promise<unknown[]>
type Say = (sql: Sql) => Promise<unknown[]>
/** A query, and what is done on its connection between the times that it is asked. */
type Case = readonly [read: Sql, ...writes: Sql[]]

const dialects = ['mariadb', 'postgres', 'sqlite'] as const
type Dialect = (typeof dialects)[number]

let servers: { readonly mariadb: MariadbServer; readonly postgres: PostgresServer }
let cache: Cache

beforeAll(async () => {
  const [mariadb, postgres] = await Promise.all([startMariadb(), startPostgres()])
  servers = { mariadb, postgres }
})
afterAll(() => Promise.all(Object.values(servers ?? {}).map((server) => server.stop())))
beforeEach(() => {
  cache = createCache({ defaults: { ttl: null } })
})
afterEach(() => cache.close())

/** Two connections to one database with a few rows. */
async function open(dialect: Dialect): Promise<{ asks: Ask[]; close(): Promise<unknown> }> {
  const quote = dialect === 'mariadb' ? '`' : '"'
  const setup = [
    'drop table if exists users',
    'drop table if exists posts',
    'drop table if exists ids',
    'create table ids (id integer)',
    'insert into ids values (1)',
    'create table users (id integer primary key, team integer, name varchar(40))',
    `create table posts (id integer primary key, author integer, ${quote}offset${quote} integer, ${quote}limit${quote} integer)`,
    "insert into users values (1, 1, 'a'), (2, 1, 'b')",
    'insert into posts values (10, 1, 10, 1), (11, 2, 11, 2)',
  ]
  if (dialect === 'sqlite') {
    const database = new Database(':memory:')
    for (const sql of setup) database.exec(sql)
    const ask: Ask = async (sql, parameters) => {
      // Only `exec` takes several statements.
      if (sql.includes(';')) return database.exec(sql) && []
      const statement = database.prepare(sql)
      if (statement.reader) return statement.all(...parameters)
      statement.run(...parameters)
      return []
    }
    return { asks: [ask, ask], close: async () => database.close() }
  }
  if (dialect === 'mariadb') {
    const connect = () => createConnection({ uri: servers.mariadb.url, multipleStatements: true })
    const connections = [await connect(), await connect()]
    const asks = connections.map(
      (connection: Connection): Ask =>
        async (sql, parameters) => {
          const [rows] = await connection.query(sql, [...parameters])
          return Array.isArray(rows) ? rows : []
        },
    )
    for (const sql of setup) await asks[0]?.(sql, [])
    return { asks, close: () => Promise.all(connections.map((one) => one.end())) }
  }
  const connections = [new Client(servers.postgres.url), new Client(servers.postgres.url)]
  const asks = connections.map(
    (connection): Ask =>
      async (sql, parameters) => {
        const { rows } = await connection.query(sql, [...parameters])
        return rows ?? []
      },
  )
  for (const connection of connections) await connection.connect()
  for (const sql of setup) await asks[0]?.(sql, [])
  return { asks, close: () => Promise.all(connections.map((one) => one.end())) }
}

/** What both connections are answered after the case, from the cache and by the database. */
async function play(dialect: Dialect, [read, ...writes]: Case) {
  const { asks, close } = await open(dialect)
  const changes = databaseChanges({
    cache,
    columns: { users: ['id', 'name'], posts: ['id'] },
    generated: { users: ['id'], posts: ['id'] },
  })
  const queries = new QueryCache({ cache, changes, strategy: 'all' })
  const connections = asks.map((ask) => {
    const connection = queries.connection()
    return (given: Sql) => {
      const [sql, ...parameters] = typeof given === 'string' ? [given] : given
      const run = () => ask(sql, parameters)
      return connection.run({ sql, parameters, run, isEmpty: (rows) => rows.length === 0 })
    }
  })
  const [writing, reading] = connections as [Say, Say]
  try {
    await reading(read)
    for (const write of writes) await writing(write)
    const [sql, ...parameters] = typeof read === 'string' ? [read] : read
    return {
      cached: [await reading(read), await writing(read)],
      database: [await asks[1]?.(sql, parameters), await asks[0]?.(sql, parameters)],
    }
  } finally {
    await close()
  }
}

const users = 'select * from users order by id'
const posts = 'select * from posts order by id'
/** What is written in a transaction, seen by its own connection, and given up. */
const givenUp = [`update users set name = 'z'`, users, 'rollback']
const cases: Readonly<Record<Dialect, readonly Case[]>> = {
  mariadb: [
    [posts, 'delete from users, posts using users join posts on posts.author = users.id'],
    [users, 'delete from u using users as u join posts p on p.author = u.id where u.id = 1'],
    ['select @x as it from users', 'set @x = 1'],
    [users, 'begin', 'commit and chain', ...givenUp],
    [users, 'begin', 'rollback and chain', ...givenUp],
    [users, 'set autocommit = 0', ...givenUp],
    [users, 'set autocommit = 0', 'commit', ...givenUp],
    [users, 'set autocommit = 0', `update users set name = 'z'`, 'set autocommit = 1'],
    [users, `xa start 'a'`, `update users set name = 'z'`, users, `xa end 'a'`, `xa rollback 'a'`],
    [users, 'begin', `update users set name = 'z'`, 'lock tables posts read', 'unlock tables'],
    [users, 'begin', `update users set name = 'z'`, 'analyze table posts', 'rollback'],
    [users, 'savepoint a', `update users set name = 'z'`],
    [users, 'savepoint a', 'begin', ...givenUp],
    [
      ['select * from ?? where id = ?', 'users', 1],
      ['update ?? set ?? = ? where id = ?', 'users', 'name', 'z', 1],
    ],
    [users, ['delete from ?? where id = ?', 'users', 1]],
    [users, ['delete ?? from users join posts on true', ['users', 'posts']]],
    [
      `select * from users where name <> "\\"" and id in (select author from posts) and name <> "\\""`,
      'delete from posts',
    ],
    [
      ['select * from users where name = ?', 'a\nb'],
      "insert into users (id, name) values (3, 'a\\nb')",
    ],
    [users, `/*! update users set name = 'z' */`],
    [users, `/*M! update users set name = 'z' */`],
    [users, `update posts # don't\n, users set name = 'z' where name <> '#'`],
    ['select * from users where 4--1 and id in (select author from posts)', 'delete from posts'],
    [users, `update low_priority ignore users set name = 'z'`],
    ['select * from { oj users left join posts on true }', `update users set name = 'z'`],
    ['select * from users where id = 20', 'insert into users (id) values (19.6)'],
    [
      ['select * from users where id = ?', 20],
      ['update users set id = ? where id = 1', '19.6'],
    ],
    [users, `begin not atomic update users set name = 'z'; end`],
    [users, `if 1 then update users set name = 'z'; end if`],
    [users, `for i in 1..2 do update users set name = i; end for`],
    [users, `set statement max_statement_time = 9 for update users set name = 'z'`],
    [
      users,
      'begin',
      `select 1; create or replace trigger t after insert on posts for each row begin update users set team = 3; end; begin`,
      ...givenUp,
    ],
  ],
  postgres: [
    [`select current_setting('app.tenant', true) as it from users`, `set app.tenant = 'b'`],
    [`select "current_setting"('app.tenant', true) as it from users`, `set app.tenant = 'b'`],
    ['with x as (table users) select * from x', `update users set name = 'z'`],
    ['select id from posts where author in (table ids)', 'update ids set id = 2'],
    ['select id from posts union table only ids', 'update ids set id = 3'],
    ['select * from users where id = 20', 'update users set id = 19.6 where id = 1'],
    [users, 'begin', 'commit and chain', ...givenUp],
    [
      users,
      'begin',
      `select 1; create function f() returns void begin atomic update users set team = 3; end`,
      ...givenUp,
    ],
  ],
  sqlite: [
    [users, 'delete from main.users as u where u.id = 1'],
    [
      users,
      'begin',
      `select 1; create trigger t after insert on posts begin update users set team = 3; end`,
      ...givenUp,
    ],
    [users, 'savepoint a', `update users set name = 'z'`, users, 'rollback to a', 'release a'],
    [users, 'savepoint a', `update users set name = 'z'`, 'release a'],
    [users, `update [users] set name = 'z'`],
    [users, `update 'users' set name = 'z'`],
    [users, `delete from 'main'.'users'`],
    [`select name from posts join 'users' u on u.id = author`, `update users set name = 'z'`],
    ['select name from posts, [users] u', `update users set name = 'z'`],
    [
      'select u.name from posts p join posts q on p.id = q.offset, users u',
      `update users set name = 'z'`,
    ],
    ['select * from users where id = 7', 'update users set rowid = 7 where id = 1'],
    ['select * from posts where id = 7', 'update posts set author = "limit", id = 7 where id = 10'],
    ['select * from users where id = 7', 'update users set _rowid_ = 7 where id = 1'],
  ],
}

describe.each(dialects)('what %s understands, however it is written', (dialect) => {
  test.each(cases[dialect].map((one) => [one.join('; '), one] as const))('%s', async (_, one) => {
    const { cached, database } = await play(dialect, one)
    expect(cached).toEqual(database)
  })
})
