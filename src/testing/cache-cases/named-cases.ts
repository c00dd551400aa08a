import { type CacheCase, cacheCase, equal, rejects } from '../cache-case.ts'

/** `createCaches`. */
export const namedCases: readonly CacheCase[] = [
  cacheCase('answers the same cache for the same name', async (world) => {
    const caches = world.createCaches({ default: {}, pages: { defaults: { ttl: 1000 } } })
    const pages = caches.get('pages')
    equal(caches.get('pages') === pages, true, 'that it is the same')
    equal(caches.get() === caches.get('default'), true, 'that the default has that name')
    equal([...caches.names], ['default', 'pages'], 'the names')
    equal([caches.get().name, caches.get('pages').name], ['default', 'pages'], 'the caches’ names')
    await caches.close()
  }),

  cacheCase('keeps named caches apart, each with its own options', async (world) => {
    const caches = world.createCaches({ default: {}, pages: { defaults: { ttl: 1000 } } })
    await caches.get().set('key', 1)
    await caches.get('pages').set('key', 2)
    equal(await caches.get().get('key'), 1, 'what the default has')
    await world.pass(1000)
    equal(await caches.get().get('key'), 1, 'what the default has then')
    equal(await caches.get('pages').get('key'), undefined, 'what the other has then')
    await caches.close()
  }),

  cacheCase('refuses a name that no cache has', async (world) => {
    const caches = world.createCaches({ default: {} })
    await rejects('ERR_CACHE_CONFIG', async () => caches.get('nonexistent'), 'nonexistent')
    await rejects('ERR_CACHE_CONFIG', async () => caches.get('constructor'), 'constructor')
    await rejects('ERR_CACHE_CONFIG', async () => world.createCaches({ pages: {} }), 'default')
  }),

  cacheCase('refuses a store that it does not know', async (world) => {
    for (const store of ['nonexistent://localhost', 'constructor:x', 'no scheme', '']) {
      const caches = world.createCaches({ default: { store } })
      await rejects('ERR_CACHE_CONFIG', async () => caches.get(), 'store')
    }
  }),

  cacheCase('closes the named caches that have been made, and no others', async (world) => {
    const broken = { store: 'nonexistent://localhost' }
    const caches = world.createCaches({ default: {}, broken })
    const cache = caches.get()
    await cache.set('key', 1)
    await caches.close()
    await rejects('ERR_CACHE_CLOSED', () => cache.get('key'), 'default')
    equal(caches.get() === cache, false, 'that the next one is another')
    await caches.close()
  }),
]
