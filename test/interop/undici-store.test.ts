import { finished } from 'node:stream/promises'
import fc from 'fast-check'
import { Agent, cacheStores, interceptors, request } from 'undici'
import { describe, expect, onTestFinished, test } from 'vitest'
import { createCache, type StoreRecord } from '../../src/index.ts'
import {
  type UndiciCacheKey,
  type UndiciStore,
  undiciStore,
} from '../../src/interop/undici-store.ts'
import { memoryStore } from '../../src/stores/memory.ts'
import { fakeClock, settle } from '../../src/testing/index.ts'
import { originOf, saying } from '../http/client/test-origin.ts'
import { exactSetups, inScene, sideOf, steps } from './scene.ts'

const origin = 'https://example.com'
const fieldValue = fc.constantFrom('de', 'en', 'fr, en')
const names = ['accept-language', 'accept', '__proto__']
const verb = fc.record({
  do: fc.constantFrom('write', 'write', 'get', 'get', 'delete', 'abort', 'pass'),
  path: fc.constantFrom('/', '/a', '/a?b', `/${'x'.repeat(5000)}`),
  method: fc.constantFrom('GET', 'HEAD'),
  headers: fc.dictionary(fc.constantFrom(...names), fc.oneof(fieldValue, fc.array(fieldValue))),
  body: fc.array(fc.uint8Array({ maxLength: 20 }), { maxLength: 3 }),
  lasts: fc.constantFrom(1000, 60_000),
  ms: fc.constantFrom(1, 999, 1000, 60_000),
})
type Verb = typeof verb extends fc.Arbitrary<infer V> ? V : never
type TheirStore = InstanceType<typeof cacheStores.MemoryCacheStore>

/** What each path varies on is fixed: of several that match the memory store takes the oldest. */
function varyOf({ path, headers }: Verb): Record<string, string | string[] | null> {
  const fields =
    path === '/' ? [] : path === '/a' ? ['accept-language'] : ['accept', 'accept-language']
  return Object.fromEntries(fields.map((name) => [name, headers[name] ?? null]))
}

async function run(store: UndiciStore | TheirStore, step: Verb, now: number): Promise<unknown> {
  const key: UndiciCacheKey = {
    origin,
    path: step.path,
    method: step.method,
    headers: step.headers,
  }
  if (step.do === 'delete') return store.delete(key)
  if (step.do === 'get') return shown(await store.get(key))
  if (step.do === 'pass') return
  const stream = store.createWriteStream(key, {
    statusCode: 200,
    statusMessage: 'OK',
    headers: { 'x-a': ['1', '2'] },
    vary: varyOf(step),
    cacheControlDirectives: { 'max-age': 1 },
    cachedAt: now,
    staleAt: now + 500,
    deleteAt: now + step.lasts,
  })
  if (stream === undefined) throw new Error('No stream')
  for (const part of step.body) stream.write(part)
  if (step.do === 'abort') stream.destroy()
  else stream.end()
  await finished(stream).catch(() => {})
}

function shown(found: unknown): unknown {
  if (found === undefined) return undefined
  const { body, vary: _, ...rest } = found as { body: Buffer | Buffer[]; vary: unknown }
  return { ...rest, etag: undefined, body: Buffer.concat([body].flat()).toString('hex') }
}

describe.each(exactSetups)('%s', (setup) => {
  test('answers as undici’s store in memory', () =>
    fc.assert(
      fc.asyncProperty(steps(verb), (history) =>
        inScene(setup, async ({ caches, clock, pass }) => {
          const theirs = new cacheStores.MemoryCacheStore()
          const ours = caches.map((cache) => undiciStore({ cache, clock }))
          for (const step of history) {
            if (step.verb.do === 'pass') pass(step.verb.ms)
            const expected = await run(theirs, step.verb, clock.now())
            expect(await run(sideOf(ours, step), step.verb, clock.now())).toEqual(expected)
          }
        }),
      ),
    ))
})

const value = {
  statusCode: 200,
  statusMessage: '',
  headers: {},
  cachedAt: 0,
  staleAt: 1e15,
  deleteAt: 1e15,
}
const key = { origin, path: '/', method: 'GET' }

test('of several that match the newest is answered', async () => {
  const store = undiciStore({ cache: createCache() })
  const put = async (cachedAt: number, vary: Record<string, string | null>) => {
    const stream = store.createWriteStream(key, { ...value, cachedAt, vary })
    await finished(stream.end(`${cachedAt}`))
  }
  await put(1, { accept: null })
  await put(3, {})
  await put(2, { 'accept-language': null })
  expect((await store.get(key))?.body.toString()).toBe('3')
})

test('what is being deleted is not answered any more', async () => {
  const inner = memoryStore()
  let gate: Promise<void> | undefined
  const slow = {
    ...inner,
    async setMany(records: readonly StoreRecord[]) {
      await gate
      return inner.setMany(records)
    },
  }
  const store = undiciStore({ cache: createCache({ store: slow, memory: false }) })
  await finished(store.createWriteStream(key, value).end('old'))
  let open: () => void = () => {}
  gate = new Promise((resolve) => {
    open = resolve
  })
  const deleting = store.delete(key)
  const found = store.get(key)
  await settle()
  open()
  expect(await found).toBeUndefined()
  await deleting
})

test('a response of a shorter life does not hide one of a longer', async () => {
  const clock = fakeClock()
  const store = undiciStore({ cache: createCache({ clock }), clock })
  for (const [accept, ms] of [['a', 5000] as const, ['b', 1000] as const]) {
    const head = { ...value, vary: { accept }, deleteAt: clock.now() + ms }
    await finished(store.createWriteStream(key, head).end(accept))
  }
  clock.advance(1000)
  expect((await store.get({ ...key, headers: { accept: 'a' } }))?.body.toString()).toBe('a')
  expect(await store.get({ ...key, headers: { accept: 'b' } })).toBeUndefined()
})

test('fields are those of the request, whatever they are called', async () => {
  const store = undiciStore({ cache: createCache() })
  const vary = JSON.parse('{"__proto__":null,"constructor":null}')
  await finished(store.createWriteStream(key, { ...value, vary }).end('x'))
  expect((await store.get({ ...key, headers: {} }))?.body.toString()).toBe('x')
  expect(await store.get({ ...key, headers: JSON.parse('{"__proto__":"a"}') })).toBeUndefined()
})

test('a cache that is closed ends the stream with its error, and nothing else', async () => {
  const cache = createCache()
  const store = undiciStore({ cache })
  await cache.close()
  await expect(finished(store.createWriteStream(key, value).end('x'))).rejects.toThrow('closed')
  store.createWriteStream(key, value).destroy()
})

test('what is deleted while its body comes is not stored', async () => {
  const store = undiciStore({ cache: createCache() })
  const stream = store.createWriteStream(key, value)
  stream.write('old')
  await store.delete(key)
  await finished(stream.end())
  expect(await store.get(key)).toBeUndefined()
})

test('a body that is too long is not stored, and who reads one may change it', async () => {
  const store = undiciStore({ cache: createCache(), maxEntrySize: 4 })
  const put = (body: string) => finished(store.createWriteStream(key, value).end(body))
  await put('tiny')
  await put('large').catch(() => {})
  const found = await store.get(key)
  found?.body.fill(0)
  expect((await store.get(key))?.body.toString()).toBe('tiny')
})

test('options that make no sense are refused', () => {
  const cache = createCache()
  expect(() => undiciStore({ cache, maxEntrySize: 0 })).toThrow('maxEntrySize')
  expect(() => undiciStore({ cache, maxCount: 1 } as never)).toThrow('maxCount')
})

type Reader = (url: string, init?: object) => Promise<string>

describe('undici’s interceptor', () => {
  /** An agent whose answers are stored once they are read. */
  function agentOn(store: UndiciStore): Reader {
    const agent = new Agent()
    onTestFinished(() => agent.destroy())
    const writing: Promise<void>[] = []
    const watched: UndiciStore = {
      get: (key) => store.get(key),
      delete: (key) => store.delete(key),
      createWriteStream(key, value) {
        const stream = store.createWriteStream(key, value)
        writing.push(finished(stream).catch(() => {}))
        return stream
      },
    }
    const methods = ['GET' as const, 'HEAD' as const]
    const dispatcher = agent.compose(interceptors.cache({ store: watched, methods }))
    return async (url, init = {}) => {
      const { body } = await request(url, { dispatcher, ...init })
      const text = await body.text()
      await Promise.all(writing.splice(0))
      return text
    }
  }

  test('two agents share what one of them was answered, and a POST ends it', async () => {
    let count = 0
    const site = await originOf((asked, response) => {
      if (asked.method === 'GET') count++
      response.setHeader('Cache-Control', 'public, max-age=3600')
      response.setHeader('Vary', 'Accept-Language')
      response.end(`${count} ${asked.headers['accept-language']}`)
    })
    const store = memoryStore()
    const stores = [0, 1].map(() => undiciStore({ cache: createCache({ store }) }))
    const [one, other] = stores.map(agentOn) as [Reader, Reader]
    const [de, en] = ['de', 'en'].map((language) => ({ headers: { 'accept-language': language } }))
    expect(await one(site.url, de)).toBe('1 de')
    expect(await other(site.url, de)).toBe('1 de')
    expect(await other(site.url, en)).toBe('2 en')
    expect(await one(site.url, en)).toBe('2 en')
    expect(await other(site.url, { method: 'POST' })).toBe('2 undefined')
    expect(await other(site.url, de)).toBe('3 de')
  })

  test('large bodies arrive whole, from the origin and from the cache', async () => {
    const bytes = 'x'.repeat(1_000_000)
    const site = await originOf(saying(bytes, { 'Cache-Control': 'max-age=3600' }))
    const agent = agentOn(undiciStore({ cache: createCache({ store: memoryStore() }) }))
    expect(await agent(site.url)).toBe(bytes)
    expect(await agent(site.url)).toBe(bytes)
    expect(site.asked.length).toBe(1)
  })

  test('a connection that breaks leaves nothing', async () => {
    const site = await originOf((_, response) => {
      response.writeHead(200, { 'Cache-Control': 'max-age=3600', 'Content-Length': '10' })
      response.write('half')
      response.flushHeaders()
      setImmediate(() => response.destroy())
    })
    const clock = fakeClock(Date.now())
    const agent = agentOn(undiciStore({ cache: createCache({ clock }), clock }))
    await expect(agent(site.url)).rejects.toThrow()
    await expect(agent(site.url)).rejects.toThrow()
    expect(site.asked.length).toBe(2)
  })
})
