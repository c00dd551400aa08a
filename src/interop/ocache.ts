import type { Cache } from '../contracts/cache.ts'
import { entryKey } from './entry-key.ts'

/** Where ocache keeps what it caches. */
export interface OcacheStorage {
  /** Bytes come back as bytes. */
  readonly binary: true
  get<T = unknown>(key: string): Promise<T | null>
  /** `ttl` is in seconds; none keeps the value until it is evicted, and `null` removes what is there. */
  set<T = unknown>(key: string, value: T, options?: { readonly ttl?: number }): Promise<void>
}

/** What ocache takes as its option `storage`, and `setStorage` for all, in the namespace `ocache` of the cache. */
export function ocacheStorage(cache: Cache): OcacheStorage {
  const entries = cache.namespace('ocache')
  return {
    binary: true,
    get: async <T>(key: string) => (await entries.get<T>(entryKey(key))) ?? null,
    async set(key, value, { ttl } = {}) {
      if (value === null || value === undefined) await entries.delete(entryKey(key))
      else await entries.set(entryKey(key), value, { ttl: ttl === undefined ? null : ttl * 1000 })
    },
  }
}
