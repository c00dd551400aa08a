import { createCache } from 'async-cache-dedupe'

/** Its memoized functions take one argument. */
export const peer = {
  name: 'async-cache-dedupe',
  readThrough({ entries, ttl, load }) {
    const cache = createCache({ ttl: ttl / 1000, storage: memory(entries) })
    cache.define('read', load)
    return (key) => cache.read(key)
  },
  /** It has no `set`: what is to be there is loaded. */
  tagged({ entries }) {
    const storage = { type: 'memory', options: { size: entries, invalidation: true } }
    const cache = createCache({ ttl: 300, storage })
    const loading = new Map()
    const references = (key) => loading.get(key)?.tags ?? []
    cache.define('read', { references }, (key) => loading.get(key)?.value)
    return {
      async set(key, value, tags) {
        loading.set(key, { value, tags })
        await cache.read(key)
        loading.delete(key)
      },
      get: (key) => cache.read(key),
      invalidate: (tag) => cache.invalidateAll([tag]),
    }
  },
  memoize(fn, { entries }) {
    const cache = createCache({ ttl: 300, storage: memory(entries) })
    cache.define('call', (args) => fn(...args))
    return (...args) => cache.call(args)
  },
}

const memory = (size) => ({ type: 'memory', options: { size } })
