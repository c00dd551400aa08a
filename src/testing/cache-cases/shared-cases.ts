import type { Cache } from '../../contracts/cache.ts'
import { type CacheCase, type CacheWorld, cacheCase, equal } from '../cache-case.ts'

/** Time after which another cache's change of the store is seen, at the latest. */
const trust = 1000

function sharedCase(
  name: string,
  run: (here: Cache, there: Cache, world: CacheWorld) => Promise<void>,
): CacheCase {
  return cacheCase(name, async (world) => run(await world.create(), await world.create(), world), [
    'store',
  ])
}

/** Two caches of one name, as in two processes. */
export const sharedCases: readonly CacheCase[] = [
  sharedCase('finds what another process wrote', async (here, there) => {
    await here.set('key', 'value', { ttl: 5000, tags: ['tag'] })
    const found = await there.lookup('key')
    const shown = found.outcome === 'hit' && [found.value, found.tier, found.ttl, [...found.tags]]
    equal(shown, ['value', 'store', 5000, ['tag']], 'what the other looks up')
    equal(await there.getOrSet<unknown>('key', () => 'loaded'), 'value', 'what it is given')
    equal(await there.add('key', 'added'), false, 'what add answers there')
    await there.set('space', 1, { version: 2 })
    equal(await here.get('space', { version: 2 }), 1, 'another version')
    await there.namespace('a').set('key', 'in a')
    equal(await here.namespace('a').get('key'), 'in a', 'what is in a namespace')
  }),

  sharedCase('forgets what another process changed', async (here, there, world) => {
    const changes: ((cache: Cache) => Promise<unknown>)[] = [
      (cache) => cache.delete('key'),
      (cache) => cache.deleteMany(['key']),
      (cache) => cache.take('key'),
      (cache) => cache.set('key', 1, { ttl: 0 }),
      (cache) => cache.touch('key', { ttl: 0 }),
      (cache) => cache.invalidate('tag'),
      (cache) => cache.expire('key'),
      (cache) => cache.clear(),
    ]
    for (const change of changes) {
      await here.set('key', 'value', { tags: ['tag'] })
      equal(await there.get('key'), 'value', 'what the other has')
      await change(there)
      await world.pass(trust)
      equal(await here.get('key'), undefined, `what is left after ${change}`)
    }
  }),

  sharedCase('sees the value that another process wrote last', async (here, there, world) => {
    await here.set('key', 'old')
    equal(await there.get('key'), 'old', 'what the other has')
    await here.set('key', 'new')
    await here.set('number', 1)
    equal(await there.increment('number'), 2, 'increment by the other')
    equal(await here.increment('number'), 3, 'increment by the one')
    await world.pass(trust)
    equal(await there.get('key'), 'new', 'what the other sees')
    equal(await there.get('number'), 3, 'the number that the other sees')
  }),

  sharedCase('clears a namespace for all processes', async (here, there, world) => {
    const spaces = [here, there].map((cache) => cache.namespace('space'))
    await here.set('key', 'kept')
    await spaces[0]?.set('key', 'value')
    equal(await spaces[1]?.get('key'), 'value', 'what the other has')
    await spaces[1]?.clear()
    await world.pass(trust)
    equal(await spaces[0]?.get('key'), undefined, 'what is left in the namespace')
    equal(await here.get('key'), 'kept', 'what is left beside it')
  }),

  sharedCase('brings nothing back by another version', async (here, there, world) => {
    for (const change of ['invalidate', 'set', 'delete'] as const) {
      await here.set(change, 'old', { tags: ['tag'] })
      equal(await there.get(change), 'old', 'what the other has')
      if (change === 'invalidate') await there.invalidate('tag')
      else if (change === 'set') await there.set(change, 'new')
      else await there.delete(change)
      const moved = here.incrementVersion(change)
      const version = await moved.catch((error) => error.code)
      equal(version, change === 'set' ? 2 : 'ERR_CACHE_MISSING_KEY', `answer after ${change}`)
      await world.pass(trust)
      const left = await there.get(change, { version: 2 })
      equal(left, change === 'set' ? 'new' : undefined, `what there is of it after ${change}`)
    }
  }),

  sharedCase('finds what was kept after a cache has closed', async (here, there, world) => {
    await here.set('key', 'value', { tags: ['tag'] })
    await here.close()
    equal(await there.get('key'), 'value', 'what the other finds')
    const later = await world.create()
    equal(await later.get('key'), 'value', 'what a new one finds')
  }),

  cacheCase(
    'keeps another default version to itself on one store',
    async (world) => {
      const [one, two] = [await world.create(), await world.create({ version: 2 })]
      await one.set('key', 1)
      equal(await two.get('key'), undefined, 'what version 2 has')
      equal(await two.get('key', { version: 1 }), 1, 'what it has of version 1')
      await two.set('key', 2)
      equal(await one.get('key'), 1, 'what version 1 has')
      equal(await one.get('key', { version: 2 }), 2, 'what it has of version 2')
    },
    ['store'],
  ),
]
