import { createClient } from 'redis'
import { createCache, memoize } from '../../dist/index.js'
import { redisStore } from '../../dist/stores/redis.js'

export const peer = {
  name: 'hotset',
  readThrough({ entries, ttl, load }) {
    const cache = createCache({ memory: { maxEntries: entries }, defaults: { ttl } })
    return (key) => cache.getOrSet(key, load)
  },
  async tagged({ entries, port }) {
    // What is in memory is trusted for as long as there is nobody else who writes.
    const memory = { maxEntries: entries, trust: null }
    const cache = createCache({ memory, store: port && (await storeAt(port)) })
    return {
      set: (key, value, tags) => cache.set(key, value, tags && { tags }),
      get: (key) => cache.get(key),
      invalidate: (tag) => cache.invalidate(tag),
    }
  },
  memoize: (fn, { entries }) => memoize(fn, { maxEntries: entries }),
}

async function storeAt(port) {
  const client = createClient({ url: `redis://127.0.0.1:${port}`, disableOfflineQueue: true })
  client.on('error', () => {})
  await client.connect()
  return redisStore({ client, onWarning() {} })
}
