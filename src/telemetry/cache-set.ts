import type { Cache } from '../contracts/cache.ts'
import type { NamedCaches } from '../contracts/caches.ts'

/** One cache, several, or what `createCaches` answers. */
export type CacheSet = Cache | readonly Cache[] | NamedCaches

export function cachesOf(set: CacheSet): readonly Cache[] {
  if ('names' in set) return set.names.map((name) => set.get(name))
  return Array.isArray(set) ? set : [set as Cache]
}

/** Whether an event is of one of the caches. */
export function membership(set: CacheSet): (event: { readonly cache: string }) => boolean {
  const names = new Set('names' in set ? set.names : cachesOf(set).map(({ name }) => name))
  return ({ cache }) => names.has(cache)
}
