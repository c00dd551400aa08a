import type { EntryOptions } from '../contracts/cache.ts'

/** With this an entry is gone when its `ttl` says, whatever the defaults of the cache are. */
export const exactLife: EntryOptions = {
  jitter: 0,
  sliding: 0,
  staleWhileRevalidate: 0,
  staleIfError: 0,
}

/** What other entries are found by, or depend on, stays until it is evicted. */
export const forEver: EntryOptions = { ...exactLife, ttl: null }
