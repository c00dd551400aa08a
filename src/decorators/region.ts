import type { Cache, KeyOptions, WriteOptions } from '../contracts/cache.ts'
import { ConfigError } from '../kernel/errors.ts'

/** What is used of a cache that answers at once, as `createMemoryCache` makes them. */
export interface InstantCache extends Iterable<readonly [key: string, value: unknown]> {
  get(key: string): unknown
  has(key: string): boolean
  set(key: string, value: unknown, options?: Pick<WriteOptions, 'ttl' | 'weight'>): unknown
  delete(key: string): boolean
  clear(): void
}

/** The entries of one name in a cache; where none is given, all of them. */
export type Region = PromisedRegion | InstantRegion

/** What both kinds can do; one that promises has done it when its promise is kept. */
interface RegionVerbs {
  put(key: string, value: unknown, options: WriteOptions): Promise<void> | undefined
  evict(key: string, options: KeyOptions): Promise<unknown> | undefined
  evictAll(): Promise<void> | undefined
  invalidate(tags: readonly string[]): Promise<void> | undefined
}

export interface PromisedRegion extends RegionVerbs {
  readonly instant: false
  readonly getOrSet: Cache['getOrSet']
}

export interface InstantRegion extends RegionVerbs {
  readonly instant: true
  /** What is there, in an array of one. */
  find(key: string): readonly [unknown] | undefined
}

export function isInstantCache(cache: object): cache is InstantCache {
  return !('namespace' in cache) && 'has' in cache && 'set' in cache
}

export function regionOf(cache: Cache | InstantCache, name: string | undefined): Region {
  return isInstantCache(cache) ? instantRegion(cache, name) : promisedRegion(cache, name)
}

function promisedRegion(cache: Cache, name: string | undefined): PromisedRegion {
  const space = name === undefined ? cache : cache.namespace(name)
  return {
    instant: false,
    getOrSet: (key, loader, options) => space.getOrSet(key, loader, options),
    put: (key, value, options) => space.set(key, value, options),
    evict: (key, options) => space.delete(key, options),
    evictAll: () => space.clear(),
    invalidate: (tags) => space.invalidate(tags),
  }
}

/** It has no namespaces: the name is in the keys. */
function instantRegion(cache: InstantCache, name: string | undefined): InstantRegion {
  const prefix = name === undefined ? '' : `${name.length}:${name},`
  return {
    instant: true,
    find(key) {
      const value = cache.get(prefix + key)
      return value !== undefined || cache.has(prefix + key) ? [value] : undefined
    },
    put(key, value, { ttl, weight }) {
      cache.set(prefix + key, value, {
        ...(ttl !== undefined && { ttl }),
        ...(weight !== undefined && { weight }),
      })
      return undefined
    },
    evict(key) {
      cache.delete(prefix + key)
      return undefined
    },
    evictAll() {
      if (prefix === '') cache.clear()
      else for (const [key] of [...cache]) if (key.startsWith(prefix)) cache.delete(key)
      return undefined
    },
    invalidate() {
      throw new ConfigError('Option `tags` needs a cache of createCache')
    },
  }
}
