import { createCache } from '../../dist/index.js'

/** The public way that needs no promise. */
export const subject = {
  name: 'hotset-get-sync',
  kinds: ['read'],
  ttl: 'always',
  create({ entries, ttl = null }) {
    const cache = createCache({ memory: { maxEntries: entries }, defaults: { ttl } })
    return {
      get: (key) => cache.getSync(key),
      set: (key, value) => cache.set(key, value),
    }
  },
}
