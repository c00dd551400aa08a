import type { Cache } from '../contracts/cache.ts'
import { entryKey } from './entry-key.ts'

/** The `KeyValueCache` of Apollo Server and of its data sources. */
export interface ApolloCache<V = string> {
  get(key: string): Promise<V | undefined>
  /** `ttl` is in seconds: 0 or less keeps nothing, none and `null` keep the value until it is evicted. */
  set(key: string, value: V, options?: { readonly ttl?: number | null }): Promise<void>
  /** Answers whether there was something. */
  delete(key: string): Promise<boolean>
}

/** What Apollo Server takes as its option `cache`, in the namespace `apollo` of the cache. */
export function apolloCache<V = string>(cache: Cache): ApolloCache<V> {
  const entries = cache.namespace('apollo')
  return {
    get: (key) => entries.get<V>(entryKey(key)),
    async set(key, value, { ttl } = {}) {
      const lifetime = typeof ttl === 'number' ? ttl * 1000 : null
      await entries.set(entryKey(key), value, { ttl: lifetime })
    },
    delete: (key) => entries.delete(entryKey(key)),
  }
}
