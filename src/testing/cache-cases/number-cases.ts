import { type CacheCase, cacheCase, equal, rejects } from '../cache-case.ts'

export const numberCases: readonly CacheCase[] = [
  cacheCase('leaves a stale number as it was', async (world) => {
    const cache = await world.create()
    await cache.set('key', 7, { ttl: 1000, staleIfError: 60_000 })
    await world.pass(1000)
    await cache.increment('key', 5).catch(() => {})
    const found = await cache.lookup<number>('key')
    equal(found.outcome === 'stale' && found.value, 7, 'the stale value')
  }),

  cacheCase('increments', async (world) => {
    const cache = await world.create()
    await cache.set('answer', 41)
    equal(await cache.increment('answer'), 42, 'increment by one')
    equal(await cache.get('answer'), 42, 'what is kept')
    equal(await cache.increment('answer', 10), 52, 'increment by ten')
    equal(await cache.increment('answer', -10), 42, 'increment by minus ten')
    equal(await cache.increment('answer', 0.5), 42.5, 'increment by a half')
  }),

  cacheCase('decrements, below zero too', async (world) => {
    const cache = await world.create()
    await cache.set('answer', 43)
    equal(await cache.decrement('answer'), 42, 'decrement by one')
    equal(await cache.decrement('answer', 50), -8, 'decrement by fifty')
    equal(await cache.decrement('answer', -10), 2, 'decrement by minus ten')
    equal(await cache.get('answer'), 2, 'what is kept')
  }),

  cacheCase('increments bigints by bigints', async (world) => {
    const cache = await world.create()
    await cache.set('big', 2n ** 64n)
    equal(await cache.increment('big', 1n), 2n ** 64n + 1n, 'increment')
    equal(await cache.decrement('big', 2n), 2n ** 64n - 1n, 'decrement')
    equal(await cache.get('big'), 2n ** 64n - 1n, 'what is kept')
    await rejects('ERR_CACHE_NOT_A_NUMBER', () => cache.increment('big', 1))
    await cache.set('small', 1)
    await rejects('ERR_CACHE_NOT_A_NUMBER', () => cache.increment('small', 1n))
    equal(await cache.get('small'), 1, 'what is kept of the other')
  }),

  cacheCase('refuses to increment what is not there', async (world) => {
    const cache = await world.create()
    await rejects('ERR_CACHE_MISSING_KEY', () => cache.increment('missing'), 'missing')
    await rejects('ERR_CACHE_MISSING_KEY', () => cache.decrement('missing'), 'missing')
    await rejects('ERR_CACHE_MISSING_KEY', () => cache.increment('missing', -1))
    equal(await cache.has('missing'), false, 'whether something was written')
    await cache.set('expired', 1, { ttl: 1000 })
    await cache.set('stale', 1, { ttl: 1000, staleIfError: 60_000 })
    await world.pass(1000)
    await rejects('ERR_CACHE_MISSING_KEY', () => cache.increment('expired'))
    await rejects('ERR_CACHE_MISSING_KEY', () => cache.increment('stale'))
  }),

  cacheCase('refuses to increment what is no number', async (world) => {
    const cache = await world.create()
    for (const value of [null, '41', true, [1], {}]) {
      await cache.set('key', value)
      await rejects('ERR_CACHE_NOT_A_NUMBER', () => cache.increment('key'), 'key')
      equal(await cache.get('key'), value, 'what is kept')
    }
    await cache.set('key', 1)
    for (const delta of [NaN, Infinity, '1']) {
      await rejects('ERR_CACHE_CONFIG', () => cache.increment('key', delta as number), 'delta')
    }
    equal(await cache.get('key'), 1, 'what is kept in the end')
  }),

  cacheCase('increments from an initial value where there is nothing', async (world) => {
    const cache = await world.create()
    equal(await cache.increment('a', 5, { initial: 10 }), 15, 'the first increment')
    equal(await cache.increment('a', 5, { initial: 10 }), 20, 'the second')
    equal(await cache.decrement('b', 1, { initial: 0 }), -1, 'the first decrement')
    equal(await cache.increment('c', 1n, { initial: 0n }), 1n, 'the first of a bigint')
    equal(await cache.get('a'), 20, 'what is kept')
  }),

  cacheCase('increments what is there with lifetime and tags as they were', async (world) => {
    const cache = await world.create()
    await cache.set('key', 1, { ttl: 5000, tags: ['tag'] })
    await world.pass(4000)
    equal(await cache.increment('key', 1, { initial: 9, ttl: 60_000 }), 2, 'increment')
    equal(await cache.decrement('key'), 1, 'decrement')
    const found = await cache.lookup('key')
    equal(found.outcome === 'hit' && [found.ttl, found.age], [1000, 4000], 'lifetime and age')
    await cache.set('for ever', 1, { ttl: null })
    await cache.increment('for ever')
    await cache.set('tagged', 1, { tags: ['tag'] })
    await cache.increment('tagged')
    await world.pass(1000)
    equal(await cache.has('key'), false, 'whether it is there past its lifetime')
    await cache.invalidate('tag')
    equal(await cache.has('tagged'), false, 'whether the tagged one is there after invalidate')
    await world.pass(86_400_000)
    equal(await cache.get('for ever'), 2, 'what was for ever')
  }),

  cacheCase('loses no concurrent increment', async (world) => {
    const cache = await world.create()
    await cache.set('key', 0)
    const answers = await Promise.all(
      Array.from({ length: 40 }, (_, i) => cache.increment('key', i % 2 ? 3 : -1)),
    )
    equal(await cache.get('key'), 40, 'the sum')
    equal(answers.includes(40), true, 'that the last caller was told the sum')
  }),

  cacheCase('counts from one initial value for concurrent callers', async (world) => {
    const cache = await world.create()
    const calls = Array.from({ length: 10 }, () => cache.increment('key', 1, { initial: 0 }))
    const answers = await Promise.all(calls)
    equal(
      answers.sort((a, b) => a - b),
      [1, 2, 3, 4, 5, 6, 7, 8, 9, 10],
      'the answers',
    )
  }),
]
