import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { type PostgresServer, startPostgres } from '../servers/postgres.ts'
import { temporaryDirectory } from '../unit/temporary-directory.ts'

const program = join(import.meta.dirname, '../../examples/catalogue/catalogue.mjs')

interface Client {
  connect(): Promise<unknown>
  query(text: string): Promise<{ readonly rows: readonly object[] }>
  end(): Promise<unknown>
}

const { Client } = createRequire(import.meta.url)('pg') as {
  readonly Client: new (options: { connectionString: string }) => Client
}

let server: PostgresServer
let client: Client

beforeAll(async () => {
  server = await startPostgres()
  client = new Client({ connectionString: server.url })
  await client.connect()
  await client.query(
    'create table stock (sku text primary key, count int not null, version int not null)',
  )
  await client.query(`insert into stock values ('apple', 60, 1), ('pear', 5, 1)`)
})

afterAll(async () => {
  await client?.end()
  await server?.stop()
})

interface Shop {
  readonly child: ChildProcessByStdio<null, Readable, null>
  ask(method: 'GET' | 'POST', path: string): Promise<string>
}

async function open(log: string): Promise<Shop> {
  const child = spawn(process.execPath, [program, server.url, log], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  const [port] = await once(child.stdout, 'data')
  return {
    child,
    async ask(method, path) {
      const response = await fetch(`http://127.0.0.1:${Number(`${port}`)}/${path}`, { method })
      return response.text()
    },
  }
}

test('a shop loses no sale to kill -9, and tells the database before it closes', async () => {
  const log = temporaryDirectory()
  const first = await open(log)
  const sales = Array.from({ length: 50 }, () => first.ask('POST', 'apple'))
  const pears = Array.from({ length: 8 }, () => first.ask('POST', 'pear'))
  expect(new Set(await Promise.all(sales))).toEqual(new Set(['sold']))
  expect((await Promise.all(pears)).filter((answer) => answer === 'sold')).toHaveLength(5)
  first.child.kill('SIGKILL')
  await once(first.child, 'exit')
  const second = await open(log)
  expect(JSON.parse(await second.ask('GET', 'apple'))).toEqual({ count: 10, version: 51 })
  expect(await second.ask('POST', 'apple')).toBe('sold')
  second.child.kill('SIGTERM')
  await once(second.child, 'exit')
  const { rows } = await client.query('select * from stock order by sku')
  expect(rows).toEqual([
    { sku: 'apple', count: 9, version: 52 },
    { sku: 'pear', count: 0, version: 6 },
  ])
})
