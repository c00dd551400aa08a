import type { LoadContext } from '../../contracts/cache.ts'
import {
  atOnce,
  type CacheCase,
  cacheCase,
  equal,
  eventually,
  failureOf,
  heldLoader,
} from '../cache-case.ts'

const down = new Error('the database is down')
const fail = (): never => {
  throw down
}

/** What happens past the TTL, and shortly before it. */
export const staleCases: readonly CacheCase[] = [
  cacheCase('serves the old value while one load in the background renews it', async (world) => {
    const cache = await world.create()
    const options = { ttl: 1000, staleWhileRevalidate: 60_000 }
    await cache.set('key', 'old', options)
    await world.pass(1000)
    const held = heldLoader<string>()
    const get = () => atOnce('an answer', cache.getOrSet('key', held.load, options))
    equal(await get(), 'old', 'what the first caller is given')
    await held.called
    equal(await Promise.all([get(), get()]), ['old', 'old'], 'what others are given meanwhile')
    await world.pass(1500)
    equal(await get(), 'old', 'what is given later, the load still going on')
    held.answer('new')
    await eventually('the renewal', async () => (await cache.get('key')) === 'new')
    equal(held.calls, 1, 'how often was loaded')
    equal(await get(), 'new', 'what is given afterwards')
  }),

  cacheCase('waits for the load past the stale window', async (world) => {
    const cache = await world.create()
    await cache.set('key', 'old', { ttl: 1000, staleWhileRevalidate: 2000 })
    await world.pass(2999)
    const held = heldLoader<string>()
    equal(await cache.getOrSet('key', held.load), 'old', 'what is given in the window')
    held.answer('new')
    await eventually('the renewal', async () => (await cache.get('key')) === 'new')
    await cache.set('key', 'old', { ttl: 1000, staleWhileRevalidate: 2000 })
    await world.pass(3000)
    equal(await cache.getOrSet('key', () => 'newer'), 'newer', 'what is given past the window')
  }),

  cacheCase('keeps serving the old value when its renewal fails, for the window', async (world) => {
    const cache = await world.create()
    const options = { ttl: 1000, staleWhileRevalidate: 30_000, retryAfter: 5000 }
    await cache.set('key', 'old', options)
    await world.pass(1000)
    let loads = 0
    const load = () => {
      loads++
      return fail()
    }
    const failures = () => cache.stats().loadFailures
    equal(await cache.getOrSet('key', load, options), 'old', 'what is given')
    await eventually('the failure', () => failures() === 1)
    await eventually('the end of it', async () => (await cache.inspect()).loading === 0)
    await world.pass(4000)
    equal(await cache.getOrSet('key', load, options), 'old', 'what is given in the pause')
    equal(loads, 1, 'how often was loaded by then')
    await world.pass(1000)
    equal(await cache.getOrSet('key', load, options), 'old', 'what is given after the pause')
    await eventually('the second failure', () => failures() === 2)
    await eventually('the end of it', async () => (await cache.inspect()).loading === 0)
    await world.pass(25_000)
    const failure = await failureOf(() => cache.getOrSet('key', load, options))
    equal(failure === down, true, 'that the error is given past the window')
  }),

  cacheCase('serves the old value when the loader fails, for the window', async (world) => {
    const cache = await world.create()
    const options = { ttl: 1000, staleIfError: 60_000 }
    await cache.set('key', 'old', options)
    equal((await cache.lookup('key')).outcome, 'hit', 'the outcome at first')
    await world.pass(1000)
    equal(await cache.getOrSet('key', fail, options), 'old', 'what is given')
    equal((await cache.lookup('key')).outcome, 'stale', 'the outcome then')
    equal(await cache.get('key'), undefined, 'what get answers')
    await world.pass(60_000)
    const failure = await failureOf(() => cache.getOrSet('key', fail, options))
    equal(failure === down, true, 'that the error is given past the window')
  }),

  cacheCase('prefers a new value to an old one where the loader does not fail', async (world) => {
    const cache = await world.create()
    await cache.set('key', 'old', { ttl: 1000, staleIfError: 60_000 })
    await world.pass(1000)
    equal(await cache.getOrSet('key', () => 'new'), 'new', 'what is given')
  }),

  cacheCase('does not ask a loader that failed again before a pause has passed', async (world) => {
    const cache = await world.create()
    const options = { ttl: 1000, staleIfError: 120_000 }
    await cache.set('key', 'old', options)
    await world.pass(1000)
    let loads = 0
    const load = () => {
      loads++
      return fail()
    }
    equal(await cache.getOrSet('key', load, options), 'old', 'what is given')
    for (const ms of [1, 1499, 3499, 5000]) {
      await world.pass(ms)
      equal(await cache.getOrSet('key', load, options), 'old', 'what is given in the pause')
      equal(loads, 1, 'how often was loaded')
    }
    await world.pass(1)
    equal(
      await cache.getOrSet('key', load, { ...options, retryAfter: 1000 }),
      'old',
      'what is given after the pause',
    )
    equal(loads, 2, 'how often was loaded then')
    await world.pass(1000)
    equal(await cache.getOrSet('key', () => 'new', options), 'new', 'what is given in the end')
  }),

  cacheCase(
    'never serves what was deleted, invalidated or cleared for a loader that fails',
    async (world) => {
      const cache = await world.create()
      const options = {
        ttl: 1000,
        staleIfError: 60_000,
        staleWhileRevalidate: 60_000,
        tags: ['tag'],
      }
      const removals = [
        () => cache.delete('key'),
        () => cache.take('key'),
        () => cache.invalidate('tag'),
        () => cache.clear(),
        () => cache.set('key', 'x', { ttl: 0 }),
      ]
      for (const remove of removals) {
        await cache.set('key', 'old', options)
        await world.pass(1000)
        await remove()
        const failure = await failureOf(() => cache.getOrSet('key', fail, options))
        equal(failure === down, true, 'that the error is given')
      }
    },
  ),

  cacheCase('expires an entry, which stays as the fallback for a failing loader', async (world) => {
    const cache = await world.create()
    await cache.set('key', 'old', { ttl: 60_000, staleWhileRevalidate: 60_000 })
    await world.pass(1000)
    equal(await cache.expire('key'), true, 'what expire answers')
    equal(await cache.expire('missing'), false, 'what it answers where there is nothing')
    equal(await cache.get('key'), undefined, 'what get answers')
    equal(cache.getSync('key'), undefined, 'what getSync answers')
    const found = await cache.lookup('key')
    equal(
      found.outcome === 'stale' && [found.value, found.age, found.ttl],
      ['old', 1000, 0],
      'what lookup answers',
    )
    equal(await cache.getOrSet('key', fail), 'old', 'what is given when the loader fails')
    await world.pass(10_000)
    equal(await cache.getOrSet('key', () => 'new'), 'new', 'what is given when it does not')
    equal(await cache.get('key'), 'new', 'what is kept')
  }),

  cacheCase(
    'keeps the fallback of an expired entry as long as it would have lived',
    async (world) => {
      const cache = await world.create()
      await cache.set('key', 'old', { ttl: 5000 })
      await world.pass(1000)
      await cache.expire('key')
      await world.pass(3999)
      equal((await cache.lookup('key')).outcome, 'stale', 'the outcome at the end')
      await world.pass(1)
      equal(await cache.lookup('key'), { outcome: 'miss' }, 'what is left past it')
    },
  ),

  cacheCase('starts one load in the background past a share of the TTL', async (world) => {
    const cache = await world.create()
    const options = { ttl: 10_000, eagerRefresh: 0.8 }
    let loads = 0
    await cache.getOrSet('key', () => `value ${++loads}`, options)
    await world.pass(7999)
    equal(
      await cache.getOrSet('key', () => `value ${++loads}`, options),
      'value 1',
      'what is given',
    )
    equal((await cache.inspect()).loading, 0, 'how many loads are under way before that share')
    await world.pass(1)
    const held = heldLoader<string>()
    const get = () => atOnce('an answer', cache.getOrSet('key', held.load, options))
    for (let reads = 0; reads < 3; reads++) {
      equal(await get(), 'value 1', 'what is given past it')
    }
    await held.called
    equal(await get(), 'value 1', 'what is given meanwhile')
    held.answer('value 2')
    await eventually('the renewal', async () => (await cache.get('key')) === 'value 2')
    equal([held.calls, loads], [1, 1], 'how often was loaded')
    await world.pass(9999)
    equal(await cache.get('key'), 'value 2', 'what lives for the whole new lifetime')
  }),

  cacheCase('goes on to the TTL when the renewal before it fails', async (world) => {
    const cache = await world.create()
    const options = { ttl: 10_000, eagerRefresh: 0.5, retryAfter: 1000 }
    await cache.set('key', 'old', options)
    await world.pass(5000)
    let loads = 0
    const load = () => {
      loads++
      return fail()
    }
    equal(await cache.getOrSet('key', load, options), 'old', 'what is given')
    await eventually('the failure', () => cache.stats().loadFailures === 1)
    await eventually('the end of it', async () => (await cache.inspect()).loading === 0)
    equal(await cache.getOrSet('key', load, options), 'old', 'what is given in the pause')
    equal([loads, await cache.get('key')], [1, 'old'], 'loads, and what is kept')
    await world.pass(5000)
    const failure = await failureOf(() => cache.getOrSet('key', load, options))
    equal(failure === down, true, 'that the error is given past the TTL')
  }),

  cacheCase('leaves nothing of what a load found to be gone, unless it skips', async (world) => {
    const cache = await world.create()
    const cases = [
      ['refresh', { refresh: true, negativeTtl: 0 }, undefined],
      ['stale', { staleWhileRevalidate: 60_000, negativeTtl: 0 }, undefined],
      ['skipped', { refresh: true }, 'old'],
    ] as const
    for (const [key, options, left] of cases) {
      const { refresh: _, ...usual } = { refresh: false, ...options }
      await cache.set(key, 'old', { ...usual, ttl: 1000 })
      if (key === 'stale') await world.pass(1000)
      const load = (context: LoadContext<string | undefined>) => {
        if (key === 'skipped') context.skip()
        return undefined
      }
      const given = await cache.getOrSet<string | undefined>(key, load, options)
      equal(given, key === 'stale' ? 'old' : undefined, `what is given, ${key}`)
      await eventually('the end', async () => (await cache.inspect()).loading === 0)
      equal(await cache.get(key), left, `what is kept, ${key}`)
    }
  }),

  cacheCase('finishes what is loading in the background before it closes', async (world) => {
    const cache = await world.create()
    await cache.set('key', 'old', { ttl: 1000, staleWhileRevalidate: 60_000 })
    await world.pass(1000)
    const held = heldLoader<string>()
    await cache.getOrSet('key', held.load)
    await held.called
    let closed = false
    const closing = cache.close().then(() => {
      closed = true
    })
    await world.pass(1)
    equal(closed, false, 'whether it has closed while the load goes on')
    held.answer('new')
    await closing
  }),
]
