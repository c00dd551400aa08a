import type { LoadContext } from '../../contracts/cache.ts'
import {
  atOnce,
  type CacheCase,
  cacheCase,
  equal,
  eventually,
  failureOf,
  heldLoader,
  inTime,
  rejects,
} from '../cache-case.ts'

/** What happens while a load goes on: changes of its key, and callers that wait no longer. */
export const waitCases: readonly CacheCase[] = [
  ...(['delete', 'set', 'invalidate', 'clear', 'expire', 'take'] as const).map((verb) =>
    cacheCase(`does not keep what was loading while ${verb} changed it`, async (world) => {
      const cache = await world.create()
      const held = heldLoader<string>()
      const options = { tags: ['tag'], staleIfError: 60_000 }
      const loading = cache.getOrSet('key', held.load, options)
      await held.called
      if (verb === 'set') await cache.set('key', 'set')
      else if (verb === 'invalidate') await cache.invalidate('tag')
      else if (verb === 'clear') await cache.clear()
      else await cache[verb]('key')
      const later = cache.getOrSet('key', () => 'later', options)
      held.answer('outdated')
      await loading
      const given = await inTime('the later load', later, world.pass)
      equal(given, verb === 'set' ? 'set' : 'later', 'what a later caller is given')
      const expected = verb === 'set' ? 'set' : 'later'
      equal(await cache.get('key'), expected, 'what is kept')
      await world.pass(1000)
      equal(await cache.get('key'), expected, 'what is kept behind memory')
    }),
  ),

  cacheCase('lets a caller give up, and the load go on for the others', async (world) => {
    const cache = await world.create()
    const held = heldLoader<string>()
    const [first, second] = [new AbortController(), new AbortController()]
    let loading: AbortSignal | undefined
    const load = (context: LoadContext<string>) => {
      loading = context.signal
      return held.load()
    }
    const one = failureOf(() => cache.getOrSet('key', load, { signal: first.signal }))
    const two = cache.getOrSet('key', load, { signal: second.signal })
    await held.called
    const reason = new Error('no time')
    first.abort(reason)
    equal((await one) === reason, true, 'that who gave up is told so')
    equal(loading?.aborted, false, 'whether the load is aborted')
    held.answer('value')
    equal(await two, 'value', 'what the other is given')
    equal(await cache.get('key'), 'value', 'what is kept')
  }),

  cacheCase('aborts a load when every caller has given up', async (world) => {
    const cache = await world.create()
    const controllers = [new AbortController(), new AbortController()]
    const held = heldLoader<string>()
    let loading: AbortSignal | undefined
    const load = (context: LoadContext<string>) => {
      loading = context.signal
      return held.load()
    }
    const callers = controllers.map(({ signal }) =>
      failureOf(() => cache.getOrSet('key', load, { signal })),
    )
    await held.called
    for (const controller of controllers) controller.abort()
    await Promise.all(callers)
    equal(loading?.aborted, true, 'whether the load is aborted')
    const next = cache.getOrSet('key', () => 'new')
    equal(await atOnce('the next load', next), 'new', 'what the next caller is given')
    held.answer('given up')
    const signal = AbortSignal.abort(new Error('before'))
    const late = await failureOf(() => cache.getOrSet('other', () => 1, { signal }))
    equal((late as Error).message, 'before', 'what a caller is told who had given up before')
    equal(await cache.get('key'), 'new', 'what is kept')
  }),

  cacheCase('does not wait longer for a load than told, and keeps its value', async (world) => {
    const cache = await world.create()
    const held = heldLoader<string>()
    const hurried = rejects(
      'ERR_CACHE_LOADER_TIMEOUT',
      () => cache.getOrSet('key', held.load, { hardTimeout: 1000 }),
      'key',
    )
    await held.called
    await world.pass(1000)
    await hurried
    held.answer('value')
    await eventually('what was loaded to be kept', async () => (await cache.get('key')) === 'value')
  }),

  cacheCase('serves a stale value when the load takes longer than told', async (world) => {
    const cache = await world.create()
    for (const [name, patience] of [
      ['soft', { softTimeout: 500 }],
      ['hard', { hardTimeout: 500 }],
    ] as const) {
      await cache.set(name, 'old', { ttl: 1000, staleIfError: 60_000 })
      await world.pass(1000)
      const held = heldLoader<string>()
      const hurried = cache.getOrSet(name, held.load, patience)
      await held.called
      await world.pass(500)
      equal(await hurried, 'old', `what is given after the ${name} timeout`)
      held.answer('new')
      await eventually('what was loaded to be kept', async () => (await cache.get(name)) === 'new')
    }
  }),
]
