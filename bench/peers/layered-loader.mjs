import { Loader } from 'layered-loader'
import { byJson } from './by-json.mjs'

export const peer = {
  name: 'layered-loader',
  readThrough({ entries, ttl, load }) {
    const loader = new Loader({
      inMemoryCache: { cacheType: 'lru-map', maxItems: entries, ttlInMsecs: ttl },
      dataSourceGetOneFn: load,
    })
    return (key) => loader.get(key)
  },
  memoize(fn, { entries }) {
    const loader = new Loader({
      inMemoryCache: { cacheType: 'lru-map', maxItems: entries },
      cacheKeyFromLoadParamsResolver: ({ key }) => key,
      dataSourceGetOneFn: ({ args }) => fn(...args),
    })
    return byJson((key, args) => loader.get({ key, args }))
  },
}
