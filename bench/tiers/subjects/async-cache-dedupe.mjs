import { createCache } from 'async-cache-dedupe'
import { Redis } from 'ioredis'

/** It has no memory besides, and no `set`: a new value is loaded after the old one is cleared. */
export async function open({ port }) {
  const client = new Redis(port).on('error', () => {})
  const cache = createCache({ ttl: 300, storage: { type: 'redis', options: { client } } })
  cache.define('read', { serialize: ({ key }) => key }, ({ load }) => load())
  const getOrSet = (key, load) => cache.read({ key, load })
  return {
    get: (key) => getOrSet(key, async () => undefined),
    async set(key, value) {
      await cache.clear('read', { key })
      await getOrSet(key, async () => value)
    },
    getOrSet,
  }
}
