import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { NestFactory } from '@nestjs/core'
import { afterAll, beforeAll, expect, test } from 'vitest'

const root = fileURLToPath(new URL('../..', import.meta.url))
let directory: string
let shop: typeof import('../../examples/nest-service/shop-module.ts')
let products: typeof import('../../examples/nest-service/products.ts')
let tables: typeof import('../../examples/nest-service/table.ts')

beforeAll(async () => {
  mkdirSync(join(root, 'build'), { recursive: true })
  directory = mkdtempSync(join(root, 'build', 'nest-service-'))
  const compiler = join(root, 'node_modules/typescript/bin/tsc')
  const project = join(root, 'examples/nest-service/tsconfig.json')
  execFileSync(process.execPath, [compiler, '-p', project, '--outDir', directory], {
    stdio: 'inherit',
  })
  const load = (name: string) => import(pathToFileURL(join(directory, `${name}.js`)).href)
  shop = await load('shop-module')
  products = await load('products')
  tables = await load('table')
})
afterAll(() => rmSync(directory, { recursive: true, force: true }))

test('the service remembers what its decorators say, and forgets what changed', async () => {
  const app = await NestFactory.createApplicationContext(shop.ShopModule.forRoot(), {
    logger: false,
  })
  const [service, table] = [app.get(products.Products), app.get(tables.Table)]
  const queries = async (ask: () => Promise<unknown>) => {
    const before = table.queries
    await ask()
    return table.queries - before
  }
  const { id } = await service.save({ name: 'Green tea', cents: 450 })
  expect(await queries(() => service.find(id))).toBe(0)
  expect(await queries(() => service.find(99))).toBe(1)
  expect(await queries(() => service.find(99))).toBe(0)

  expect(await queries(() => service.search('tea'))).toBe(1)
  expect(await queries(() => service.search(' TEA '))).toBe(0)
  expect(await queries(() => service.search('te'))).toBe(1)
  expect(await queries(() => service.search('te'))).toBe(1)
  expect(await queries(() => service.search('coffee'))).toBe(1)

  await service.save({ id: 2, name: 'Black tea', cents: 400 })
  expect((await service.search('tea')).map(({ name }) => name)).toEqual(['Green tea', 'Black tea'])
  await service.remove(id)
  expect(await service.find(id)).toBe(undefined)
  expect((await service.search('tea')).map(({ name }) => name)).toEqual(['Black tea'])
  await app.close()
})
