import { mkdirSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { memoryHub } from '../../src/buses/memory.ts'
import { type Cache, createCache, StoreError } from '../../src/index.ts'
import {
  type Durations,
  type NextCached,
  type NextCacheHandlerClass,
  nextCacheHandler,
  nextUseCacheHandler,
} from '../../src/interop/next.ts'
import { memoryStore } from '../../src/stores/memory.ts'
import { fakeClock } from '../../src/testing/index.ts'
import { temporaryDirectory } from '../unit/temporary-directory.ts'

/** The class under Next's own `IncrementalCache`, which judges what it is answered. */

interface Context {
  readonly kind: string
  readonly isFallback?: boolean
  readonly fetchCache?: boolean
  readonly tags?: string[]
  readonly softTags?: string[]
  readonly revalidate?: number | false
  readonly cacheControl?: { revalidate: number | false; expire?: number }
  readonly route?: { readonly kind: string; readonly sourceRoute: string }
}

interface IncrementalCache {
  get(key: string, context: Context): Promise<{ value: unknown; isStale?: boolean | -1 } | null>
  set(key: string, value: unknown, context: Context): Promise<void>
  revalidateTag(tags: string | string[], durations?: Durations): Promise<void>
}

const inNext = createRequire(new URL('next-app/', import.meta.url))
const internals: { IncrementalCache: new (options: object) => IncrementalCache } = inNext(
  'next/dist/server/lib/incremental-cache/index.js',
)

/** What Next makes for each request. */
function request(CurCacheHandler: NextCacheHandlerClass, serverDistDir = ''): IncrementalCache {
  return new internals.IncrementalCache({
    ...{ CurCacheHandler, serverDistDir, dev: false, requestHeaders: {}, previewProps: {} },
    prerenderManifest: { routes: {}, dynamicRoutes: {}, notFoundRoutes: [] },
  })
}

const headers = { 'x-next-cache-tags': '_N_T_/layout,_N_T_/a,x', 'x-none': undefined }
const values = {
  APP_PAGE: {
    ...{ kind: 'APP_PAGE', html: '<p>é</p>', rscData: Buffer.from([0, 255]), headers },
    ...{ postponed: undefined, status: undefined },
    segmentData: new Map([['/_tree', Buffer.from([254, 0])]]),
  },
  PAGES: { kind: 'PAGES', html: '<p>', pageData: { props: { a: [1] } }, headers, status: 200 },
  APP_ROUTE: { kind: 'APP_ROUTE', body: Buffer.from([0, 255, 10]), status: 201, headers },
}
const kinds = Object.keys(values) as (keyof typeof values)[]
const fetched = {
  ...{ kind: 'FETCH', revalidate: 60, tags: ['x'] },
  data: { headers: { a: 'b' }, body: 'eyJ9', status: 200, url: 'https://example.com' },
}

function pageOf(kind: string): Context {
  return { kind, isFallback: false, route: { kind, sourceRoute: '/a/page' } }
}

/** Two processes over one store. */
function twoHandlers(): [NextCacheHandlerClass, NextCacheHandlerClass] {
  const store = memoryStore()
  const hub = memoryHub()
  const open = () => nextCacheHandler({ cache: createCache({ store, bus: hub.connect() }) })
  return [open(), open()]
}

describe.each(kinds)('%s', (kind) => {
  const context = pageOf(kind)

  test('comes back as it was, from memory and from the store', async () => {
    for (const handler of [twoHandlers()[0], ...twoHandlers()]) {
      const [one, other] = twoHandlers()
      await request(one).set('/a', values[kind], { ...context, cacheControl: { revalidate: 60 } })
      for (const side of [one, other, one, other]) {
        const found = await request(side).get('/a', context)
        expect(found).toMatchObject({ isStale: undefined, cacheControl: { revalidate: 60 } })
        expect(found?.value).toStrictEqual(values[kind])
      }
      expect(await request(handler).get('/a', context)).toBeNull()
    }
  })

  test.each([60, false] as const)(
    'is stale or gone by its tags, renewed after %s',
    async (every) => {
      const [one, other] = twoHandlers()
      const cacheControl = { revalidate: every, expire: 31_536_000 }
      for (const tag of ['x', '_N_T_/layout']) {
        await request(one).set('/a', values[kind], { ...context, cacheControl })
        await request(other).revalidateTag('y')
        expect(await request(other).get('/a', context)).toMatchObject({ isStale: undefined })
        await request(other).revalidateTag([tag], { expire: 60 })
        for (const side of [one, other]) {
          const found = await request(side).get('/a', context)
          const renewed = { revalidate: every || 1 }
          expect(found).toMatchObject({ isStale: true, value: { kind }, cacheControl: renewed })
        }
        await request(one).revalidateTag(tag)
        for (const side of [one, other]) expect(await request(side).get('/a', context)).toBeNull()
      }
    },
  )
})

describe('FETCH', () => {
  const context = { kind: 'FETCH', tags: ['x'], softTags: ['_N_T_/b'], revalidate: 60 }
  const written = { kind: 'FETCH', fetchCache: true, tags: ['x'] }

  test.each(['x', '_N_T_/b'])('is stale or gone by %s, its own tag or who asks', async (tag) => {
    const [one, other] = twoHandlers()
    const found = (side: NextCacheHandlerClass) => request(side).get('hash', context)
    await request(one).set('hash', fetched, written)
    expect(await found(other)).toEqual({
      isStale: false,
      value: { kind: 'FETCH', data: fetched.data, revalidate: 60 },
    })
    await request(other).revalidateTag(tag, { expire: 60 })
    for (const side of [one, other]) expect(await found(side)).toMatchObject({ isStale: true })
    const { softTags: _, ...elsewhere } = context
    expect(await request(one).get('hash', elsewhere)).toMatchObject({ isStale: tag === 'x' })
    await request(one).revalidateTag(tag)
    for (const side of [one, other]) expect(await found(side)).toBeNull()
  })

  test('is stale as well where it would be good for ever', async () => {
    const [one] = twoHandlers()
    const forEver = 0xfffffffe
    await request(one).set('hash', { ...fetched, revalidate: forEver }, written)
    await request(one).revalidateTag('x', {})
    const { revalidate: _, ...asked } = context
    expect(await request(one).get('hash', asked)).toMatchObject({ isStale: true })
  })
})

test('a page that was being made while its tag was revalidated is not kept', async () => {
  const clock = fakeClock()
  const handler = nextCacheHandler({ cache: createCache({ clock }), clock })
  const render = new handler({})
  expect(await render.get('/a', { kind: 'APP_PAGE' })).toBeNull()
  clock.advance(1)
  await new handler({}).revalidateTag('x')
  clock.advance(1)
  await render.set('/a', values.APP_PAGE, { cacheControl: { revalidate: false } })
  expect(await new handler({}).get('/a', { kind: 'APP_PAGE' })).toBeNull()
})

test('what is gone takes no room', async () => {
  const cache = createCache()
  const handler = new (nextCacheHandler({ cache }))({})
  await handler.set('hash', fetched, { fetchCache: true, tags: ['x'] })
  expect(await cache.namespace('next').has(':data hash')).toBe(true)
  await handler.revalidateTag('x')
  expect(await cache.namespace('next').has(':data hash')).toBe(false)
})

test('a page that was not found is kept as that', async () => {
  const [one, other] = twoHandlers()
  const context = { ...pageOf('PAGES'), cacheControl: { revalidate: 60 } }
  await request(one).set('/gone', null, context)
  expect(await request(other).get('/gone', context)).toMatchObject({ value: null })
})

test('pages belong to their build, data and images to all', async () => {
  const handler = nextCacheHandler({ cache: createCache() })
  const builds = ['one', 'two'].map((id) => {
    const directory = temporaryDirectory()
    mkdirSync(join(directory, 'server'))
    writeFileSync(join(directory, 'BUILD_ID'), id)
    return new handler({ serverDistDir: join(directory, 'server') })
  })
  const [before, after] = builds
  const image = { kind: 'IMAGE', buffer: Buffer.from([255]), revalidate: 60 }
  await before?.set('/a', values.PAGES, { cacheControl: { revalidate: 60 } })
  await before?.set('hash', fetched, { fetchCache: true })
  await before?.set('hash', image, { cacheControl: { revalidate: 60 } })
  expect(await after?.get('/a', { kind: 'PAGES' })).toBeNull()
  expect(await before?.get('/a', { kind: 'PAGES' })).toMatchObject({ value: { kind: 'PAGES' } })
  expect(await after?.get('hash', { kind: 'FETCH' })).toMatchObject({ value: { kind: 'FETCH' } })
  expect(await after?.get('hash', { kind: 'IMAGE' })).toMatchObject({ value: image })
})

test('images are kept by a handler from before more tags than are remembered', async () => {
  const handler = nextCacheHandler({ cache: createCache() })
  const images = new handler({})
  const many = Array.from({ length: 1100 }, (_, n) => `${n}`)
  await new handler({}).revalidateTag(many)
  await images.get('hash', { kind: 'IMAGE' })
  await images.set('hash', { kind: 'IMAGE', revalidate: 60 }, {})
  expect(await images.get('hash', { kind: 'IMAGE' })).toMatchObject({ value: { kind: 'IMAGE' } })
})

describe('what is kept for how long', () => {
  const clock = fakeClock()
  const found = async (cache: Cache, expire?: number, size = 1): Promise<NextCached | null> => {
    const options = { cache, clock, ttl: '1h', maxEntrySize: '1kb' }
    const handler = new (nextCacheHandler(options))({})
    const cacheControl = { revalidate: 1, expire }
    await handler.set('/a', { kind: 'PAGES' }, { cacheControl })
    await handler.set('/a', { kind: 'x'.repeat(size) }, { cacheControl })
    clock.advance(59_999)
    return handler.get('/a', { kind: 'PAGES' })
  }

  test('until it expires, and no longer than `ttl`', async () => {
    expect(await found(createCache({ clock }), 60)).toMatchObject({ value: { kind: 'x' } })
    expect(await found(createCache({ clock }), 59)).toBeNull()
    const cache = createCache({ clock })
    expect(await found(cache)).not.toBeNull()
    clock.advance(3_600_000)
    const handler = new (nextCacheHandler({ cache, clock }))({})
    expect(await handler.get('/a', { kind: 'PAGES' })).toBeNull()
  })

  test('nothing where it is too large, and not what was there before', async () => {
    expect(await found(createCache({ clock }), 60, 2000)).toBeNull()
  })
})

test('a tag that cannot be noted takes along all that may depend on it', async () => {
  let away = false
  const store = memoryStore()
  const failing = {
    ...store,
    getMany: async (keys: readonly string[]) => {
      if (away) throw new StoreError('away')
      return store.getMany(keys)
    },
    setMany: async (records: Parameters<typeof store.setMany>[0]) => {
      if (away) throw new StoreError('away')
      return store.setMany(records)
    },
  }
  const handler = nextCacheHandler({ cache: createCache({ store: failing }) })
  const asked = { kind: 'FETCH', softTags: ['_N_T_/b'] }
  await new handler({}).set('hash', fetched, { fetchCache: true, tags: ['x'] })
  expect(await new handler({}).get('hash', asked)).not.toBeNull()
  away = true
  await new handler({}).revalidateTag('_N_T_/b')
  expect(await new handler({}).get('hash', asked)).toBeNull()
})

test('the build does not touch the cache', async () => {
  vi.stubEnv('NEXT_PHASE', 'phase-production-build')
  onTestFinished(() => void vi.unstubAllEnvs())
  const asked: string[] = []
  const store = new Proxy(memoryStore(), {
    get(target, name, receiver) {
      asked.push(String(name))
      return Reflect.get(target, name, receiver)
    },
  })
  const cache = createCache({ store })
  asked.length = 0
  const handler = new (nextCacheHandler({ cache }))({})
  await handler.set('hash', fetched, { fetchCache: true, tags: ['x'] })
  expect(await handler.get('hash', { kind: 'FETCH' })).toMatchObject({ value: fetched })
  for (let n = 0; n < 1000; n++) await handler.set(`${n}`, fetched, { fetchCache: true })
  expect(await handler.get('hash', { kind: 'FETCH' })).toBeNull()
  await handler.revalidateTag('x')
  expect(await nextUseCacheHandler({ cache }).get('a', [])).toBeUndefined()
  expect(asked).toEqual([])
})

test('options that make no sense are refused', () => {
  const cache = createCache()
  expect(() => nextCacheHandler({} as never)).toThrow('cache')
  expect(() => nextCacheHandler({ cache, tags: [] } as never)).toThrow('tags')
  expect(() => nextUseCacheHandler({ cache, ttl: -1 })).toThrow('ttl')
  expect(() => nextUseCacheHandler({ cache, maxEntrySize: 'big' })).toThrow('maxEntrySize')
})
