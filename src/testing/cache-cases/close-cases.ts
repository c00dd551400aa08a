import type { Cache } from '../../contracts/cache.ts'
import { type CacheCase, cacheCase, equal, rejects } from '../cache-case.ts'

/** Every verb that a closed cache refuses, on a key that was there. */
const verbs: Readonly<Record<string, (cache: Cache) => Promise<unknown>>> = {
  get: (cache) => cache.get('key'),
  getSync: async (cache) => cache.getSync('key'),
  getMany: (cache) => cache.getMany(['key']),
  lookup: (cache) => cache.lookup('key'),
  has: (cache) => cache.has('key'),
  set: (cache) => cache.set('key', 1),
  setMany: (cache) => cache.setMany({ key: 1 }),
  add: (cache) => cache.add('key', 1),
  touch: (cache) => cache.touch('key'),
  increment: (cache) => cache.increment('key'),
  incrementVersion: (cache) => cache.incrementVersion('key'),
  take: (cache) => cache.take('key'),
  delete: (cache) => cache.delete('key'),
  deleteMany: (cache) => cache.deleteMany(['key']),
  getOrSet: (cache) => cache.getOrSet('key', () => 1),
  getOrSetMany: (cache) => cache.getOrSetMany(['key'], () => ({ key: 1 })),
  invalidate: (cache) => cache.invalidate('tag'),
  expire: (cache) => cache.expire('key'),
  clear: (cache) => cache.clear(),
}

export const closeCases: readonly CacheCase[] = [
  ...Object.entries(verbs).map(([name, call]) =>
    cacheCase(`${name} is refused once the cache has closed`, async (world) => {
      const cache = await world.create({ name: 'shop' })
      const space = cache.namespace('space')
      await cache.set('key', 1)
      await space.set('key', 1)
      await cache.close()
      await rejects('ERR_CACHE_CLOSED', () => call(cache), 'shop')
      await rejects('ERR_CACHE_CLOSED', () => call(space), 'shop')
    }),
  ),

  cacheCase('closes twice, before its first use, and when it is disposed of', async (world) => {
    const cache = await world.create()
    await Promise.all([cache.close(), cache.close()])
    await cache.close()
    const other = await world.create()
    await other[Symbol.asyncDispose]()
    await rejects('ERR_CACHE_CLOSED', () => other.get('key'))
  }),

  cacheCase('goes on when a namespace is closed', async (world) => {
    const cache = await world.create()
    await cache.namespace('space').close()
    await cache.set('key', 1)
    equal(await cache.get('key'), 1, 'what is read')
  }),

  cacheCase('can still be looked at once it has closed', async (world) => {
    const cache = await world.create()
    await cache.set('key', 1)
    await cache.get('key')
    await cache.close()
    equal(cache.stats().hits, 1, 'the hits')
  }),
]
