import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { temporaryDirectory } from '../../unit/temporary-directory.ts'
import { build, type Framework, remove, type Site, start } from './site.ts'

/** The cache as Nitro's own storage: the starter, built and served by Nitro. */

const nitro: Framework = {
  name: 'nitro',
  build: ['nitropack/dist/cli/index.mjs', 'build'],
  server: '.output/server/index.mjs',
}

let built: string

beforeAll(async () => {
  built = await build(nitro)
})
afterAll(() => remove(built))

async function open(environment?: Record<string, string>): Promise<Site> {
  const site = await start(built, nitro, environment)
  onTestFinished(site.end)
  return site
}

/** Nitro answers before what it keeps is there: then there are `count` of that name. */
async function kept(site: Site, name: string, count = 1): Promise<void> {
  const keys = async (): Promise<string[]> => JSON.parse((await site.ask('/keys')).text)
  while ((await keys()).filter((key) => key.includes(`:${name}:`)).length < count);
}

test('what a handler answered is kept, for every value of what it varies on', async () => {
  const site = await open()
  const ask = async (headers: Record<string, string>) =>
    (await site.ask('/cached-who', { headers })).text
  const english = { 'accept-language': 'en' }
  const first = await ask(english)
  await kept(site, 'cached-who')
  expect(first).toContain('who of nobody')
  expect(await ask({ ...english, cookie: 'session=lovelace' })).toBe(first)
  expect(await ask({ ...english, authorization: 'Bearer hopper' })).toBe(first)
  const german = await ask({ 'accept-language': 'de', cookie: 'session=lovelace' })
  expect(german).not.toBe(first)
  expect(german).toContain('who of nobody')
})

test('what handlers have kept is ended together', async () => {
  const site = await open()
  const { text } = await site.ask('/cached-who')
  await kept(site, 'cached-who')
  await site.ask('/purge-handlers', { method: 'POST' })
  expect((await site.ask('/cached-who')).text).not.toBe(text)
})

test('processes share it on the disk, end it together, and have it when they are back', async () => {
  const environment = { CACHE_URL: `lmdb:${temporaryDirectory()}` }
  const [one, other] = [await open(environment), await open(environment)]
  const home = async (site: Site) => {
    const { text } = await site.ask('/')
    await kept(site, 'home')
    return text
  }
  const first = await home(one)
  expect(first).toContain('It is ')
  expect(await home(other)).toBe(first)
  expect((await one.ask('/purge', { method: 'POST' })).status).toBe(204)
  const second = await home(other)
  expect(second).not.toBe(first)
  expect(await home(one)).toBe(second)
  await one.end()
  await other.end()
  expect(await home(await open(environment))).toBe(second)
})
