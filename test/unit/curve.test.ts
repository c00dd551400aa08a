import { describe, expect, test } from 'vitest'
import type { Cache } from '../../src/contracts/cache.ts'
import type { CacheOptions } from '../../src/core/cache-options.ts'
import { createCache, memoize } from '../../src/index.ts'
import { lru } from '../../src/policies/lru.ts'
import { fileStore } from '../../src/stores/file.ts'
import { fakeClock } from '../../src/testing/fake-clock.ts'
import { temporaryDirectory } from './temporary-directory.ts'

function cacheWithCurve(options: CacheOptions = {}): Cache {
  return createCache({ ...options, memory: { maxEntries: 10, curve: true, ...options.memory } })
}

/** Reads so many keys in turn, so many times. */
async function readInTurn(keys: number, rounds: number, read: (key: string) => unknown) {
  for (let i = 0; i < rounds * keys; i++) await read(`k${i % keys}`)
}

function ratios(cache: Cache): number[] {
  return cache.curve().map(({ hitRatio }) => hitRatio)
}

test('is what the hit ratio would be at half, once, twice and four times the size', async () => {
  const cache = cacheWithCurve({ memory: { policy: lru() } })
  await readInTurn(15, 100, (key) => cache.getOrSet(key, () => 1))
  expect(cache.curve()).toEqual([
    { size: 5, hitRatio: 0 },
    { size: 10, hitRatio: 0 },
    { size: 20, hitRatio: 0.99 },
    { size: 40, hitRatio: 0.99 },
  ])
  expect(cache.stats().hitRatio).toBe(0)
  await cache.close()
})

describe('one logical read counts once', () => {
  const reads: Readonly<Record<string, (cache: Cache, key: string) => Promise<unknown>>> = {
    getOrSet: (cache, key) => cache.getOrSet(key, () => 1),
    'get, then set': async (cache, key) => {
      if ((await cache.get(key)) === undefined) await cache.set(key, 1)
    },
    'lookup, then set': async (cache, key) => {
      if ((await cache.lookup(key)).outcome === 'miss') await cache.set(key, 1)
    },
    'has, then add': async (cache, key) => {
      if (!(await cache.has(key))) await cache.add(key, 1)
    },
    getMany: (cache, key) => cache.getMany([key]),
    getOrSetMany: (cache, key) => cache.getOrSetMany([key], () => new Map([[key, 1]])),
    'getSync, then getOrSet': async (cache, key) =>
      cache.getSync(key) ?? cache.getOrSet(key, () => 1),
    'getSync, then set': async (cache, key) => {
      if (cache.getSync(key) === undefined) await cache.set(key, 1)
    },
    'what is stale and loaded anew': async (cache, key) => {
      await cache.getOrSet(key, () => 1, { staleIfError: '1h' })
      await cache.expire(key)
    },
    'by a namespace': (cache, key) => cache.namespace('n').getOrSet(key, () => 1),
    'by a defined cache': (cache, key) =>
      cache.define({ name: 'd', load: () => 1, key: String }).get(key),
    'a memoized function': (cache, key) =>
      memoize((_: string) => Promise.resolve(1), { cache, name: 'm' })(key),
    'concurrent callers': (cache, key) => cache.getOrSet(key, async () => 1),
    'what writes besides': async (cache, key) => {
      await cache.getOrSet(key, () => 1)
      await cache.touch(key, { ttl: '1h' })
      await cache.set(`${key}n`, 1)
      await cache.increment(`${key}n`)
      await cache.take(`${key}n`)
      await cache.expire(`${key}n`)
      await cache.delete(`${key}n`)
      await cache.explain(key)
    },
  }
  for (const stored of [false, true]) {
    for (const [name, read] of Object.entries(reads)) {
      test(`${name}${stored ? ', with a store' : ''}`, async () => {
        const store = stored ? fileStore({ directory: temporaryDirectory() }) : undefined
        const cache = cacheWithCurve({ store })
        await readInTurn(5, 4, (key) => read(cache, key))
        expect(ratios(cache)).toEqual([0.75, 0.75, 0.75, 0.75])
        await cache.close()
        await store?.close()
      })
    }
  }
})

test('a weight bound is scaled, and taken for as many entries as it has room for', async () => {
  const cache = createCache({ memory: { maxWeight: 1_000, weigh: () => 100, curve: true } })
  await readInTurn(15, 200, (key) => cache.getOrSet(key, () => 1))
  const curve = cache.curve()
  expect(curve.map(({ size }) => size)).toEqual([500, 1_000, 2_000, 4_000])
  expect(curve[0]?.hitRatio).toBeLessThan(0.5)
  expect(curve[2]?.hitRatio).toBeGreaterThan(0.95)
  await cache.close()
})

test('sizes are such as a cache can have', async () => {
  const sizes = (maxEntries: number) =>
    cacheWithCurve({ memory: { maxEntries } })
      .curve()
      .map(({ size }) => size)
  expect(sizes(1)).toEqual([1, 1, 2, 4])
  expect(sizes(25)).toEqual([13, 25, 50, 100])
})

test('resizing begins another', async () => {
  const cache = cacheWithCurve()
  await readInTurn(15, 4, (key) => cache.getOrSet(key, () => 1))
  cache.resize({ maxEntries: 30 })
  expect(cache.curve()).toEqual([15, 30, 60, 120].map((size) => ({ size, hitRatio: 1 })))
  await readInTurn(15, 4, (key) => cache.getOrSet(key, () => 1))
  expect(ratios(cache)).toEqual([0.75, 0.75, 0.75, 0.75])
  cache.resize({ maxEntries: Infinity })
  expect(cache.curve()).toEqual([])
  await cache.close()
})

test('is refused where nobody asked for it', async () => {
  const cache = createCache({ name: 'shop' })
  expect(() => cache.curve()).toThrow('"shop" has no curve')
  expect(() => cache.curve()).toThrow(expect.objectContaining({ code: 'ERR_CACHE_CONFIG' }))
  await cache.close()
  for (const curve of [0, 255, 1.5, 2 ** 21, 'yes', null]) {
    expect(() => createCache({ memory: { curve: curve as number } })).toThrow('memory.curve')
  }
})

test('a cache that keeps nothing has one that nobody has read', async () => {
  const cache = cacheWithCurve({ enabled: false })
  await cache.getOrSet('a', () => 1)
  expect(cache.curve().length).toBe(4)
  await cache.close()
})

test('closing leaves no timer behind', async () => {
  const clock = fakeClock()
  const cache = cacheWithCurve({ clock, defaults: { ttl: null } })
  cache.getSync('a')
  await cache.set('a', 1)
  for (let i = 0; i < 400_000; i++) cache.getSync('a')
  expect(clock.pending()).toBe(1)
  await cache.close()
  expect(clock.pending()).toBe(0)
})
