import { createClient } from '@libsql/client'
import Database from 'better-sqlite3'
import { eq, is, sql } from 'drizzle-orm'
import { drizzle as onBetterSqlite } from 'drizzle-orm/better-sqlite3'
import { NoopCache } from 'drizzle-orm/cache/core'
import { drizzle as onLibsql } from 'drizzle-orm/libsql'
import { drizzle as onNodePostgres } from 'drizzle-orm/node-postgres'
import { integer, jsonb, pgTable, text } from 'drizzle-orm/pg-core'
import * as sqlite from 'drizzle-orm/sqlite-core'
import { drizzle as onSqliteProxy } from 'drizzle-orm/sqlite-proxy'
import fc from 'fast-check'
import { Pool } from 'pg'
import {
  afterAll,
  afterEach,
  beforeAll,
  beforeEach,
  describe,
  expect,
  onTestFinished,
  test,
} from 'vitest'
import type { Cache } from '../../src/contracts/cache.ts'
import { createCache } from '../../src/index.ts'
import { databaseChanges } from '../../src/orm/database-changes.ts'
import { type DrizzleCache, drizzleCache, type QueryCacheOptions } from '../../src/orm/drizzle.ts'
import { redisStore } from '../../src/stores/redis.ts'
import { fakeClock } from '../../src/testing/index.ts'
import { startRedis } from '../servers/redis.ts'
import type { Server } from '../servers/start-server.ts'
import { asServer, type OpenPlace, places } from './drizzle-places.ts'
import { type Fluent, reads, relational, writes, writesOfPostgres } from './drizzle-shop.ts'
import { GivenUp, rowsOf, type Step, someOperation, someSteps } from './shop.ts'

const runs = 50
const at = places()
let redis: Server

beforeAll(async () => {
  redis = await startRedis()
})
afterAll(() => redis?.stop())

let cache: Cache
let invalidations: number

function useCache(made: Cache): void {
  cache = made
  invalidations = 0
}

beforeEach(() => useCache(createCache({ defaults: { ttl: null } })))
afterEach(() => cache.close())

function cacheOf(options: Partial<QueryCacheOptions> = {}): DrizzleCache {
  const counting = {
    invalidate(tags: string | readonly string[]) {
      invalidations++
      return cache.invalidate(tags)
    },
  }
  const changes = databaseChanges({
    cache: counting,
    columns: { users: ['id', 'team'], posts: ['id'] },
    generated: { users: ['id'] },
  })
  return drizzleCache({ cache, changes, ...options })
}

/** The rows in whatever a driver answers. */
function answered(result: unknown): string[] {
  if (typeof result !== 'object' || result === null) return rowsOf([result])
  if ('rows' in result) return answered(result.rows)
  const [first] = result as readonly unknown[]
  return Array.isArray(first) ? answered(first) : rowsOf(result as readonly unknown[])
}

type Transaction = Extract<Step, { readonly ends: string }>

function alwaysRight(
  open: OpenPlace,
  { works = writes, questions: kinds = [...reads, ...relational], numRuns = runs } = {},
) {
  return async () => {
    let compared = 0
    const property = fc.asyncProperty(
      fc.array(someOperation(kinds.length), { minLength: 3, maxLength: 6 }),
      someSteps(works.length),
      async (questions, steps) => {
        const queries = cacheOf({ strategy: 'all' })
        const { cached, writing, direct, tables, isShared, close } = await open(queries)
        const compare = async () => {
          await queries.told()
          for (const question of questions) {
            const ask = async (db: Fluent) =>
              answered(await kinds[question.kind]?.(db, tables, question))
            compared++
            expect(await ask(cached)).toEqual(await ask(direct))
          }
        }
        const perform = async (db: Fluent, list: readonly Step[], inside: boolean) => {
          for (const step of list) {
            if ('ends' in step) await transaction(db, step).catch(() => {})
            else {
              const doing = async () => works[step.operation.kind]?.(db, tables, step.operation)
              // What the database refuses ends a transaction, and nothing else.
              await (inside ? doing() : doing().catch(() => {}))
            }
            if (isShared || !inside) await compare()
          }
        }
        const transaction = async (db: Fluent, { steps, ends }: Transaction) =>
          db.transaction(async (tx: Fluent) => {
            await perform(tx, steps, true)
            if (ends === 'rollback') throw new GivenUp()
          })
        const performAtOnce = (db: Fluent, list: readonly Step[], inside: boolean) => {
          for (const step of list) {
            try {
              if ('ends' in step) {
                db.transaction((tx: Fluent) => {
                  performAtOnce(tx, step.steps, true)
                  if (step.ends === 'rollback') throw new GivenUp()
                })
              } else {
                const doing = works[step.operation.kind]?.(db, tables, step.operation)
                // What no builder made is run already.
                if (doing && Reflect.has(doing, 'run')) doing.run()
              }
            } catch (error) {
              if (inside && !('ends' in step)) throw error
            }
          }
        }
        try {
          await compare()
          if (writing === cached) await perform(cached, steps, false)
          else {
            for (const step of steps) {
              performAtOnce(writing, [step], false)
              await compare()
            }
          }
          await compare()
        } finally {
          close()
          await cache.clear()
        }
      },
    )
    await fc.assert(property, { numRuns })
    // It is no empty claim: many were not asked of the database.
    expect(cache.stats().hits).toBeGreaterThan(compared / 5)
  }
}

const works = [...writes, ...writesOfPostgres]

describe('whatever is done, a cached answer is the one of the database', {
  timeout: 120_000,
}, () => {
  test('node-postgres', alwaysRight(at.nodePostgres, { works }))
  test('postgres-js', alwaysRight(at.postgresJs, { works }))
  test('libsql', alwaysRight(at.libsql))
  test('sqlite-proxy', alwaysRight(at.sqliteProxy))
  test('better-sqlite3', alwaysRight(at.betterSqlite))
  // What it does not know, it refuses.
  test('mysql2', alwaysRight(at.mysql2))
  test('a cache in Redis', async () => {
    await cache.close()
    const store = redisStore({ url: `redis://127.0.0.1:${redis.port}` })
    useCache(createCache({ store, memory: false, defaults: { ttl: '1h' } }))
    await alwaysRight(at.nodePostgres, { works, numRuns: 15 })()
  })
})

const users = pgTable('users', {
  id: integer().primaryKey(),
  team: integer().notNull(),
  name: text().notNull(),
})
const sqliteUsers = sqlite.sqliteTable('users', {
  id: sqlite.integer().primaryKey(),
  name: sqlite.text().notNull(),
})

/** PostgreSQL, and how often it was asked. */
async function postgres(options: Partial<QueryCacheOptions> = {}, isBound = true) {
  const queries = cacheOf(options)
  await at.nodePostgres(cacheOf())
  const pool = new Pool({ connectionString: at.url(), max: 3 })
  onTestFinished(() => pool.end())
  let asked = 0
  pool.on('acquire', () => asked++)
  const db = onNodePostgres(pool, { cache: queries })
  if (isBound) queries.bind(db)
  const user = (id: number) => db.select().from(users).where(eq(users.id, id))
  return {
    db,
    pool,
    queries,
    user,
    /** Statements since this was called last. */
    asked() {
      const since = asked
      asked = 0
      return since
    },
    rename: (id: number, name: string, by: Pick<typeof db, 'update'> = db) =>
      by.update(users).set({ name }).where(eq(users.id, id)),
    nameOf: async (id: number) => (await user(id).$withCache())[0]?.name,
  }
}

/** A promise, and what resolves it. */
function gate(): { readonly opened: Promise<void>; open(): void } {
  let open: () => void = () => {}
  const opened = new Promise<void>((resolve) => {
    open = resolve
  })
  return { opened, open }
}

/** Two users in memory. */
function sqliteDatabase(): Database.Database {
  const database = new Database(':memory:')
  onTestFinished(() => void database.close())
  database.exec('create table users (id integer primary key, name text not null)')
  database.exec(`insert into users values (1, 'ann'), (2, 'ann')`)
  return database
}

describe('what is asked of the database', () => {
  test('an update of one row leaves the others where they are', async () => {
    const { nameOf, rename, asked } = await postgres()
    for (const id of [1, 2]) await nameOf(id)
    await rename(1, 'bob')
    asked()
    expect(await nameOf(2)).toBe('ann')
    expect(asked()).toBe(0)
    expect(await nameOf(1)).toBe('bob')
    expect(asked()).toBe(1)
  })

  test('everything in a transaction', async () => {
    const { db, nameOf, rename } = await postgres({ strategy: 'all' })
    await nameOf(1)
    await db.transaction(async (tx) => {
      await rename(1, 'bob', tx)
      const [own] = await tx.select().from(users).where(eq(users.id, 1)).$withCache()
      expect(own?.name).toBe('bob')
      expect(await nameOf(1)).toBe('ann')
      expect(invalidations).toBe(0)
    })
    expect(invalidations).toBe(1)
    expect(await nameOf(1)).toBe('bob')
  })

  test('what asks to be cached, or under strategy `all` what does not refuse', async () => {
    const explicit = await postgres()
    for (let time = 0; time < 2; time++) {
      await explicit.user(1)
      await explicit.user(1).$withCache(false)
      await explicit.user(1).$withCache()
    }
    expect(explicit.asked()).toBe(5)
    const all = await postgres({ strategy: 'all', options: { tags: ['all'] } })
    await cache.clear()
    for (let time = 0; time < 2; time++) {
      await all.user(1)
      await all.user(1).$withCache(false)
      await all.db.$count(users)
      await all.db.execute(sql`select random() from users`)
    }
    expect(all.asked()).toBe(6)
  })

  test.each(['all', 'own'])('have the tags of all and their own: `%s` ends one', async (tag) => {
    const { user, asked } = await postgres({ options: { tags: ['all'] } })
    const query = () => user(1).$withCache({ tag: 'own' })
    for (let time = 0; time < 2; time++) await query()
    expect(asked()).toBe(1)
    await cache.invalidate([tag])
    await query()
    expect(asked()).toBe(1)
  })
})

describe('what a cached query answers', () => {
  test('is not what was loaded before a change, and came after it', async () => {
    const database = sqliteDatabase()
    const queries = cacheOf()
    const [asked, held] = [gate(), gate()]
    const db = queries.bind(
      onSqliteProxy(
        async (text, parameters) => {
          const statement = database.prepare(text)
          const rows = statement.reader ? statement.raw().all(...parameters) : []
          if (!statement.reader) statement.run(...parameters)
          asked.open()
          if (statement.reader) await held.opened
          return { rows }
        },
        { cache: queries },
      ),
    )
    const first = () => db.select().from(sqliteUsers).where(eq(sqliteUsers.id, 1)).$withCache()
    const early = first().execute()
    await asked.opened
    await db.update(sqliteUsers).set({ name: 'bob' }).where(eq(sqliteUsers.id, 1))
    held.open()
    expect(await early).toEqual([{ id: 1, name: 'ann' }])
    expect(await first()).toEqual([{ id: 1, name: 'bob' }])
  })

  test('stays, after a transaction or a savepoint that was rolled back', async () => {
    const { db, nameOf, rename, asked } = await postgres()
    await nameOf(1)
    const givenUp = db.transaction(async (tx) => {
      await rename(1, 'bob', tx)
      tx.rollback()
    })
    await expect(givenUp).rejects.toThrow('Rollback')
    await db.transaction(async (tx) => {
      const nested = tx.transaction(async (inner) => {
        await rename(1, 'bob', inner)
        inner.rollback()
      })
      await expect(nested).rejects.toThrow('Rollback')
      await rename(2, 'bob', tx)
    })
    expect(invalidations).toBe(1)
    asked()
    expect(await nameOf(1)).toBe('ann')
    expect(asked()).toBe(0)
    expect(await nameOf(2)).toBe('bob')
  })

  test('stays, where a savepoint is a call of the driver', async () => {
    const { cached, tables } = await at.postgresJs(cacheOf())
    invalidations = 0
    await cached.transaction((tx: Fluent) =>
      tx
        .transaction(async (inner: Fluent) => {
          await inner.update(tables.users).set({ name: 'bob' })
          throw new GivenUp()
        })
        .then(undefined, () => {}),
    )
    expect(invalidations).toBe(0)
  })

  test('is asked for anew where a call commits, and nobody knows whether it did', async () => {
    const queries = cacheOf()
    const client = createClient({ url: `file:${at.file()}` })
    onTestFinished(() => client.close())
    const db = queries.bind(onLibsql(client, { cache: queries }))
    await db.insert(sqliteUsers).values({ id: 1, name: 'ann' })
    const first = () => db.select().from(sqliteUsers).where(eq(sqliteUsers.id, 1)).$withCache()
    expect(await first()).toEqual([{ id: 1, name: 'ann' }])
    const transaction = client.transaction.bind(client)
    client.transaction = async () => {
      const tx = await transaction('write')
      const commit = tx.commit.bind(tx)
      tx.commit = async () => {
        await commit()
        throw new Error('the connection is lost')
      }
      return tx
    }
    const renamed = db.transaction((tx) => tx.update(sqliteUsers).set({ name: 'bob' }).execute())
    await expect(renamed).rejects.toThrow('lost')
    expect(await first()).toEqual([{ id: 1, name: 'bob' }])
  })

  test('is no longer nothing, when the database made its key', async () => {
    const queries = cacheOf()
    const database = sqliteDatabase()
    const [telling, remote] = [onBetterSqlite(database, { cache: queries }), asServer(database)]
    const db = queries.bind(onSqliteProxy(remote, { cache: queries }))
    queries.bind(telling)
    const nameOf = async (id: number) =>
      (await db.select().from(sqliteUsers).where(eq(sqliteUsers.id, id)).$withCache())[0]?.name
    expect([await nameOf(1), await nameOf(3)]).toEqual(['ann', undefined])
    telling.run(sql`insert into users (name) values ('cid')`)
    await queries.told()
    const { loads } = cache.stats()
    expect([await nameOf(1), await nameOf(3)]).toEqual(['ann', 'cid'])
    expect(cache.stats().loads).toBe(loads + 1)
  })

  test('is asked for anew where nobody knows whether a commit was done', async () => {
    const { db, pool, nameOf, rename } = await postgres()
    pool.on('connect', (client) => {
      const query: (...given: unknown[]) => unknown = client.query.bind(client)
      const lost = (config: { text?: string }, ...given: unknown[]) => {
        const result = query(config, ...given)
        if (config.text !== 'commit') return result
        return Promise.resolve(result).then(() => {
          throw new Error('the connection is lost')
        })
      }
      Object.assign(client, { query: lost })
    })
    const transaction = db.transaction((tx) => rename(1, 'bob', tx).execute())
    await expect(transaction).rejects.toThrow('commit')
    expect(await nameOf(1)).toBe('bob')
    expect(invalidations).toBe(1)
  })

  test('is what was there, when a statement fails, which Drizzle tells of as ever', async () => {
    const { db, nameOf } = await postgres()
    await nameOf(1)
    const twice = db.insert(users).values({ id: 1, team: 1, name: 'bob' })
    await expect(twice).rejects.toMatchObject({ name: 'Error', query: /^insert/ })
    expect(await nameOf(1)).toBe('ann')
  })

  test('has the form of the query that asks', async () => {
    const { db, asked } = await postgres({ strategy: 'all' })
    const rows = { rows: [{ id: 1 }], rowCount: 1, command: 'SELECT', fields: [{ name: 'id' }] }
    for (let time = 0; time < 2; time++) {
      const result = await db.execute(sql`select "id" from "users" where "users"."id" = ${1}`)
      expect(result).toMatchObject(rows)
      const some = await db.select({ id: users.id }).from(users).where(eq(users.id, 1))
      expect(some).toEqual([{ id: 1 }])
    }
    expect(asked()).toBe(2)
  })

  test("is nobody else's", async () => {
    const { db } = await postgres()
    const notes = pgTable('notes', { id: integer(), list: jsonb().$type<number[]>() })
    await db.execute(sql`create table notes (id integer, list jsonb)`)
    await db.insert(notes).values({ id: 1, list: [1] })
    for (let time = 0; time < 3; time++) {
      const [note] = await db.select().from(notes).$withCache()
      expect(note).toEqual({ id: 1, list: [1] })
      note?.list?.push(2)
    }
    await db.execute(sql`drop table notes`)
  })
})

describe('what Drizzle documents', () => {
  test('queries end as `config` says', async () => {
    await cache.close()
    const clock = fakeClock()
    useCache(createCache({ clock }))
    const { user, asked } = await postgres()
    const ends = [{ ex: 1 }, { px: 1000 }, { pxat: Date.now() + 600_000 }, {}]
    for (const config of ends) {
      await cache.clear()
      const query = () => user(1).$withCache({ config })
      await query()
      await query()
      expect(asked()).toBe(1)
      await clock.advance(1001)
      await query()
      expect(asked()).toBe('ex' in config || 'px' in config ? 1 : 0)
    }
  })

  test('`$cache.invalidate` takes tags, tables and their names', async () => {
    const { db, user, asked } = await postgres()
    const query = () => user(1).$withCache({ tag: 'first', autoInvalidate: false })
    const other = () => user(2).$withCache({ tag: 'first' })
    const both = async () => {
      expect(await query()).toHaveLength(1)
      expect(await other()).toMatchObject([{ id: 2, name: 'ann' }])
      return asked()
    }
    expect(await both()).toBe(2)
    await db.$cache.invalidate({ tags: 'first' })
    expect(await both()).toBe(2)
    await db.$cache.invalidate({ tables: users })
    expect(await both()).toBe(1)
    await db.$cache.invalidate({ tables: ['users', 'public.posts'] })
    expect(await both()).toBe(1)
    await db.update(users).set({ team: 5 })
    asked()
    expect(await both()).toBe(1)
  })

  test('it is a cache that does something', () => {
    expect(is(cacheOf(), NoopCache)).toBe(false)
    expect(() => cacheOf().bind({})).toThrow('to be a database of Drizzle')
  })
})

describe('statements together', () => {
  test('change what they change', async () => {
    const queries = cacheOf()
    const client = createClient({ url: ':memory:' })
    onTestFinished(() => client.close())
    const db = queries.bind(onLibsql(client, { cache: queries }))
    const first = () => db.select().from(sqliteUsers).where(eq(sqliteUsers.id, 1)).$withCache()
    await db.run(sql`create table users (id integer primary key, name text not null)`)
    expect(await first()).toEqual([])
    await db.batch([
      db.insert(sqliteUsers).values({ id: 1, name: 'ann' }),
      db.run(sql`update users set name = 'bob'`),
      db.select().from(sqliteUsers),
    ])
    expect(await first()).toEqual([{ id: 1, name: 'bob' }])
  })
})

describe('a driver that waits for nothing', () => {
  test('tells what was changed, once it was, and not what was rolled back', async () => {
    const queries = cacheOf()
    const db = queries.bind(onBetterSqlite(sqliteDatabase(), { cache: queries }))
    const rename = (name: string) => db.update(sqliteUsers).set({ name }).run()
    const told = async () => {
      await queries.told()
      const since = invalidations
      invalidations = 0
      return since
    }
    rename('bob')
    db.insert(sqliteUsers).values({ id: 3, name: 'cid' }).returning().all()
    expect(await told()).toBe(2)
    const givenUp = () =>
      db.transaction((tx) => {
        rename('cid')
        tx.rollback()
      })
    expect(givenUp).toThrow('Rollback')
    expect(await told()).toBe(0)
    db.transaction(() => expect(givenUp).toThrow('Rollback'))
    expect(await told()).toBe(0)
    // One within the other, though not by the handle of the other.
    db.transaction(() => {
      rename('dan')
      expect(givenUp).toThrow('Rollback')
      db.transaction(() => {})
    })
    expect(await told()).toBe(1)
    expect(db.select().from(sqliteUsers).limit(1).all()).toEqual([{ id: 1, name: 'dan' }])
  })
})

describe('a cache that is not bound', () => {
  test('keeps what Drizzle hands in, until Drizzle tells of a change', async () => {
    const { nameOf, rename, asked } = await postgres({}, false)
    expect(await nameOf(1)).toBe('ann')
    expect(await nameOf(1)).toBe('ann')
    expect(asked()).toBe(1)
    await rename(2, 'bob')
    asked()
    expect(await nameOf(1)).toBe('ann')
    expect(asked()).toBe(1)
  })

  test('keeps nothing that was asked for before a change', async () => {
    const queries = cacheOf()
    const get = () => queries.get('key', ['users'], false)
    expect(await get()).toBeUndefined()
    await queries.onMutate({ tables: 'users' })
    await queries.put('key', [1], ['users'], false)
    expect(await get()).toBeUndefined()
    await queries.put('key', [2], ['users'], false)
    expect(await get()).toEqual([2])
  })

  test('lets nobody wait for a query that failed', async () => {
    await cache.close()
    const clock = fakeClock()
    useCache(createCache({ clock }))
    const queries = cacheOf()
    const get = () => queries.get('key', ['users'], false)
    expect(await Promise.all([get(), get()])).toEqual([undefined, undefined])
    expect(await get()).toBeUndefined()
    expect((await cache.inspect()).loading).toBe(1)
    await clock.advance(10_001)
    await new Promise((resolve) => setImmediate(resolve))
    expect((await cache.inspect()).loading).toBe(0)
    await queries.put('key', [1], ['users'], false)
    expect(await get()).toBeUndefined()
    await queries.put('key', [2], ['users'], false)
    expect(await get()).toEqual([2])
  })
})
