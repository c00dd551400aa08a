import { createCache } from '../../dist/index.js'
import { load } from './load.mjs'

/** The public way, statistics and all. */
export const subject = {
  name: 'hotset-get-or-set',
  kinds: ['await'],
  ttl: 'always',
  create({ entries, ttl = null }) {
    const cache = createCache({ memory: { maxEntries: entries }, defaults: { ttl } })
    return {
      get: (key) => cache.getOrSet(key, load),
      set: (key, value) => cache.set(key, value),
    }
  },
}
