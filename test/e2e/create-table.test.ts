import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest'
import { sqlStore } from '../../src/stores/sql.ts'
import {
  betterSqlite,
  mariadb,
  postgres,
  type SqlPlace,
  stopServers,
} from '../servers/sql-drivers.ts'
import { freePort } from '../servers/start-server.ts'
import { temporaryDirectory } from '../unit/temporary-directory.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
const tool = join(root, manifest.bin.hotset)

afterAll(stopServers)

async function createTable(...args: string[]) {
  const child = spawn(process.execPath, [tool, 'create-table', ...args])
  let [stdout, stderr] = ['', '']
  child.stdout.on('data', (text) => {
    stdout += text
  })
  child.stderr.on('data', (text) => {
    stderr += text
  })
  const [code] = await once(child, 'close')
  return { code, stdout, stderr }
}

const said = (text: string) => ({ code: 0, stdout: `The table ${text}\n`, stderr: '' })
const made = 'was not there: made it'
const current = 'is there and up to date: nothing to do'

describe.each([betterSqlite, postgres, mariadb])('hotset create-table over $name', ({ open }) => {
  let place: SqlPlace
  beforeEach(async () => {
    place = await open()
  })
  afterEach(() => place.leave())

  test('makes the table once, and a store can use it', async () => {
    const table = 'what\'s `in` a "name"'
    expect(await createTable(place.url, '--table', table)).toEqual(said(`${table} ${made}`))
    expect(await createTable(place.url, '--table', table)).toEqual(said(`${table} ${current}`))
    const store = sqlStore({ database: place.connect(), table, createTable: false })
    const value = Buffer.from('there')
    await store.setMany([{ key: 'k', value, expiresAt: Infinity }])
    expect((await store.getMany(['k'])).map(String)).toEqual(['there'])
    await store.close()
  })

  test('takes the options that a cache takes in its URL', async () => {
    const url = `${place.url}?table=mine&maxBytes=1gb&createTable=false`
    expect(await createTable(url)).toEqual(said(`mine ${made}`))
    expect(await createTable(place.url, '--table', 'mine')).toEqual(said(`mine ${current}`))
    expect(await createTable(url, '--table', 'other')).toEqual(said(`other ${made}`))
  })

  test('brings an older table up to date, and keeps what is in it', async () => {
    const look = place.look()
    const [bytes, key] = {
      postgres: ['bytea', 'bytea'],
      mysql: ['longblob', 'varbinary(700)'],
      sqlite: ['blob', 'blob'],
    }[look.dialect] as [string, string]
    await look.query(
      `CREATE TABLE hotset_cache (key_bytes ${key} NOT NULL PRIMARY KEY, value ${bytes} NOT NULL, expires_at bigint NOT NULL, long_key ${bytes})`,
      [],
    )
    await look.query(
      `INSERT INTO hotset_cache (key_bytes, value, expires_at) VALUES (${look.dialect === 'postgres' ? '$1, $2, $3' : '?, ?, ?'})`,
      [Buffer.from('\0old'), Buffer.from('there'), Date.now() + 60_000],
    )
    expect(await createTable(place.url)).toEqual(
      said('hotset_cache was of an older version: brought it up to date'),
    )
    expect(await createTable(place.url)).toEqual(said(`hotset_cache ${current}`))
    const store = sqlStore({ database: place.connect(), createTable: false })
    expect((await store.getMany(['old'])).map(String)).toEqual(['there'])
    await store.close()
  })

  test('--dry-run prints statements that make the table, and touches nothing', async () => {
    const dry = await createTable(place.url, '--dry-run')
    expect(dry).toMatchObject({ code: 0, stderr: '' })
    const look = place.look()
    await expect(look.query('SELECT * FROM hotset_cache', [])).rejects.toThrow()
    for (const statement of dry.stdout.split(/;\n/).filter(Boolean)) await look.query(statement, [])
    expect(await createTable(place.url)).toEqual(said(`hotset_cache ${current}`))
  })

  test('leaves a table of somebody else alone', async () => {
    const look = place.look()
    await look.query('CREATE TABLE customers (id integer, name varchar(20))', [])
    const refused = await createTable(place.url, '--table', 'customers')
    expect(refused).toMatchObject({ code: 1, stdout: '' })
    expect(refused.stderr).toMatch(/^hotset create-table: Expected the table .* other columns.*\n$/)
  })
})

test('--unlogged and --schema are in the statements for PostgreSQL', async () => {
  const { stdout } = await createTable(
    ...['postgres://nobody@nowhere.invalid/x', '--dry-run', '--unlogged', '--schema', 'my "s"'],
  )
  expect(stdout).toContain('CREATE UNLOGGED TABLE IF NOT EXISTS "my ""s"""."hotset_cache"')
})

test('--dry-run makes no file', async () => {
  const path = join(temporaryDirectory(), 'sub', 'cache.db')
  const { stdout } = await createTable(`sqlite:${path}`, '--dry-run')
  expect(stdout).toContain('CREATE TABLE IF NOT EXISTS "hotset_cache"')
  expect(existsSync(join(path, '..'))).toBe(false)
})

describe('what cannot be done is told in a line', () => {
  test.each([
    ['no URL', [], /Expected the URL of a database/],
    ['two', ['sqlite:a', 'sqlite:b'], /Expected one URL, got 2/],
    ['no database', ['redis://secret@here'], /begins with one of postgres:/],
    ['nowhere', ['sqlite:'], /Expected the URL to say where/],
    ['no name', ['sqlite:a', '--table', ''], /Expected `table` to be a name/],
    ['an unknown option', ['sqlite:a', '--tabel', 'x'], /Unknown option '--tabel'/],
  ])('%s: exit code 2', async (_, args, message) => {
    const { code, stdout, stderr } = await createTable(...args)
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr).toMatch(message)
    expect(stderr).not.toContain('secret')
    expect(stderr).toMatch(/^hotset create-table: .*\nSee hotset create-table --help\n$/)
  })

  test.each(['postgres', 'mysql'])('no server of %s: exit code 1', async (scheme) => {
    const url = `${scheme}://me:secret@127.0.0.1:${await freePort()}/db`
    const { code, stdout, stderr } = await createTable(url)
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
    expect(stderr).toMatch(/^hotset create-table: The database failed: .*ECONNREFUSED.*\n$/)
    expect(stderr).not.toContain('secret')
  })
})

test('--help tells the options', async () => {
  const { code, stdout } = await createTable('--help')
  expect(code).toBe(0)
  for (const option of ['--table', '--schema', '--unlogged', '--dry-run']) {
    expect(stdout).toContain(option)
  }
})
