import { LRUCache } from 'lru-cache'
import { load } from './load.mjs'

export const subject = {
  name: 'lru-cache-fetch',
  kinds: ['await'],
  ttl: 'always',
  create({ entries, ttl = 0 }) {
    const cache = new LRUCache({ max: entries, ttl, fetchMethod: load })
    return {
      get: (key) => cache.fetch(key),
      set: (key, value) => cache.set(key, value),
    }
  },
}
