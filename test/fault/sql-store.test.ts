import { execFile } from 'node:child_process'
import { cp, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { setImmediate as turn } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { createPool } from 'mysql2/promise'
import { afterAll, expect, onTestFinished, test } from 'vitest'
import { StoreError } from '../../src/kernel/errors.ts'
import { type SqlClient, type SqlConnection, sqlStore } from '../../src/stores/sql.ts'
import { fakeClock } from '../../src/testing/fake-clock.ts'
import { read, record, stamped, stampFrom } from '../../src/testing/store-case.ts'
import { startMariadb } from '../servers/mariadb.ts'
import { startPostgres } from '../servers/postgres.ts'
import { betterSqlite, builtIn, mariadb, postgres, stopServers } from '../servers/sql-drivers.ts'
import { eventually } from '../servers/start-server.ts'
import { temporaryDirectory } from '../unit/temporary-directory.ts'

const require = createRequire(import.meta.url)
const { Client, Pool } = require('pg')
const dist = fileURLToPath(new URL('../../dist', import.meta.url))
const run = promisify(execFile)

afterAll(stopServers)

test.each([
  {
    name: 'PostgreSQL',
    start: () => startPostgres(),
    pool: (url: string) => new Pool({ connectionString: url, max: 4 }),
  },
  {
    name: 'MariaDB',
    start: () => startMariadb(),
    pool: (url: string) => createPool({ uri: url, connectionLimit: 4 }),
  },
])('a $name that is killed costs errors, until it is back', async ({ start, pool }) => {
  const server = await start()
  const handed = pool(server.url)
  const stores = [
    sqlStore({ database: server.url, table: 'kept' }),
    sqlStore({ database: handed, table: 'kept' }),
  ]
  onTestFinished(async () => {
    for (const store of stores) await store.close()
    await handed.end()
    await server.stop()
  })
  for (const store of stores) {
    await Promise.all(Array.from({ length: 4 }, () => store.setMany([record('k', 'before')])))
  }
  const underWay = stores.map((store) => store.getMany(['k']).catch((error) => error))
  await server.kill()
  await Promise.all(underWay)
  for (const store of stores) {
    await expect(store.getMany(['k'])).rejects.toThrow(StoreError)
    await expect(store.setMany([record('k', 'lost')])).rejects.toThrow(StoreError)
    const failure = await store.deleteMany(['k']).catch((error) => error)
    expect(failure.cause).toBeInstanceOf(Error)
  }
  await server.restart()
  for (const store of stores) {
    const found = await eventually(() => read(store, 'k').catch(() => undefined))
    expect(found).toEqual(['before'])
    expect(await store.setMany([record('k2', 'after')])).toEqual([])
  }
})

test('an unlogged table is empty after a crash, and works', async () => {
  const server = await startPostgres()
  const store = sqlStore({ database: server.url, unlogged: true })
  onTestFinished(async () => {
    await store.close()
    await server.stop()
  })
  await store.setMany([record('k', 'x')])
  await server.kill()
  await server.restart()
  const found = await eventually(() => read(store, 'k').catch(() => undefined))
  expect(found).toEqual([undefined])
  expect(await store.setMany([record('k', 'y')])).toEqual([])
  expect(await read(store, 'k')).toEqual(['y'])
})

test('a lock of SQLite that somebody keeps is waited for, but not for ever', async () => {
  const place = await betterSqlite.open()
  const other = place.look()
  const store = sqlStore({ database: place.url })
  onTestFinished(async () => {
    await store.close()
    await place.leave()
  })
  await store.setMany([record('k', 'before')])
  await other.query('BEGIN IMMEDIATE', [])
  const failure = await store.setMany([record('k', 'lost')]).catch((error) => error)
  expect(failure).toBeInstanceOf(StoreError)
  expect(failure.cause.code).toBe('SQLITE_BUSY')
  expect(await read(store, 'k')).toEqual(['before'])
  const waiting = store.setMany([record('k', 'after')])
  for (let i = 0; i < 3; i++) await turn()
  await other.query('COMMIT', [])
  expect(await waiting).toEqual([])
  expect(await read(store, 'k')).toEqual(['after'])
})

/** A client that tells of every statement, and whether it failed. */
function watched(client: SqlClient, tell: (sql: string, error?: unknown) => void): SqlClient {
  const watch = (connection: SqlConnection): SqlConnection => ({
    async query(sql, parameters) {
      try {
        const result = await connection.query(sql, parameters)
        tell(sql)
        return result
      } catch (error) {
        tell(sql, error)
        throw error
      }
    },
  })
  return {
    dialect: client.dialect,
    ...watch(client),
    transaction: (body) => {
      if (!client.transaction) throw new Error('Nobody asks for it')
      return client.transaction((connection) => body(watch(connection)))
    },
  }
}

test('what is larger than a packet of MySQL is refused', async () => {
  const place = await mariadb.open()
  await place.look().query('SET GLOBAL max_allowed_packet = 2097152', [])
  const store = sqlStore({ database: place.url })
  onTestFinished(async () => {
    await store.close()
    await place.look().query('SET GLOBAL max_allowed_packet = 16777216', [])
    await place.leave()
  })
  const [fits, large] = [new Uint8Array(2_000_000), new Uint8Array(2_090_000)]
  const keys = ['a', 'b', 'c', 'd']
  await store.setMany([record('b', 'old')])
  const batch = [record('a', fits), record('b', large), record('c', fits), record('d', 'x')]
  expect(await store.setMany(batch)).toEqual(['b'])
  const found = await store.getMany(keys)
  expect(found.map((value) => value?.length)).toEqual([fits.length, undefined, fits.length, 1])
  const many = Array.from({ length: 30 }, (_, i) => record(`k${i}`, new Uint8Array(300_000)))
  expect(await store.setMany(many)).toEqual([])
})

test('statements that the server has forgotten are sent as text', async () => {
  const place = await postgres.open()
  const client = new Client({ connectionString: place.url })
  await client.connect()
  const store = sqlStore({ database: client })
  onTestFinished(async () => {
    await store.close()
    await client.end()
    await place.leave()
  })
  await store.setMany([record('k', 'x')])
  expect(await read(store, 'k')).toEqual(['x'])
  // As a pooler does between two of its clients.
  await client.query('DISCARD ALL')
  expect(await read(store, 'k')).toEqual(['x'])
  expect(await store.deleteMany(['k'])).toEqual([true])
})

const sqlite = { url: 'sqlite:x.db', expected: 'npm install better-sqlite3' }
test.each([
  { url: 'postgres://127.0.0.1/x', expected: 'npm install pg' },
  { url: 'mariadb://127.0.0.1/x', expected: 'npm install mysql2' },
  // A Node that has a SQLite of its own needs none.
  ...(builtIn ? [] : [sqlite]),
])('without the driver of $url it says what to install', async ({ url, expected }) => {
  const directory = temporaryDirectory()
  await cp(dist, join(directory, 'dist'), { recursive: true })
  await writeFile(join(directory, 'package.json'), '{ "type": "module" }')
  await writeFile(
    join(directory, 'main.mjs'),
    `import { sqlStore } from './dist/stores/sql.js'
     await sqlStore({ database: '${url}' }).getMany(['key']).catch((error) => console.log(error.code, error.message))`,
  )
  const { stdout } = await run(process.execPath, ['main.mjs'], { cwd: directory })
  expect(stdout).toMatch(/^ERR_CACHE_CONFIG /)
  expect(stdout).toContain(expected)
})

test('a handed pool keeps its listeners, and stays open', async () => {
  const place = await postgres.open()
  const pool = new Pool({ connectionString: place.url })
  onTestFinished(async () => {
    await pool.end()
    await place.leave()
  })
  const listener = () => {}
  pool.on('error', listener)
  const stores = [sqlStore({ database: pool }), sqlStore({ database: pool })]
  await Promise.all(stores.map((store) => store.setMany([record('k', 'x')])))
  expect(pool.listeners('error')).toHaveLength(3)
  for (const store of stores) await store.close()
  expect(pool.listeners('error')).toEqual([listener])
  const { rows } = await pool.query('SELECT count(*)::int AS n FROM hotset_cache')
  expect(rows).toEqual([{ n: 1 }])
})

test('of several stores one makes the upkeep of a minute', async () => {
  const place = await betterSqlite.open()
  const clock = fakeClock(Date.now())
  let removals = 0
  const tell = (sql: string) => {
    if (sql.startsWith('DELETE')) removals++
  }
  const stores = [1, 2, 3].map(() => sqlStore({ database: watched(place.look(), tell), clock }))
  onTestFinished(async () => {
    for (const store of stores) await store.close()
    await place.leave()
  })
  for (const store of stores) await store.getMany(['k'])
  for (let minute = 1; minute <= 3; minute++) {
    await clock.pass(60_000)
    for (let i = 0; i < 10; i++) await turn()
    expect(removals).toBe(minute)
  }
})

test.each([
  { name: 'PostgreSQL', driver: postgres, most: 0 },
  // It locks gaps between rows too: what it takes for a deadlock there is made again.
  { name: 'MariaDB', driver: mariadb, most: Infinity },
])(
  '$name sees batches in one order, whatever order they were given in',
  async ({ driver, most }) => {
    const place = await driver.open()
    onTestFinished(() => place.leave())
    const errors: unknown[] = []
    const keys = Array.from({ length: 50 }, (_, i) => `key ${i}`)
    const stores = Array.from({ length: 8 }, () =>
      sqlStore({ database: watched(place.look(), (_, error) => error && errors.push(error)) }),
    )
    // Where the rows lie is another order than that of their keys.
    for (const key of keys.toReversed()) await stores[0]?.setMany([record(key, stamped(0))])
    await Promise.all(
      stores.map(async (store, i) => {
        for (let turn = 0; turn < 20; turn++) {
          const order = (i + turn) % 2 ? keys : keys.toReversed()
          const batch = order.map((key) => record(key, stamped(i)))
          await store.setMany(batch)
          await store.replaceMany?.(
            batch.map((next) => ({ key: next.key, stamp: stampFrom(i), record: next })),
          )
          await store.deleteMany(order)
          await store.addMany?.(batch)
        }
      }),
    )
    expect(errors.length).toBeLessThanOrEqual(most)
  },
)
