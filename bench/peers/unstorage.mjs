import { createStorage } from 'unstorage'
import lruCacheDriver from 'unstorage/drivers/lru-cache'
import { byJson } from './by-json.mjs'

/** It has no loaders: read, and set what was not there. */
export const peer = {
  name: 'unstorage',
  readThrough({ entries, ttl, load }) {
    const storage = createStorage({ driver: lruCacheDriver({ max: entries, ttl }) })
    return (key) => readThrough(storage, key, load)
  },
  memoize(fn, { entries }) {
    const storage = createStorage({ driver: lruCacheDriver({ max: entries }) })
    return byJson((key, args) => readThrough(storage, key, () => fn(...args)))
  },
}

async function readThrough(storage, key, load) {
  const known = await storage.getItem(key)
  if (known !== null) return known
  const value = await load()
  await storage.setItem(key, value)
  return value
}
