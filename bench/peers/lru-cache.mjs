import { LRUCache } from 'lru-cache'
import { byJson } from './by-json.mjs'

export const peer = {
  name: 'lru-cache',
  readThrough({ entries, ttl, load }) {
    const cache = new LRUCache({ max: entries, ttl, fetchMethod: load })
    return (key) => cache.fetch(key)
  },
  memoize(fn, { entries }) {
    const cache = new LRUCache({
      max: entries,
      fetchMethod: (_key, _stale, { context }) => fn(...context),
    })
    return byJson((key, args) => cache.fetch(key, { context: args }))
  },
}
