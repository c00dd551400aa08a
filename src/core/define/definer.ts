import type { BulkLoader, Cache, Loader, LoadOptions, WriteOptions } from '../../contracts/cache.ts'
import { resolveEntryOptions } from '../entry-options.ts'
import type { Keyspace } from '../keyspace.ts'
import { loadEach } from '../loading/bulk-load.ts'
import { loadScope } from '../loading/load-scope.ts'
import type { CacheParts } from '../parts.ts'
import { placeOf } from '../place.ts'
import type { CacheState } from '../state.ts'

/** What a definition needs of the cache that it is made on. */
export interface Definer {
  /** With keys of its own. */
  readonly space: Cache
  readonly state: CacheState
  /** Memory has a fresh value. */
  atHand(key: string): boolean
  /** As `getOrSetMany`, each key by itself; one that the loader leaves out answers undefined. */
  loadEach<T>(
    keys: readonly string[],
    loader: BulkLoader<T>,
    options: (index: number) => LoadOptions,
    guard: (load: Loader<T>) => Loader<T>,
  ): Promise<{ readonly value: T } | undefined>[]
  /** As `set`, atomically, unless what is there must stay. */
  replace<T>(
    key: string,
    value: T,
    options: WriteOptions,
    stays: (current: unknown) => boolean,
  ): Promise<boolean>
}

/** What a view can do for a definition beyond what it can do for everybody. */
export function definerOn(parts: CacheParts, space: Keyspace, view: Cache): Definer {
  const { state, resolver, writer, changes } = parts
  return {
    space: view,
    state,
    atHand(key) {
      const now = state.recent()
      const entry = state.recollection.glance(space.memoryKey(key, undefined), now)
      return entry !== undefined && now < entry.staleAt
    },
    loadEach<T>(
      keys: readonly string[],
      loader: BulkLoader<T>,
      options: (index: number) => LoadOptions,
      guard: (load: Loader<T>) => Loader<T>,
    ) {
      const permits = loadScope.current() === undefined ? state.permits : undefined
      let index = 0
      return loadEach<T>(keys, loader, permits, (key, load, onWait) => {
        const guarded = guard(load) as Loader<unknown>
        return resolver.getOrSet(space, key, guarded, options(index++), onWait) as Promise<T>
      })
    },
    async replace(key, value, options, stays) {
      const resolved = resolveEntryOptions('write', options, state.defaults)
      const place = placeOf(space, key, space.memoryKey(key, options.version), options.version)
      return writer.update(place, changes.replace(value, resolved, space.scopes, stays))
    },
  }
}
