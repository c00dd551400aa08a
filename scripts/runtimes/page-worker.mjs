// A worker as one is written: the cache is made when the module is loaded, and every request uses it.
import { createCache } from '../../dist/index.js'

const cache = createCache()
let loads = 0

const answers = {
  async load() {
    return cache.getOrSet('loaded', async () => {
      await new Promise((resolve) => setTimeout(resolve, 10))
      return ++loads
    })
  },
  /** As many hits as make a cache spare itself the question what time it is. */
  async keep() {
    await cache.set('kept', 1, { ttl: 1_000 })
    return Array.from({ length: 20 }, () => cache.getSync('kept')).length
  },
  find: async () => cache.getSync('kept'),
}

export default {
  async fetch(request) {
    const answer = answers[new URL(request.url).pathname.slice(1)]
    return new Response(`${await answer()}`)
  },
}
