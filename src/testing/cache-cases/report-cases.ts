import type { CacheEvent } from '../../contracts/events.ts'
import { type CacheCase, cacheCase, equal, failureOf, heldLoader } from '../cache-case.ts'

/** What a cache says of itself: `stats`, `inspect`, `explain`, events. */
export const reportCases: readonly CacheCase[] = [
  cacheCase('counts hits and misses of every kind of read', async (world) => {
    const cache = await world.create()
    equal(cache.stats().hitRatio, 1, 'the ratio before the first read')
    await cache.set('key', 1)
    await cache.get('key')
    await cache.get('missing')
    await cache.has('key')
    await cache.has('missing')
    await cache.getMany(['key', 'missing', 'missing too'])
    await cache.lookup('key')
    await cache.lookup('missing')
    await cache.getOrSet('key', () => 1)
    await cache.getOrSet('loaded', () => 1)
    await cache.getOrSetMany(['loaded', 'more'], () => ({ more: 1 }))
    const { hits, misses, stale, hitRatio, loads, writes } = cache.stats()
    equal([hits, stale, misses], [6, 0, 7], 'hits, stale and misses')
    equal(hitRatio, 6 / 13, 'the ratio')
    equal([loads, writes], [2, 3], 'loads and writes')
  }),

  cacheCase('counts reads by the tier that answered', async (world) => {
    const cache = await world.create()
    await cache.set('key', 1, { ttl: 5000, staleIfError: 5000 })
    for (const ms of [0, 500, 1500, 3000]) {
      await world.pass(ms)
      await cache.get('key')
      await cache.lookup('key')
      await cache.getOrSet('other', () => 1)
    }
    const { hits, stale, misses, memory, store } = cache.stats()
    equal(memory.hits + store.hits, hits, 'the hits of both tiers')
    equal(memory.stale + store.stale, stale, 'the stale answers of both tiers')
    equal([hits, stale, misses], [9, 1, 2], 'hits, stale and misses')
  }),

  cacheCase('counts a stale value served for a failing loader', async (world) => {
    const cache = await world.create()
    const fail = () => Promise.reject(new Error('down'))
    await cache.set('key', 'old', { ttl: 1000, staleIfError: 60_000 })
    await world.pass(1000)
    await cache.getOrSet('key', fail)
    await cache.getOrSet('key', fail)
    const { hits, stale, misses, loads, loadFailures } = cache.stats()
    equal([loads, loadFailures], [1, 1], 'loads and failures')
    equal([hits, stale, misses], [0, 2, 0], 'hits, stale and misses')
  }),

  cacheCase('counts a load that failed as a miss', async (world) => {
    const cache = await world.create()
    await failureOf(() => cache.getOrSet('key', () => Promise.reject(new Error('down'))))
    const { hits, stale, misses, loads, loadFailures } = cache.stats()
    equal([loads, loadFailures], [1, 1], 'loads and failures')
    equal([hits, stale, misses], [0, 0, 1], 'hits, stale and misses')
  }),

  cacheCase('measures how long loads take', async (world) => {
    const cache = await world.create()
    const held = heldLoader<number>()
    const loading = cache.getOrSet('key', held.load)
    await held.called
    await world.pass(250)
    held.answer(1)
    await loading
    equal(cache.stats().loadMs, 250, 'the milliseconds')
  }),

  cacheCase('shows how it is set up, and what it holds', async (world) => {
    const cache = await world.create({ name: 'shop' })
    await cache.set('key', 1)
    const { name, enabled, loading, stats } = await cache.inspect()
    equal({ name, enabled, loading }, { name: 'shop', enabled: true, loading: 0 }, 'what it shows')
    equal(stats, cache.stats(), 'the statistics')
  }),

  cacheCase('shows the loads that are under way', async (world) => {
    const cache = await world.create()
    const held = heldLoader<number>()
    const loading = cache.getOrSet('key', held.load)
    await held.called
    equal((await cache.inspect()).loading, 1, 'how many loads are under way')
    equal((await cache.explain('key')).loading, true, 'whether the key is loading')
    equal((await cache.explain('other')).loading, false, 'whether another key is')
    held.answer(1)
    await loading
    equal((await cache.inspect()).loading, 0, 'how many are under way in the end')
  }),

  cacheCase(
    'shows the bounds of memory',
    async (world) => {
      const cache = await world.create({ memory: { maxEntries: 5, maxWeight: '1mb' } })
      await cache.set('key', 1, { weight: 10 })
      const { memory } = await cache.inspect()
      const { maxEntries, maxWeight, entries, weight, policy } = memory ?? {}
      equal([entries, weight, typeof policy], [1, 10, 'string'], 'what it holds')
      equal([maxEntries, maxWeight], [5, 1_048_576], 'its bounds')
      cache.resize({ maxEntries: 7 })
      equal((await cache.inspect()).memory?.maxEntries, 7, 'the bound after resize')
    },
    ['memory'],
  ),

  cacheCase(
    'shows its store',
    async (world) => {
      const cache = await world.create()
      await cache.set('key', 1)
      const { store } = await cache.inspect()
      equal(typeof store?.name, 'string', 'the type of its name')
      equal(cache.stats().store.bytesWritten > 0, true, 'whether bytes were written')
    },
    ['store'],
  ),

  cacheCase('explains why a read answers what it does', async (world) => {
    const cache = await world.create()
    const outcome = async (key: string) => {
      const { memory, store, ...rest } = await cache.explain(key)
      equal([rest.key, rest.reason === '', rest.loading], [key, false, false], 'the explanation')
      return [rest.outcome, ...new Set([memory?.state, store?.state].filter(Boolean))]
    }
    equal(await outcome('missing'), ['miss', 'absent'], 'where there is nothing')
    await cache.set('key', 1, { ttl: 900, staleIfError: 60_000, tags: ['tag'] })
    equal(await outcome('key'), ['hit', 'fresh'], 'where there is a fresh entry')
    await world.pass(900)
    equal(await outcome('key'), ['stale', 'stale'], 'where there is a stale one')
    await cache.invalidate('tag')
    equal(await outcome('key'), ['miss', 'invalidated'], 'where it has been invalidated')
    equal(await cache.has('key'), false, 'whether a read agrees')
    await cache.delete('key')
    equal(await outcome('key'), ['miss', 'absent'], 'where it has been deleted')
  }),

  cacheCase('explains with instants and tags, and counts no read', async (world) => {
    const cache = await world.create()
    const now = world.now()
    await cache.set('key', 1, { ttl: 5000, staleIfError: 2000, tags: ['red', 'blue'] })
    await cache.invalidate('blue')
    const { memory, store } = await cache.explain('key')
    for (const tier of [memory, store]) {
      if (tier === undefined) continue
      const { state, createdAt, staleAt, expiresAt, tags = [] } = tier
      equal(
        [state, createdAt, staleAt, expiresAt],
        ['invalidated', now, now + 5000, now + 7000],
        'the instants',
      )
      const named = tags.filter(({ tag }) => ['red', 'blue'].includes(tag))
      equal(
        named,
        [
          { tag: 'red', valid: true },
          { tag: 'blue', valid: false },
        ],
        'the tags',
      )
    }
    const { hits, misses } = cache.stats()
    equal([hits, misses], [0, 0], 'hits and misses')
  }),

  cacheCase('tells its listener of what happens, in the words of its answers', async (world) => {
    const events: CacheEvent[] = []
    const cache = await world.create({ name: 'shop', onEvent: (event) => void events.push(event) })
    await cache.set('key', 1, { ttl: 1000, staleIfError: 60_000, tags: ['tag'] })
    await cache.get('key')
    await cache.get('missing')
    await world.pass(1000)
    await cache.lookup('key')
    await cache.getOrSet('loaded', () => 1)
    await cache.invalidate(['tag'])
    equal(
      events.every((event) => event.cache === 'shop'),
      true,
      'that all name the cache',
    )
    const unnamed = new Set(['call', 'load-start', 'operation', 'heard', 'remove'])
    const told = events.flatMap((event) => {
      if (event.type === 'read') return `${event.key} ${event.outcome}`
      return unnamed.has(event.type) ? [] : event.type
    })
    const expected = [
      'write',
      'key hit',
      'missing miss',
      'key stale',
      'load',
      'loaded miss',
      'invalidate',
    ]
    equal(told, expected, 'what was told')
  }),

  cacheCase('goes on when its listeners throw', async (world) => {
    const broken = () => {
      throw new Error('a listener is broken')
    }
    const cache = await world.create({ onEvent: broken, onRemove: broken })
    await cache.set('key', 1)
    equal(await cache.get('key'), 1, 'what is read')
    equal(await cache.delete('key'), true, 'what delete answers')
    equal(await cache.getOrSet('key', () => 2), 2, 'what is loaded')
  }),
]
