import fc from 'fast-check'
import * as undici from 'undici'
import { describe, expect, test } from 'vitest'
import { type Cache, createCache } from '../../src/index.ts'
import { type WebCache, type WebCaches, webCaches } from '../../src/interop/web-cache.ts'
import { memoryStore } from '../../src/stores/memory.ts'
import { fakeClock } from '../../src/testing/index.ts'
import { inScene, setups, sideOf, steps } from './scene.ts'

const site = 'https://example.com'
const url = fc.constantFrom(
  ...['/a', '/a?x', '/a?', '/a#top', '/__proto__'].map((path) => site + path),
  'http://example.com/a',
)
const headers = fc.dictionary(
  fc.constantFrom('accept', 'accept-language', 'x-other'),
  fc.constantFrom('a', 'b'),
)
const query = fc.record(
  { ignoreSearch: fc.boolean(), ignoreMethod: fc.boolean(), ignoreVary: fc.boolean() },
  { requiredKeys: [] },
)
const verb = fc.record({
  do: fc.constantFrom(
    ...([
      'put',
      'put',
      'put',
      'match',
      'matchAll',
      'matchEvery',
      'delete',
      'keys',
      'keysEvery',
    ] as const),
    ...(['has', 'open', 'deleteCache', 'names', 'matchAny'] as const),
  ),
  name: fc.constantFrom('v1', 'v1', 'v1', 'a/b:c', '', '__proto__'),
  url,
  method: fc.constantFrom('GET', 'GET', 'GET', 'HEAD', 'POST'),
  headers,
  query,
  status: fc.constantFrom(200, 204, 206, 301, 404, 500),
  vary: fc.constantFrom(undefined, 'Accept', 'accept, Accept-Language', '*'),
  body: fc.constantFrom(null, '', 'text', '\0é'),
})
type Verb = typeof verb extends fc.Arbitrary<infer V> ? V : never

/** Each takes requests and responses of its own runtime alone. */
type Runtime = Pick<typeof globalThis, 'Request' | 'Response'>

async function run(
  caches: WebCaches,
  { Request, Response }: Runtime,
  step: Verb,
): Promise<unknown> {
  const request = new Request(step.url, { method: step.method, headers: step.headers })
  const cache = () => caches.open(step.name)
  switch (step.do) {
    case 'put': {
      const body = step.status === 204 ? null : step.body
      const fields = { 'x-a': '1', ...(step.vary === undefined ? {} : { vary: step.vary }) }
      const response = new Response(body, { status: step.status, headers: fields })
      return (await cache()).put(request, response).then(
        () => 'put',
        (error) => error.name,
      )
    }
    case 'match':
      return shown(await (await cache()).match(request, step.query))
    case 'matchAll':
      return Promise.all((await (await cache()).matchAll(request, step.query)).map(shown))
    case 'matchEvery':
      return Promise.all((await (await cache()).matchAll()).map(shown))
    case 'delete':
      return (await cache()).delete(request, step.query)
    case 'keys':
      return (await (await cache()).keys(request, step.query)).map(shownRequest)
    case 'keysEvery':
      return (await (await cache()).keys()).map(shownRequest)
    case 'has':
      return caches.has(step.name)
    case 'open':
      return void (await cache())
    case 'deleteCache':
      return caches.delete(step.name)
    case 'names':
      return caches.keys()
    case 'matchAny':
      return shown(await caches.match(request, step.query))
  }
}

async function shown(response: Response | undefined): Promise<unknown> {
  if (response === undefined) return undefined
  const { status, statusText, headers } = response
  return { status, statusText, headers: [...headers], body: await response.text() }
}

function shownRequest({ url, method, headers }: Request): unknown {
  return { url, method, headers: [...headers] }
}

describe.each(setups)('%s', (setup) => {
  test('answers as undici’s caches', () =>
    fc.assert(
      fc.asyncProperty(steps(verb), (history) =>
        inScene(setup, async ({ caches, clock }) => {
          const theirs = undici.caches as object as WebCaches
          for (const name of await theirs.keys()) await theirs.delete(name)
          const ours = caches.map((cache) => webCaches({ cache, clock }))
          for (const step of history) {
            const expected = await run(theirs, undici as object as Runtime, step.verb)
            expect(await run(sideOf(ours, step), globalThis, step.verb)).toEqual(expected)
          }
        }),
      ),
    ))
})

async function opened(cache: Cache = createCache(), options: object = {}): Promise<WebCache> {
  return webCaches({ cache, ...options }).open('v1')
}

const fetches =
  (answers: Record<string, () => Response>) =>
  async ({ url }: Request): Promise<Response> =>
    answers[url.slice(site.length)]?.() ?? new Response('none', { status: 404 })

test('add and addAll store all that is fetched, or nothing', async () => {
  const fetch = fetches({
    '/a': () => new Response('a'),
    '/b': () => new Response('b'),
    '/vary': () => new Response('v', { headers: { vary: '*' } }),
  })
  const cache = await opened(createCache(), { fetch })
  const stored = async () => (await cache.keys()).map(({ url }) => url.slice(site.length))
  await expect(cache.addAll([`${site}/a`, `${site}/gone`])).rejects.toThrow(TypeError)
  await expect(cache.addAll([`${site}/a`, `${site}/vary`])).rejects.toThrow(TypeError)
  await expect(cache.addAll([`${site}/a`, `${site}/a`])).rejects.toThrow(
    expect.objectContaining({ name: 'InvalidStateError' }),
  )
  await expect(cache.add(new Request(`${site}/a`, { method: 'POST' }))).rejects.toThrow(TypeError)
  await expect(cache.add('ftp://example.com/')).rejects.toThrow(TypeError)
  expect(await stored()).toEqual([])
  await cache.addAll([`${site}/b`, `${site}/a`])
  await cache.add(`${site}/b`)
  expect(await stored()).toEqual(['/a', '/b'])
})

test('a response that was read already is refused, and one that is put is used up', async () => {
  const cache = await opened()
  const response = new Response('x')
  await cache.put(site, response)
  await expect(cache.put(site, response)).rejects.toThrow(TypeError)
  expect(response.bodyUsed).toBe(true)
})

test('no cookie is kept, and a response knows where it came from', async () => {
  const cache = await opened(createCache({ store: memoryStore() }))
  const response = new Response('x', { headers: { 'set-cookie': 'id=1', 'x-a': '1' } })
  Object.defineProperty(response, 'url', { value: `${site}/from` })
  await cache.put(site, response)
  const found = await cache.match(site)
  expect([...(found?.headers ?? [])].map(([name]) => name)).toEqual(['content-type', 'x-a'])
  expect([found?.url, found?.clone().url]).toEqual([`${site}/from`, `${site}/from`])
})

test('who reads a response changes nothing of what is kept', async () => {
  const cache = await opened()
  await cache.put(site, new Response('text'))
  new Uint8Array((await (await cache.match(site))?.arrayBuffer()) ?? []).fill(0)
  expect(await (await cache.match(site))?.text()).toBe('text')
})

test('responses live as long as it is said', async () => {
  const clock = fakeClock()
  const cache = await opened(createCache({ clock }), {
    clock,
    ttl: (response: Response) => (response.ok ? '1m' : null),
  })
  await cache.put(`${site}/a`, new Response('x'))
  await cache.put(`${site}/b`, new Response('x', { status: 404 }))
  clock.advance(60_000)
  expect((await cache.keys()).map(({ url }) => url)).toEqual([`${site}/b`])
  expect(await cache.match(`${site}/a`)).toBeUndefined()
})

test('what is replaced or deleted leaves nothing', async () => {
  const root = createCache()
  const cache = await opened(root)
  const entries = async () => (await root.inspect()).memory?.entries
  const before = await entries()
  for (let round = 0; round < 3; round++) {
    await cache.put(`${site}/a`, new Response('x'))
    await cache.put(`${site}/a?b`, new Response('x'))
  }
  expect(await cache.delete(`${site}/a`, { ignoreSearch: true })).toBe(true)
  expect(await entries()).toBe(before)
})

test('of many at once on one path none is lost', async () => {
  const caches = webCaches({ cache: createCache({ store: memoryStore() }) })
  await Promise.all(
    Array.from({ length: 20 }, async (_, n) =>
      (await caches.open('v1')).put(`${site}/?${n}`, new Response('x')),
    ),
  )
  expect((await (await caches.open('v1')).keys()).length).toBe(20)
})

test('caches have the order in which they were opened, whatever the store’s', async () => {
  const { scan, ...store } = memoryStore()
  const names: string[] = []
  const backwards = async function* (prefix: string) {
    for await (const name of scan?.(prefix) ?? []) names.unshift(name)
    yield* names.splice(0)
  }
  const caches = webCaches({ cache: createCache({ store: { ...store, scan: backwards } }) })
  for (const name of ['b', 'c', 'a', 'b']) await caches.open(name)
  expect(await caches.keys()).toEqual(['b', 'c', 'a'])
})

test('a cache that was deleted answers nothing, whatever is written to it', async () => {
  const caches = webCaches({ cache: createCache() })
  const old = await caches.open('v1')
  await caches.delete('v1')
  await old.put(site, new Response('x'))
  expect(await caches.match(site)).toBeUndefined()
  expect(await caches.match(site, { cacheName: 'v1' })).toBeUndefined()
})

test('a path has at most 1000 responses, the newest', async () => {
  const cache = await opened()
  for (let n = 0; n < 1002; n++) await cache.put(`${site}/?${n}`, new Response('x'))
  const keys = await cache.keys()
  expect([keys.length, keys[0]?.url]).toEqual([1000, `${site}/?2`])
})

test('options that make no sense are refused', () => {
  expect(() => webCaches({ cache: createCache(), fetch: 1 } as never)).toThrow('fetch')
  expect(() => webCaches({ cache: createCache(), base: '' } as never)).toThrow('base')
})
