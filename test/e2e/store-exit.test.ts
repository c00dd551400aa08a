import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, expect, onTestFinished, test } from 'vitest'
import { sqlStore } from '../../src/stores/sql.ts'
import { startMemcached } from '../servers/memcached.ts'
import { startRedis } from '../servers/redis.ts'
import {
  betterSqlite,
  mariadb,
  postgres,
  type SqlDriver,
  stopServers,
} from '../servers/sql-drivers.ts'
import { startProxy } from '../servers/tcp-proxy.ts'
import { temporaryDirectory } from '../unit/temporary-directory.ts'

/** A program that has done its work ends by itself: nothing of ours keeps it alive. */

const program = fileURLToPath(new URL('../programs/store-exit.mjs', import.meta.url))

afterAll(stopServers)

/** Starts the program, which is killed where it has not ended by itself. */
function start(how: string, url: string) {
  const child = spawn(process.execPath, [program, how, url])
  onTestFinished(() => void child.kill('SIGKILL'))
  const said = { out: '', err: '' }
  child.stdout.on('data', (text) => {
    said.out += text
  })
  child.stderr.on('data', (text) => {
    said.err += text
  })
  const ended = once(child, 'close').then(([code]) => ({ code, ...said }))
  return { child, ended }
}

async function databaseOf({ open }: SqlDriver): Promise<string> {
  const place = await open()
  onTestFinished(() => place.leave())
  return place.url
}

async function serverOf(kind: typeof startRedis, scheme: string): Promise<string> {
  const server = await kind()
  onTestFinished(() => server.stop())
  return `${scheme}://127.0.0.1:${server.port}`
}

const places = [
  { name: 'better-sqlite3', url: () => databaseOf(betterSqlite) },
  { name: 'pg', url: () => databaseOf(postgres) },
  { name: 'mysql2', url: () => databaseOf(mariadb) },
  { name: 'redis', url: () => serverOf(startRedis, 'redis') },
  { name: 'memcached', url: () => serverOf(startMemcached, 'memcached') },
  { name: 'file', url: async () => `file:${join(temporaryDirectory(), 'cache')}` },
  { name: 'lmdb', url: async () => `lmdb:${join(temporaryDirectory(), 'cache')}` },
]
const done = { code: 0, out: '2\n', err: '' }

test.each(places)('$name: a process that has closed its cache ends', async ({ url }) => {
  expect(await start('close', await url()).ended).toEqual(done)
})

/** Who listens to others does not go away by itself; and so does the package `redis`. */
const leaving = places.filter(({ name }) => name !== 'redis' && name !== 'pg')

test.each(leaving)('$name: a process that has forgotten to close ends', async ({ url }) => {
  expect(await start('leave', await url()).ended).toEqual(done)
})

const databases = [betterSqlite, postgres, mariadb]

test.each(databases)('$name: a process that has closed its own client ends', async (driver) => {
  expect(await start('client', await databaseOf(driver)).ended).toEqual(done)
})

test.each(databases)(
  '$name: a process that has closed its cache, but not the store it gave it, ends',
  async (driver) => {
    expect(await start('leave the store', await databaseOf(driver)).ended).toEqual(done)
  },
)

test.each([postgres, mariadb])(
  '$name: a store that waits for a frozen server can be closed',
  async (driver) => {
    const url = new URL(await databaseOf(driver))
    const proxy = await startProxy(Number(url.port))
    onTestFinished(() => proxy.close())
    url.port = `${proxy.port}`
    const { child, ended } = start('close in the middle', url.href)
    await once(child.stdout, 'data')
    proxy.hold()
    child.stdin.end('go\n')
    expect(await ended).toEqual({ code: 0, out: 'ready\nStoreError\n', err: '' })
  },
)

test.each(databases)(
  '$name: what is under way is done before a store is closed',
  async (driver) => {
    const database = await databaseOf(driver)
    const keys = Array.from({ length: 20 }, (_, i) => `key ${i}`)
    const store = sqlStore({ database })
    const value = Buffer.alloc(12)
    // It is not even open yet.
    const writes = keys.map((key) => store.setMany([{ key, value, expiresAt: Infinity }]))
    await store.close()
    expect(await Promise.all(writes)).toEqual(keys.map(() => []))
    const another = sqlStore({ database })
    onTestFinished(() => another.close())
    expect((await another.getMany(keys)).map((found) => found?.length)).toEqual(keys.map(() => 12))
  },
)
