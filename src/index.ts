import { autoCodec } from './codecs/auto.ts'
import type { Cache } from './contracts/cache.ts'
import { cacheOf } from './core/cache.ts'
import { type CacheOptions, expectCacheOptions } from './core/cache-options.ts'
import { type Caches, namedCaches } from './core/caches.ts'
import type { Backing } from './core/connection.ts'
import { MemoryTier } from './core/memory-tier.ts'
import { CacheState } from './core/state.ts'
import { systemClock } from './kernel/system-clock.ts'
import { createMemoize, type Memoize } from './memoize/memoize.ts'
import { openUrl } from './open-url.ts'
import { lru } from './policies/lru.ts'

export type * from './contracts/cache.ts'
export type * from './contracts/events.ts'
export type { CacheOptions, MemorySetup } from './core/cache-options.ts'
export type { Caches } from './core/caches.ts'
export * from './kernel/errors.ts'
export { cacheKey } from './kernel/structural-key.ts'
export type {
  Memoize,
  Memoized,
  MemoizeOptions,
  SharedMemoized,
  SharedMemoizeOptions,
} from './memoize/memoize.ts'
export { lru } from './policies/lru.ts'

/**
 * Makes a cache: in this process, and with what `store` names behind it. Throws a `ConfigError` for
 * options that make no sense; what is behind it is opened when it is first needed.
 */
export function createCache(options: CacheOptions = {}): Cache {
  expectCacheOptions(options)
  const { codec = autoCodec(), clock = systemClock } = options
  return cacheOf(new CacheState(options, { clock, codec, policy: lru(), open: backingOf(options) }))
}

/** Named caches from one plain object; `default` must be among them. */
export function createCaches<Name extends string>(
  options: Readonly<Record<Name, Omit<CacheOptions, 'name'>>>,
): Caches<Name> {
  return namedCaches(options, createCache)
}

/** Remembers what a function answered, by its arguments. */
export const memoize: Memoize = createMemoize({
  createMemory: (options) => new MemoryTier({ ...options, policy: lru(), clock: systemClock }),
  clock: systemClock,
})

/** How to open what the options put behind memory; undefined where that is nothing. */
function backingOf(options: CacheOptions): (() => Promise<Backing>) | undefined {
  const { store, clock = systemClock } = options
  const bus = options.bus === false ? undefined : options.bus
  if (typeof store !== 'string') {
    if (store === undefined && bus === undefined) return undefined
    return async () => ({ store, bus, close: async () => {} })
  }
  const open = openUrl(store, clock)
  return async () => {
    const opened = await open()
    const ours = options.bus === undefined ? opened.bus : undefined
    if (ours === undefined) await opened.bus?.close()
    return {
      store: opened.store,
      bus: ours ?? bus,
      async close() {
        await ours?.close()
        await opened.store.close()
      },
    }
  }
}
