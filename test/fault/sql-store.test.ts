import { createRequire } from 'node:module'
import { createPool } from 'mysql2/promise'
import { afterAll, expect, onTestFinished, test } from 'vitest'
import { StoreError } from '../../src/kernel/errors.ts'
import type { SqlClient, SqlValue } from '../../src/stores/sql/client.ts'
import { holdClient } from '../../src/stores/sql/hold-client.ts'
import { sqlStore } from '../../src/stores/sql.ts'
import { read, record, stamped, stampFrom } from '../../src/testing/store-case.ts'
import { startMariadb } from '../servers/mariadb.ts'
import { startPostgres } from '../servers/postgres.ts'
import { betterSqlite, mariadb, postgres, stopServers } from '../servers/sql-drivers.ts'
import { eventually } from '../servers/start-server.ts'

const require = createRequire(import.meta.url)
const { Pool } = require('pg')

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
  await other.query('COMMIT', [])
  expect(await waiting).toEqual([])
  expect(await read(store, 'k')).toEqual(['after'])
})

/** A client that counts the errors which its database answers. */
function counting(client: SqlClient, errors: unknown[]): SqlClient {
  const query =
    (connection: Pick<SqlClient, 'query'>) => (sql: string, parameters: readonly SqlValue[]) =>
      connection.query(sql, parameters).catch((error) => {
        errors.push(error)
        throw error
      })
  const { dialect, transaction } = client
  return {
    dialect,
    query: query(client),
    ...(transaction &&
      ({
        transaction: (body) => transaction((connection) => body({ query: query(connection) })),
      } as Pick<SqlClient, 'transaction'>)),
  }
}

test.each([
  { name: 'PostgreSQL', driver: postgres, expected: 0 },
  { name: 'MariaDB', driver: mariadb, expected: Infinity },
])(
  '$name sees batches in one order, whatever order they were given in',
  async ({ driver, expected }) => {
    const place = await driver.open()
    onTestFinished(() => place.leave())
    const errors: unknown[] = []
    const keys = Array.from({ length: 50 }, (_, i) => `key ${i}`)
    const stores = Array.from({ length: 8 }, () =>
      sqlStore({ database: counting(place.look(), errors) }),
    )
    await stores[0]?.setMany(keys.map((key) => record(key, stamped(0))))
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
    expect(errors.length).toBeLessThanOrEqual(expected)
  },
)
