import { cachified, totalTtl } from '@epic-web/cachified'
import { LRUCache } from 'lru-cache'
import { byJson } from './by-json.mjs'

/** On `lru-cache`, as its manual shows. */
export const peer = {
  name: 'cachified',
  readThrough({ entries, ttl, load }) {
    const cache = overLru(entries)
    return (key) => cachified({ key, cache, ttl, getFreshValue: load })
  },
  memoize(fn, { entries }) {
    const cache = overLru(entries)
    return byJson((key, args) => cachified({ key, cache, getFreshValue: () => fn(...args) }))
  },
}

function overLru(entries) {
  const lru = new LRUCache({ max: entries })
  return {
    get: (key) => lru.get(key),
    set(key, value) {
      const ttl = totalTtl(value?.metadata)
      const start = value?.metadata?.createdTime
      return lru.set(key, value, { ttl: ttl === Number.POSITIVE_INFINITY ? undefined : ttl, start })
    },
    delete: (key) => lru.delete(key),
  }
}
