import pMemoize from 'p-memoize'
import QuickLRU from 'quick-lru'

export const peer = {
  name: 'p-memoize',
  /** `quick-lru` holds up to twice its bound, and says so. */
  slack: 2,
  readThrough: ({ entries, load, ttl = Number.POSITIVE_INFINITY }) =>
    pMemoize(load, { cache: new QuickLRU({ maxSize: entries, maxAge: ttl }) }),
  memoize: (fn, { entries }) =>
    pMemoize(fn, { cacheKey: JSON.stringify, cache: new QuickLRU({ maxSize: entries }) }),
}
