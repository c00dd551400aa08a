import { createCache } from 'cache-manager'
import { byJson } from './by-json.mjs'

/** With its own memory, which knows no bound. */
export const peer = {
  name: 'cache-manager',
  isUnbounded: true,
  readThrough({ ttl, load }) {
    const cache = createCache({ ttl })
    return (key) => cache.wrap(key, load)
  },
  memoize(fn) {
    const cache = createCache()
    return byJson((key, args) => cache.wrap(key, () => fn(...args)))
  },
}
