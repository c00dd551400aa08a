import type { Cache } from '../contracts/cache.ts'
import type { Clock } from '../contracts/clock.ts'
import { expectNumber, expectOptions } from '../kernel/expect.ts'
import { systemClock } from '../kernel/system-clock.ts'
import { KeyList } from './key-list.ts'

/** What may be said of one item. */
export interface UnstorageItemOptions {
  /** Seconds; 0 or less keeps nothing. */
  readonly ttl?: number
}

/** Where items are kept, and for how long. */
export interface UnstorageDriverOptions {
  /** Where items are kept: in the namespace `unstorage` of it. */
  readonly cache: Cache
  /** Seconds for which an item is kept that says nothing of it. @default for ever */
  readonly ttl?: number | undefined
  /** Tells the time. @default the system's */
  readonly clock?: Clock | undefined
}

/** A driver of unstorage 1. */
export interface UnstorageDriver {
  readonly name: string
  readonly options: UnstorageDriverOptions
  readonly flags: { readonly ttl: true }
  getInstance(): Cache
  hasItem(key: string): Promise<boolean>
  getItem(key: string): Promise<string | null>
  getItems(
    items: readonly { readonly key: string }[],
  ): Promise<{ key: string; value: string | null }[]>
  getItemRaw(key: string): Promise<unknown>
  setItem(key: string, value: string, options?: UnstorageItemOptions): Promise<void>
  setItemRaw(key: string, value: unknown, options?: UnstorageItemOptions): Promise<void>
  removeItem(key: string): Promise<void>
  /** When it was written, and for how many seconds it is still kept. */
  getMeta(key: string): Promise<{ mtime: Date; ttl?: number } | null>
  /** Rejects with a `StoreError` where the store does not list its keys. */
  getKeys(base?: string): Promise<string[]>
  clear(base?: string): Promise<void>
}

const known: ReadonlySet<string> = new Set<keyof UnstorageDriverOptions>(['cache', 'ttl', 'clock'])

/**
 * A driver for unstorage, and so for Nitro, Nuxt and ocache: `createStorage({ driver })`. The cache is
 * not closed with the storage. Throws a `ConfigError` for options that make no sense.
 */
export function unstorageDriver(options: UnstorageDriverOptions): UnstorageDriver {
  expectOptions('unstorageDriver', options, known)
  const { cache, ttl, clock = systemClock } = options
  if (ttl !== undefined) expectNumber('ttl', ttl, Number.MIN_VALUE, Infinity)
  const items = cache.namespace('unstorage')
  const list = new KeyList(items)

  async function write(key: string, value: unknown, own: UnstorageItemOptions = {}): Promise<void> {
    const seconds = own.ttl ?? ttl
    await items.set(key, value, { ttl: seconds === undefined ? null : seconds * 1000 })
    await list.note(key)
  }

  return {
    name: 'hotset',
    options,
    flags: { ttl: true },
    getInstance: () => cache,
    hasItem: (key) => items.has(key),
    getItem: async (key) => (await items.get<string>(key)) ?? null,
    async getItems(wanted) {
      const found = await items.getMany<string>(wanted.map(({ key }) => key))
      return wanted.map(({ key }) => ({ key, value: found.get(key) ?? null }))
    },
    getItemRaw: async (key) => (await items.get(key)) ?? null,
    setItem: write,
    setItemRaw: write,
    async removeItem(key) {
      await items.delete(key)
    },
    async getMeta(key) {
      const found = await items.lookup(key)
      if (found.outcome !== 'hit') return null
      const mtime = new Date(clock.now() - found.age)
      return found.ttl === Infinity ? { mtime } : { mtime, ttl: found.ttl / 1000 }
    },
    getKeys: (base = '') => list.keys(base),
    async clear(base = '') {
      if (base === '') await items.clear()
      else await items.deleteMany(await list.keys(base))
    },
  }
}
