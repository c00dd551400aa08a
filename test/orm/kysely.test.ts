import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import fc from 'fast-check'
import {
  type CompiledQuery,
  ControlledTransaction,
  type Dialect,
  Kysely,
  MysqlDialect,
  PostgresDialect,
  SqliteDialect,
  sql,
} from 'kysely'
import { createPool } from 'mysql2'
import { Pool } from 'pg'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { Cache } from '../../src/contracts/cache.ts'
import { createCache } from '../../src/index.ts'
import { databaseChanges } from '../../src/orm/database-changes.ts'
import { cachedDialect, cacheQueries, type QueryCacheOptions } from '../../src/orm/kysely.ts'
import { redisStore } from '../../src/stores/redis.ts'
import { fakeClock } from '../../src/testing/index.ts'
import { type MariadbServer, startMariadb } from '../servers/mariadb.ts'
import { type PostgresServer, startPostgres } from '../servers/postgres.ts'
import { startRedis } from '../servers/redis.ts'
import type { Server } from '../servers/start-server.ts'
import { reads, type Tables, writes, writesOfPostgres } from './kysely-shop.ts'
import { GivenUp, rowsOf, type Step, seed, someOperation, someSteps } from './shop.ts'

const runs = 60
const definitions = [
  'create table users (id integer primary key, team integer not null, name text not null)',
  'create table posts (id integer primary key, author integer not null, title text not null, likes integer not null)',
]
const directory = mkdtempSync(join(tmpdir(), 'hotset-kysely-'))
let server: PostgresServer
let mariadb: MariadbServer
let redis: Server
let pool: Pool
let mysqlPool: ReturnType<typeof createPool>
let files = 0

beforeAll(async () => {
  ;[server, mariadb, redis] = await Promise.all([startPostgres(), startMariadb(), startRedis()])
  pool = new Pool({ connectionString: server.url, max: 3 })
  mysqlPool = createPool({ uri: mariadb.url, connectionLimit: 3 })
  for (const definition of definitions) {
    await pool.query(definition)
    await mysqlPool.promise().query(definition.replace('text', 'varchar(20)'))
  }
})
afterAll(async () => {
  await pool?.end()
  await mysqlPool?.promise().end()
  await Promise.all([server, mariadb, redis].map((one) => one?.stop()))
  rmSync(directory, { recursive: true, force: true })
})

let cache: Cache
let invalidations: number
let asked: number
let taken: number
let released: number
/** Answers of the database are held back until then. */
let answering: Promise<void> | undefined
/** As are its changes. */
let writing: { readonly reached: Gate; readonly held: Gate } | undefined

function useCache(made: Cache): void {
  cache = made
  invalidations = asked = taken = released = 0
  answering = writing = undefined
}

beforeEach(() => useCache(createCache({ defaults: { ttl: null } })))
afterEach(() => cache.close())

/** The dialect, whose connections and statements are counted. */
function counted(dialect: Dialect): Dialect {
  return {
    createDriver() {
      const driver = dialect.createDriver()
      const acquire = driver.acquireConnection.bind(driver)
      const release = driver.releaseConnection.bind(driver)
      driver.releaseConnection = (connection) => {
        released++
        return release(connection)
      }
      const seen = new WeakSet()
      driver.acquireConnection = async () => {
        taken++
        const connection = await acquire()
        if (seen.has(connection)) return connection
        seen.add(connection)
        const execute = connection.executeQuery.bind(connection)
        connection.executeQuery = async <Row>(query: CompiledQuery) => {
          if (writing && query.sql.startsWith('update')) {
            writing.reached.open()
            await writing.held.opened
          }
          const result = await execute<Row>(query)
          asked++
          await answering
          return result
        }
        return connection
      }
      return driver
    },
    createQueryCompiler: () => dialect.createQueryCompiler(),
    createAdapter: () => dialect.createAdapter(),
    createIntrospector: (db) => dialect.createIntrospector(db),
  }
}

function cached(dialect: Dialect, options: Partial<QueryCacheOptions> = {}): Kysely<Tables> {
  const counting = {
    invalidate: (tags: string | readonly string[]) => {
      invalidations++
      return cache.invalidate(tags)
    },
  }
  const changes = databaseChanges({
    cache: counting,
    columns: { users: ['id', 'team'], posts: ['id'] },
    generated: { users: ['id'] },
  })
  return new Kysely({ dialect: cachedDialect(counted(dialect), { cache, changes, ...options }) })
}

interface Place {
  readonly cached: Kysely<Tables>
  readonly direct: Kysely<Tables>
  /** Others can ask while a transaction is open. */
  readonly isShared: boolean
  close(): Promise<void>
}

async function onPostgres(options?: Partial<QueryCacheOptions>): Promise<Place> {
  const dialect = () => new PostgresDialect({ pool: async () => pool })
  await pool.query('truncate users, posts')
  return filled({
    cached: cached(dialect(), options),
    direct: new Kysely<Tables>({ dialect: dialect() }),
    isShared: true,
    close: async () => {},
  })
}

async function onMariadb(options?: Partial<QueryCacheOptions>): Promise<Place> {
  // Kysely ends the pool that it was given, which others go on with.
  const pool = { getConnection: mysqlPool.getConnection.bind(mysqlPool), end() {} }
  const dialect = () => new MysqlDialect({ pool: async () => pool })
  for (const table of ['users', 'posts']) await mysqlPool.promise().query(`delete from ${table}`)
  return filled({
    cached: cached(dialect(), options),
    direct: new Kysely<Tables>({ dialect: dialect() }),
    isShared: true,
    close: async () => {},
  })
}

async function onSqlite(options?: Partial<QueryCacheOptions>): Promise<Place> {
  const file = join(directory, `${files++}.db`)
  const open = () => {
    const database = new Database(file)
    database.pragma('journal_mode = WAL')
    database.pragma('synchronous = OFF')
    return database
  }
  const first = open()
  for (const definition of definitions) first.exec(definition)
  const [one, other] = [
    cached(new SqliteDialect({ database: first }), options),
    new Kysely<Tables>({ dialect: new SqliteDialect({ database: open() }) }),
  ]
  return filled({
    cached: one,
    direct: other,
    isShared: false,
    async close() {
      await one.destroy()
      await other.destroy()
    },
  })
}

async function filled(place: Place): Promise<Place> {
  await place.direct.insertInto('users').values(seed.users).execute()
  await place.direct.insertInto('posts').values(seed.posts).execute()
  return place
}

type Transaction = Extract<Step, { readonly ends: string }>

function alwaysRight(open: () => Promise<Place>, works: typeof writes, numRuns = runs) {
  return async () => {
    let compared = 0
    const property = fc.asyncProperty(
      fc.array(someOperation(reads.length), { minLength: 3, maxLength: 6 }),
      someSteps(works.length),
      async (questions, steps) => {
        const { cached, direct, isShared, close } = await open()
        const asking = cached.withPlugin(cacheQueries())
        const compare = async () => {
          for (const question of questions) {
            const read = reads[question.kind]
            const ask = async (db: Kysely<Tables>) =>
              rowsOf((await read?.(db, question).execute()) as unknown[])
            compared++
            expect(await ask(asking)).toEqual(await ask(direct))
          }
        }
        const perform = async (db: Kysely<Tables>, list: readonly Step[]) => {
          for (const step of list) {
            const doing =
              'operation' in step
                ? works[step.operation.kind]?.(db, step.operation).execute()
                : db instanceof ControlledTransaction
                  ? savepoint(db, step)
                  : transaction(db, step)
            // What the database refuses ends a transaction, and nothing else.
            await (db instanceof ControlledTransaction ? doing : doing?.catch(() => {}))
            if (isShared || !(db instanceof ControlledTransaction)) await compare()
          }
        }
        const transaction = async (db: Kysely<Tables>, { steps, ends }: Transaction) => {
          const tx = await db.startTransaction().execute()
          try {
            await perform(tx, steps)
            if (ends === 'rollback') throw new GivenUp()
          } catch (error) {
            await tx.rollback().execute()
            throw error
          }
          await tx.commit().execute()
        }
        let savepoints = 0
        const savepoint = async (
          outer: ControlledTransaction<Tables, string[]>,
          { steps, ends }: Transaction,
        ) => {
          const name = `point${savepoints++}`
          // By a call of the driver, or by a statement.
          const isCall = savepoints % 2 === 0
          const say = (text: string) => sql.raw(`${text} ${name}`).execute(outer)
          const tx = isCall ? await outer.savepoint(name).execute() : outer
          if (!isCall) await say('savepoint')
          try {
            await perform(tx, steps)
            if (ends === 'rollback') throw new GivenUp()
            await (isCall ? tx.releaseSavepoint(name).execute() : say('release savepoint'))
          } catch {
            await (isCall ? tx.rollbackToSavepoint(name).execute() : say('rollback to savepoint'))
          }
        }
        try {
          await compare()
          await perform(cached, steps)
          await compare()
        } finally {
          await close()
          await cache.clear()
        }
      },
    )
    await fc.assert(property, { numRuns })
    // It is no empty claim: many were not asked of the database.
    expect(cache.stats().hits).toBeGreaterThan(compared / 5)
  }
}

const ofPostgres = [...writes, ...writesOfPostgres]

describe('whatever is done, a cached answer is the one of the database', {
  timeout: 120_000,
}, () => {
  test('PostgreSQL', alwaysRight(onPostgres, ofPostgres))
  test('SQLite', alwaysRight(onSqlite, writes))
  // What it does not know, it refuses.
  test('MariaDB', alwaysRight(onMariadb, writes))
  test('a cache in Redis', async () => {
    await cache.close()
    const store = redisStore({ url: `redis://127.0.0.1:${redis.port}` })
    useCache(createCache({ store, memory: false, defaults: { ttl: '1h' } }))
    await alwaysRight(onPostgres, ofPostgres, 20)()
  })
})

/** A promise, and what resolves it. */
interface Gate {
  readonly opened: Promise<void>
  open(): void
}

function gate(): Gate {
  let open: () => void = () => {}
  const opened = new Promise<void>((resolve) => {
    open = resolve
  })
  return { opened, open }
}

const user = (db: Kysely<Tables>, id: number) =>
  db.withPlugin(cacheQueries()).selectFrom('users').selectAll().where('id', '=', id)
const rename = (db: Kysely<Tables>, id: number, name: string) =>
  db.updateTable('users').set({ name }).where('id', '=', id)
const nameOf = async (db: Kysely<Tables>, id: number) =>
  (await user(db, id).executeTakeFirst())?.name

describe('what is asked of the database', () => {
  test('an update of one row leaves the others where they are', async () => {
    const { cached: db } = await onPostgres()
    const posts = db.withPlugin(cacheQueries()).selectFrom('posts').selectAll()
    for (const id of [1, 2]) await user(db, id).execute()
    await posts.where('id', '=', 3).execute()
    await rename(db, 1, 'bob').execute()
    asked = taken = 0
    expect(await nameOf(db, 2)).toBe('ann')
    await posts.where('id', '=', 3).execute()
    expect({ asked, taken }).toEqual({ asked: 0, taken: 0 })
    expect(await nameOf(db, 1)).toBe('bob')
    expect({ asked, taken }).toEqual({ asked: 1, taken: 1 })
    expect(released).toBeGreaterThan(0)
  })

  test('nothing for what is cached, though the pool has no connection left', async () => {
    const { cached: db } = await onPostgres()
    await user(db, 1).execute()
    const clients = await Promise.all([1, 2, 3].map(() => pool.connect()))
    try {
      expect(await nameOf(db, 1)).toBe('ann')
    } finally {
      for (const client of clients) client.release()
    }
  })

  test('everything in a transaction, and on a connection that was told something', async () => {
    const { cached: db } = await onPostgres()
    await user(db, 1).execute()
    await db.transaction().execute(async (tx) => {
      asked = 0
      await user(tx, 1).execute()
      expect(asked).toBe(1)
    })
    await db.connection().execute(async (own) => {
      asked = 0
      await user(own, 1).execute()
      expect(asked).toBe(0)
      await sql`set search_path to nowhere`.execute(own)
      await expect(user(own, 1).execute()).rejects.toThrow('does not exist')
      await sql`reset search_path`.execute(own)
      expect(asked).toBe(2)
    })
  })

  test('what asks to be cached, and no query that was made of the same builder', async () => {
    const { cached: db } = await onSqlite()
    const query = db.selectFrom('users').selectAll().where('id', '=', 1)
    for (let time = 0; time < 2; time++) {
      await query.withPlugin(cacheQueries('1m')).execute()
      await query.execute()
    }
    expect(asked).toBe(3)
  })

  test('under strategy `all` every query, but those that do not want to be', async () => {
    const { cached: db } = await onSqlite({ strategy: 'all' })
    const query = db.selectFrom('users').selectAll().where('id', '=', 1)
    for (let time = 0; time < 2; time++) {
      await query.execute()
      await query.withPlugin(cacheQueries(false)).execute()
      await sql`select random() from users`.execute(db)
    }
    expect(asked).toBe(5)
  })

  test('a stream, which is passed through', async () => {
    const { cached: db, close } = await onSqlite({ strategy: 'all' })
    const names: string[] = []
    for await (const { name } of db.selectFrom('users').select('name').stream()) names.push(name)
    expect(names).toEqual(['ann', 'ann', 'ann'])
    // It is over: its connection is the only one.
    expect(await nameOf(db, 1)).toBe('ann')
    await close()
  })
})

describe('what a cached query answers', () => {
  test('is not what was there before the commit', async () => {
    const { cached: db } = await onPostgres()
    await db.transaction().execute(async (tx) => {
      await rename(tx, 1, 'bob').execute()
      expect(await nameOf(tx, 1)).toBe('bob')
      expect(await nameOf(db, 1)).toBe('ann')
      expect(invalidations).toBe(0)
    })
    expect(invalidations).toBe(1)
    expect(await nameOf(db, 1)).toBe('bob')
  })

  test('is not what was loaded before a change, and came after it', async () => {
    const { cached: db, direct } = await onPostgres()
    const held = gate()
    answering = held.opened
    const early = nameOf(db, 1)
    while (asked === 0) await sql`select 1`.execute(direct)
    const late = rename(db, 1, 'bob').execute()
    while (asked === 1) await sql`select 1`.execute(direct)
    held.open()
    expect(await early).toBe('ann')
    await late
    expect(await nameOf(db, 1)).toBe('bob')
  })

  test('is not what was loaded while a change was on its way', async () => {
    const { cached: db } = await onPostgres()
    const held = gate()
    writing = { reached: gate(), held }
    const late = rename(db, 1, 'bob').execute()
    await writing.reached.opened
    expect(await nameOf(db, 1)).toBe('ann')
    held.open()
    await late
    expect(await nameOf(db, 1)).toBe('bob')
  })

  test('is no longer nothing, when the database made its key', async () => {
    const { cached: db, close } = await onSqlite()
    expect([await nameOf(db, 1), await nameOf(db, 4)]).toEqual(['ann', undefined])
    await sql`insert into users (team, name) values (1, 'cid')`.execute(db)
    asked = 0
    expect([await nameOf(db, 1), await nameOf(db, 4)]).toEqual(['ann', 'cid'])
    expect(asked).toBe(1)
    await close()
  })

  test('stays, after a transaction or a savepoint that was rolled back', async () => {
    const { cached: db } = await onPostgres()
    await nameOf(db, 1)
    const givenUp = db.transaction().execute(async (tx) => {
      await rename(tx, 1, 'bob').execute()
      throw new GivenUp()
    })
    await expect(givenUp).rejects.toThrow(GivenUp)
    const tx = await db.startTransaction().execute()
    const point = await tx.savepoint('point').execute()
    await rename(point, 1, 'bob').execute()
    await point.rollbackToSavepoint('point').execute()
    await rename(tx, 2, 'bob').execute()
    await tx.commit().execute()
    expect(invalidations).toBe(1)
    asked = 0
    expect(await nameOf(db, 1)).toBe('ann')
    expect(asked).toBe(0)
    expect(await nameOf(db, 2)).toBe('bob')
  })

  test('is asked for anew where nobody knows whether a commit was done', async () => {
    const dialect = new PostgresDialect({ pool: async () => pool })
    const createDriver = dialect.createDriver.bind(dialect)
    dialect.createDriver = () => {
      const driver = createDriver()
      const commit = driver.commitTransaction.bind(driver)
      driver.commitTransaction = async (connection) => {
        await commit(connection)
        throw new Error('the connection is lost')
      }
      return driver
    }
    await onPostgres()
    const db = cached(dialect)
    await nameOf(db, 1)
    const lost = db.transaction().execute((tx) => rename(tx, 1, 'bob').execute())
    await expect(lost).rejects.toThrow('lost')
    expect(await nameOf(db, 1)).toBe('bob')
  })

  test('is what was there, when a statement fails', async () => {
    const { cached: db } = await onSqlite()
    await nameOf(db, 1)
    const twice = db.insertInto('users').values({ id: 1, team: 1, name: 'bob' }).execute()
    await expect(twice).rejects.toThrow('UNIQUE')
    expect(await nameOf(db, 1)).toBe('ann')
  })

  test('is renewed in the background, on a connection of its own', async () => {
    await cache.close()
    const clock = fakeClock()
    useCache(createCache({ clock }))
    const { cached: db, direct } = await onSqlite()
    const caching = cacheQueries({ ttl: '1m', staleWhileRevalidate: '1h' })
    const query = db.withPlugin(caching).selectFrom('users').select('name').where('id', '=', 1)
    await query.execute()
    await rename(direct, 1, 'bob').execute()
    await clock.advance(61_000)
    const held = gate()
    answering = held.opened
    expect(await query.execute()).toEqual([{ name: 'ann' }])
    held.open()
    await cache.close()
    expect(taken).toBe(2)
    expect(released).toBe(2)
  })

  test("is nobody else's", async () => {
    const { cached: db } = await onPostgres()
    const asked = db.withPlugin(cacheQueries())
    const query = () =>
      sql<{ data: { list: number[] }; at: Date; bytes: Buffer; big: bigint }>`
        select '{"list":[1]}'::jsonb as data, '2020-01-01'::timestamptz as at, '\\x01'::bytea as bytes
        from users where id = 1`.execute(asked)
    for (let time = 0; time < 3; time++) {
      const [row] = (await query()).rows
      expect(row).toEqual({
        data: { list: [1] },
        at: new Date('2020-01-01T00:00:00Z'),
        bytes: Buffer.from([1]),
      })
      row?.data.list.push(2)
      row?.at.setTime(0)
      row?.bytes.fill(0)
    }
  })

  test('comes back from a store as it was', async () => {
    await cache.close()
    const store = redisStore({ url: `redis://127.0.0.1:${redis.port}` })
    useCache(createCache({ store, memory: false }))
    const bigs = new Database(':memory:').defaultSafeIntegers(true)
    bigs.exec(`create table users (id integer primary key, team blob, name text)`)
    bigs.exec(`insert into users values (9007199254740993, x'01', null)`)
    const db = cached(new SqliteDialect({ database: bigs }))
    const query = db.withPlugin(cacheQueries()).selectFrom('users').selectAll()
    const row = { id: 9007199254740993n, team: Buffer.from([1]), name: null }
    expect(await query.execute()).toEqual([row])
    expect(await query.execute()).toEqual([row])
    expect(asked).toBe(1)
    await db.destroy()
  })
})
