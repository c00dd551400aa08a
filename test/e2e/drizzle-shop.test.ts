import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { postgresWith } from './postgres-with.ts'

const program = join(import.meta.dirname, '../../examples/drizzle-shop/shop.mjs')

const database = postgresWith(`
  create table products (id int primary key, name text not null, stock int not null);
  create table orders (id serial primary key, product int not null, customer text not null);
  insert into products values (1, 'apple', 5), (2, 'pear', 1), (3, 'plum', 5)`)

async function open() {
  const child = spawn(process.execPath, [program, database.url()], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  const [port] = await once(child.stdout, 'data')
  return async (path: string, method = 'GET') => {
    const response = await fetch(`http://127.0.0.1:${Number(`${port}`)}/${path}`, { method })
    return response.ok ? response.json() : response.status
  }
}

test('the pages of a shop follow its rows, and no more is asked than has changed', async () => {
  const ask = await open()
  const paths = ['', 'product/1', 'product/2', 'product/3', 'orders/ann', 'orders/bob']
  const all = async () => {
    const before = await ask('asked')
    const answers = []
    for (const path of paths) answers.push(await ask(path))
    return { answers, asked: (await ask('asked')) - before }
  }
  const [apple, pear, plum] = [
    { id: 1, name: 'apple', stock: 5 },
    { id: 2, name: 'pear', stock: 1 },
    { id: 3, name: 'plum', stock: 5 },
  ]
  const first = [[apple, pear, plum], apple, pear, plum, [], []]
  expect(await all()).toEqual({ answers: first, asked: 6 })
  expect(await all()).toEqual({ answers: first, asked: 0 })

  const ofAnn = [
    { product: 'apple', orders: 1 },
    { product: 'pear', orders: 1 },
  ]
  expect(await ask('orders/ann/1/2', 'POST')).toEqual(ofAnn)
  const [less, none] = [
    { ...apple, stock: 4 },
    { ...pear, stock: 0 },
  ]
  const second = [[less, plum], less, none, plum, ofAnn, []]
  // The list, two products, and what Bob ordered, which names products.
  expect(await all()).toEqual({ answers: second, asked: 4 })

  expect(await ask('orders/bob/3/2', 'POST')).toBe(409)
  expect(await all()).toEqual({ answers: second, asked: 0 })
  expect(await database.rows('select count(*)::int as orders from orders')).toEqual([{ orders: 2 }])
})
