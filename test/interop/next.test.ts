import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { startRedis } from '../servers/redis.ts'
import { temporaryDirectory } from '../unit/temporary-directory.ts'
import {
  type Answer,
  buildSite,
  CountingOrigin,
  changed,
  type Instance,
  kept,
  startInstance,
} from './next-site.ts'

/** An application of Next, built once, in two processes over one store. */

const origin = new CountingOrigin()
let originUrl = ''
const nowhere = 'redis://127.0.0.1:1'

beforeAll(async () => {
  originUrl = await origin.listen()
  await buildSite({ origin: originUrl, cacheUrl: nowhere })
})
afterAll(() => origin.close())

async function startTwo(cacheUrl: string): Promise<[Instance, Instance]> {
  const start = () => startInstance({ origin: originUrl, cacheUrl })
  return Promise.all([start(), start()])
}

const stores = {
  async Redis() {
    const server = await startRedis()
    onTestFinished(server.stop)
    return `redis://127.0.0.1:${server.port}`
  },
  async LMDB() {
    return `lmdb:${temporaryDirectory()}`
  },
}

describe.each(Object.entries(stores))('two instances over %s', (_, open) => {
  test('share pages and data, and forget them together', async () => {
    const url = await open()
    const [one, other] = await startTwo(url)
    const now = (name: string) => `${name} ${origin.asked(name)}`

    expect(await one.get('/news')).toMatchObject({ status: 200, cache: 'MISS', text: now('news') })
    const news = await kept(one, '/news')
    expect(await other.get('/news')).toEqual(news)

    await kept(one, '/bytes')
    const bytes = await one.bytes('/bytes')
    expect([...bytes.slice(0, 3)]).toEqual([0, 255, 254])
    expect(await other.bytes('/bytes')).toEqual(bytes)

    const post = await other.get('/posts/1')
    expect(post.text).toBe(`${now('post-1')}, 0, 100000`)
    expect(await other.get('/posts/1')).toEqual(post)
    expect(await one.get('/posts/1')).toEqual(post)

    await one.revalidate({ tag: 'post-1', profile: { expire: 0 } })
    expect(await changed(other, '/posts/1', post.text)).toBe(`${now('post-1')}, 0, 100000`)

    expect((await kept(one, '/shelves/1')).text).toBe(`${now('menu')}, ${now('shelf-1')}`)
    const menus = now('menu')
    const shelf = await kept(other, '/shelves/2')
    expect(shelf.text).toBe(`${menus}, ${now('shelf-2')}`)

    await other.revalidate({ tag: 'news', profile: { expire: 0 } })
    expect(await changed(one, '/news', news.text)).toBe(now('news'))
    expect((await other.get('/news')).text).toBe(now('news'))

    await one.revalidate({ path: '/shelves/2' })
    expect(await changed(other, '/shelves/2', shelf.text)).toBe(`${now('menu')}, ${now('shelf-2')}`)
    expect(now('menu')).not.toBe(menus)

    const pages = ['/news', '/shelves/2', '/posts/1']
    // Who asks again waits for what is still being written.
    for (const path of pages) await Promise.all([one.get(path), other.get(path)])
    const texts = await Promise.all(pages.map(async (path) => (await one.get(path)).text))
    const made = ['news', 'menu', 'shelf-2', 'post-1', 'bytes']
    const before = made.map(now)
    await Promise.all([one.stop(), other.stop()])
    const [again, third] = await startTwo(url)
    for (const [i, path] of pages.entries()) expect((await again.get(path)).text).toBe(texts[i])
    expect(await third.bytes('/bytes')).toEqual(bytes)
    expect(made.map(now)).toEqual(before)
  })
})

test('a page that is stale is served by all while it is renewed', async () => {
  const [one, other] = await startTwo(await stores.Redis())
  const path = '/shelves/stale'
  const { text } = await kept(one, path)
  expect((await other.get(path)).cache).toBe('HIT')
  await one.revalidate({ tag: 'shelf-stale', profile: 'max' })
  let answer: Answer
  do answer = await other.get(path)
  while (answer.cache === 'HIT')
  expect(answer).toMatchObject({ cache: 'STALE', text })
  expect(await changed(other, path, text)).toMatch(/shelf-stale [2-9]/)
  expect(await changed(one, path, text)).toMatch(/shelf-stale [2-9]/)
})

test('pages go on without the store, and are forgotten together when it is back', async () => {
  const server = await startRedis()
  onTestFinished(server.stop)
  const [one, other] = await startTwo(`redis://127.0.0.1:${server.port}`)
  const news = await kept(one, '/news')
  expect((await other.get('/news')).text).toBe(news.text)
  await server.kill()

  for (const path of ['/news', '/shelves/away', '/posts/away', '/bytes']) {
    for (const instance of [one, other]) expect((await instance.get(path)).status).toBe(200)
  }
  await one.revalidate({ tag: 'news', profile: { expire: 0 } })
  const renewed = await changed(one, '/news', news.text)

  await server.restart()
  expect(await changed(other, '/news', news.text)).not.toBe(news.text)
  await other.revalidate({ tag: 'news', profile: { expire: 0 } })
  expect(await changed(one, '/news', renewed)).not.toBe(news.text)
})
