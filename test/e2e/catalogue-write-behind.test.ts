import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { expect, onTestFinished, test } from 'vitest'
import { temporaryDirectory } from '../unit/temporary-directory.ts'
import { postgresWith } from './postgres-with.ts'

const program = join(import.meta.dirname, '../../examples/catalogue/catalogue.mjs')

const database = postgresWith(`
  create table stock (sku text primary key, count int not null, version int not null);
  insert into stock values ('apple', 60, 1), ('pear', 5, 1)`)

interface Shop {
  readonly child: ChildProcessByStdio<null, Readable, null>
  ask(method: 'GET' | 'POST', path: string): Promise<string>
}

async function open(log: string): Promise<Shop> {
  const child = spawn(process.execPath, [program, database.url(), log], {
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
  expect(await database.rows('select * from stock order by sku')).toEqual([
    { sku: 'apple', count: 9, version: 52 },
    { sku: 'pear', count: 0, version: 6 },
  ])
})
