import type { Cache, EntryOptions } from '../contracts/cache.ts'
import { structuralKey } from '../kernel/structural-key.ts'
import { entryKey } from './entry-key.ts'

/** The `cacheMap` of DataLoader: it remembers promises. */
export interface DataloaderMap<K, V> {
  get(id: K): Promise<V> | undefined
  set(id: K, value: Promise<V>): void
  delete(id: K): void
  clear(): void
}

/** Where batches are kept, and how. */
export interface DataloaderMapOptions extends EntryOptions {
  /** Where values are kept: in the namespace `dataloader` of it. */
  readonly cache: Cache
}

/**
 * What DataLoader takes as its option `cacheMap`: what is being loaded, and what memory has, which may
 * outlive the loader. DataLoader asks in one turn, so what only the store has is loaded again. Failures
 * are not kept, nor is what is cleared while it is loaded, or loaded while it is cleared.
 */
export function dataloaderMap<K, V>(options: DataloaderMapOptions): DataloaderMap<K, V> {
  const { cache, ...entry } = options
  const values = cache.namespace('dataloader')
  const pending = new Map<string, Promise<V>>()
  /** The clearing that is under way: memory may still have what it removes. */
  let clearing: Promise<void> | undefined
  const keyOf = (id: K): string => entryKey(structuralKey([id], 'shared'))
  return {
    get(id) {
      const key = keyOf(id)
      const waiting = pending.get(key)
      if (waiting !== undefined) return waiting
      if (clearing !== undefined) return undefined
      const value = values.getSync<V>(key)
      return value === undefined ? undefined : Promise.resolve(value)
    },
    set(id, value) {
      const key = keyOf(id)
      pending.set(key, value)
      const done = () => {
        if (pending.get(key) === value) pending.delete(key)
      }
      // A load, so that a deletion that comes before its end keeps it out.
      const load = { ...entry, refresh: true, followed: false }
      values.getOrSet(key, () => value, load).then(done, done)
    },
    delete(id) {
      const key = keyOf(id)
      pending.delete(key)
      // Memory forgets it in this turn.
      values.delete(key).catch(() => {})
    },
    clear() {
      pending.clear()
      const begun = values.clear()
      const done = () => {
        if (clearing === begun) clearing = undefined
      }
      clearing = begun
      begun.then(done, done)
    },
  }
}
