import type { LoadContext } from '../../contracts/cache.ts'
import { type CacheCase, cacheCase, equal, failureOf, heldLoader, rejects } from '../cache-case.ts'

/** `getOrSet`: one load, and what the loader may decide. */
export const loadCases: readonly CacheCase[] = [
  cacheCase('loads what is missing, and keeps it', async (world) => {
    const cache = await world.create()
    let loads = 0
    const load = () => `loaded ${++loads}`
    equal(await cache.getOrSet('key', load), 'loaded 1', 'what the first caller is given')
    equal(await cache.getOrSet('key', load), 'loaded 1', 'what the second caller is given')
    equal(await cache.get('key'), 'loaded 1', 'what is kept')
    await cache.set('there', null)
    equal(await cache.getOrSet('there', load), null, 'what is given where there was null')
    equal(loads, 1, 'how often was loaded')
  }),

  cacheCase('keeps a loaded null, and a loaded undefined', async (world) => {
    const cache = await world.create()
    for (const value of [null, undefined]) {
      const key = `${value}`
      equal(await cache.getOrSet(key, async () => value), value, 'what the first is given')
      equal(await cache.getOrSet<unknown>(key, () => 1), value, 'what the second is given')
      equal(await cache.get(key, { default: 'none' }), value, 'what is kept')
    }
  }),

  cacheCase('keeps "not found" for a time of its own', async (world) => {
    const cache = await world.create()
    await cache.getOrSet('brief', () => null, { ttl: 60_000, negativeTtl: 1000 })
    await cache.getOrSet('found', () => 0, { ttl: 60_000, negativeTtl: 1000 })
    await cache.getOrSet('long', () => undefined, { ttl: 1000, negativeTtl: null })
    equal(await cache.getOrSet('none', () => null, { negativeTtl: 0 }), null, 'what is given')
    equal(await cache.has('none'), false, 'whether it is kept where that time is 0')
    await world.pass(1000)
    equal(await cache.has('brief'), false, 'whether the brief one is there past its time')
    equal(await cache.has('found'), true, 'whether what was found is there')
    equal(await cache.has('long'), true, 'whether the long one is there')
  }),

  cacheCase('calls one loader for concurrent callers', async (world) => {
    const cache = await world.create()
    const held = heldLoader<object>()
    const callers = Array.from({ length: 8 }, () => cache.getOrSet('key', held.load))
    await held.called
    callers.push(cache.getOrSet('key', held.load))
    held.answer({ loaded: true })
    equal(
      await Promise.all(callers),
      callers.map(() => ({ loaded: true })),
      'what all are given',
    )
    equal(held.calls, 1, 'how often was loaded')
    equal(cache.stats().coalesced, 8, 'how many shared the load')
  }),

  cacheCase("gives the loader's own error to every caller, and keeps nothing", async (world) => {
    const cache = await world.create()
    const error = new Error('the database is down')
    const held = heldLoader<unknown>()
    const callers = Array.from({ length: 4 }, () =>
      failureOf(() => cache.getOrSet('key', held.load)),
    )
    await held.called
    held.fail(error)
    for (const failure of await Promise.all(callers)) {
      equal(failure === error, true, 'that a caller was given that very error')
    }
    equal(held.calls, 1, 'how often was loaded')
    equal(await cache.has('key'), false, 'whether something was kept')
    const thrown = () =>
      cache.getOrSet('key', () => {
        throw error
      })
    equal((await failureOf(thrown)) === error, true, 'that a thrown error is given as well')
    equal(await cache.getOrSet('key', () => 'up again'), 'up again', 'what the next load answers')
  }),

  cacheCase('lets different keys load side by side, and loaders load', async (world) => {
    const cache = await world.create()
    const inner = () => cache.getOrSet('inner', () => 'inner')
    const outer = cache.getOrSet('outer', async () => `outer ${await inner()}`)
    equal(await outer, 'outer inner', 'what the outer load answers')
    equal(await cache.get('inner'), 'inner', 'what the inner one left')
  }),

  cacheCase('refuses a load that waits for itself', async (world) => {
    const cache = await world.create()
    const itself = (): Promise<unknown> => cache.getOrSet<unknown>('key', () => itself())
    await rejects('ERR_CACHE_REENTRANT_LOAD', itself, 'key')
    const there = (): Promise<unknown> => cache.getOrSet('there', () => back())
    const back = (): Promise<unknown> => cache.getOrSet('back', () => there())
    await rejects('ERR_CACHE_REENTRANT_LOAD', there)
    equal(await cache.getOrSet<unknown>('key', () => 1), 1, 'what the next load answers')
  }),

  cacheCase('loads anew when told to, and replaces what is there', async (world) => {
    const cache = await world.create()
    await cache.set('key', 'old', { ttl: 60_000, tags: ['old'] })
    const load = ({ stale }: LoadContext<string>) => `new, not ${stale?.value}`
    const loaded = await cache.getOrSet('key', load, { refresh: true, ttl: 1000 })
    equal(loaded, 'new, not old', 'what the caller is given')
    await cache.invalidate('old')
    equal(await cache.get('key'), 'new, not old', 'what is kept')
    await world.pass(1000)
    equal(await cache.has('key'), false, 'whether it is there past the new lifetime')
  }),

  cacheCase('lets the loader decide lifetime and tags by the value', async (world) => {
    const cache = await world.create()
    const load = (context: LoadContext<string>) => {
      equal(
        [context.key, context.ttl, [...context.tags]],
        ['key', 60_000, ['given']],
        'what it is given',
      )
      context.ttl = '2s'
      context.tags = [...context.tags, 'chosen']
      return 'value'
    }
    await cache.getOrSet('key', load, { ttl: 60_000, tags: ['given'] })
    const found = await cache.lookup('key')
    const shown = found.outcome === 'hit' && [found.ttl, [...found.tags]]
    equal(shown, [2000, ['given', 'chosen']], 'lifetime and tags')
    await cache.invalidate('chosen')
    equal(await cache.has('key'), false, 'whether it is there after invalidate')
  }),

  cacheCase('gives the loader null for a lifetime without end', async (world) => {
    const cache = await world.create({ defaults: { ttl: null, tags: ['default'] } })
    await cache.getOrSet('key', (context) => {
      equal([context.ttl, [...context.tags]], [null, ['default']], 'what the loader is given')
      context.ttl = undefined
    })
  }),

  cacheCase('refuses bad decisions of a loader, and keeps nothing', async (world) => {
    const cache = await world.create()
    const badTtl = (context: LoadContext) => {
      context.ttl = NaN
    }
    const badTags = (context: LoadContext) => {
      context.tags = ['']
    }
    await rejects('ERR_CACHE_CONFIG', () => cache.getOrSet('key', badTtl), 'ttl')
    await rejects('ERR_CACHE_CONFIG', () => cache.getOrSet('key', badTags), 'tags')
    equal(await cache.has('key'), false, 'whether something was kept')
  }),

  cacheCase('answers what the loader skips, and does not keep it', async (world) => {
    const cache = await world.create()
    const load = (context: LoadContext<string>) => {
      context.skip()
      return 'value'
    }
    equal(await cache.getOrSet('key', load), 'value', 'what the caller is given')
    equal(await cache.has('key'), false, 'whether it is kept')
  }),

  cacheCase('lets a loader say that it failed', async (world) => {
    const cache = await world.create()
    const said = () => cache.getOrSet('key', (context) => context.fail('503'))
    await rejects('ERR_CACHE_LOADER_FAILED', said, '503')
    const error = new TypeError('mine')
    const own = () => cache.getOrSet('key', (context) => context.fail(error))
    equal((await failureOf(own)) === error, true, 'that its own error is given as it is')
    equal(await cache.has('key'), false, 'whether something was kept')
    await cache.set('key', 'old', { ttl: 1000, staleIfError: 5000 })
    await world.pass(1000)
    equal(
      await cache.getOrSet<unknown>('key', (context) => context.fail('503')),
      'old',
      'what is given where there is a stale value',
    )
  }),

  cacheCase('renews an entry that was not modified', async (world) => {
    const cache = await world.create()
    const options = { ttl: 1000, staleIfError: 60_000, tags: ['tag'] }
    await cache.getOrSet(
      'key',
      (context) => {
        equal(context.stale, undefined, 'what is stale at first')
        context.etag = '"v1"'
        context.lastModified = 1234
        return { large: 'value' }
      },
      options,
    )
    const renew = (context: LoadContext<object>) => {
      const { stale } = context
      equal(
        [stale?.value, stale?.etag, stale?.lastModified, stale?.age],
        [{ large: 'value' }, '"v1"', 1234, 1500],
        'what is stale',
      )
      return context.notModified()
    }
    for (let round = 0; round < 3; round++) {
      await world.pass(1500)
      equal(await cache.getOrSet('key', renew, options), { large: 'value' }, 'what is given')
      const found = await cache.lookup('key')
      const shown = found.outcome === 'hit' && [found.ttl, [...found.tags]]
      equal(shown, [1000, ['tag']], 'the new lifetime, and the tags')
    }
    await cache.invalidate('tag')
    equal((await cache.lookup('key')).outcome, 'miss', 'the outcome after invalidate')
  }),

  cacheCase('refuses "not modified" where there is nothing to renew', async (world) => {
    const cache = await world.create()
    const renew = () => cache.getOrSet('key', (context) => context.notModified())
    await rejects('ERR_CACHE_LOADER_FAILED', renew, 'notModified')
  }),

  cacheCase('refuses a loader that is none', async (world) => {
    const cache = await world.create()
    const value: never = 'value' as never
    await rejects('ERR_CACHE_CONFIG', () => cache.getOrSet('key', value), 'loader')
    await rejects('ERR_CACHE_CONFIG', () => cache.getOrSetMany(['key'], value as never), 'loader')
    equal(await cache.has('key'), false, 'whether something was kept')
  }),
]
