import { BentoCache, bentostore } from 'bentocache'
import { memoryDriver } from 'bentocache/drivers/memory'
import { redisBusDriver, redisDriver } from 'bentocache/drivers/redis'
import { byJson } from './by-json.mjs'

export const peer = {
  name: 'bentocache',
  readThrough({ entries, ttl, load }) {
    const cache = create(entries, ttl)
    return (key) => cache.getOrSet({ key, factory: load })
  },
  tagged({ entries, port }) {
    const cache = create(entries, '5m', port)
    return {
      set: (key, value, tags) => cache.set({ key, value, tags }),
      get: (key) => cache.get({ key }),
      invalidate: (tag) => cache.deleteByTag({ tags: [tag] }),
    }
  },
  memoize(fn, { entries }) {
    const cache = create(entries, null)
    return byJson((key, args) => cache.getOrSet({ key, factory: () => fn(...args) }))
  },
}

function create(entries, ttl, port) {
  const memory = bentostore().useL1Layer(memoryDriver({ maxItems: entries }))
  const connection = { host: '127.0.0.1', port }
  const store = port
    ? memory.useL2Layer(redisDriver({ connection })).useBus(redisBusDriver({ connection }))
    : memory
  return new BentoCache({ default: 'cache', stores: { cache: store }, ttl })
}
