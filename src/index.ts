import type { Cache } from './contracts/cache.ts'
import type { Memory, MemoryOptions } from './contracts/memory.ts'
import type { OpenTrace } from './contracts/trace.ts'
import type { Behind } from './core/behind/connection.ts'
import { cacheOf } from './core/cache.ts'
import { type CacheOptions, expectCacheOptions } from './core/cache-options.ts'
import { type Caches, namedCaches } from './core/caches.ts'
import { CacheState } from './core/state.ts'
import { onDemand } from './kernel/on-demand.ts'
import { randomSeed } from './kernel/random.ts'
import { systemClock } from './kernel/system-clock.ts'
import { createMemoize, type Memoize } from './memoize/memoize.ts'
import { type MemoryCache, type MemoryCacheOptions, memoryCache } from './memory/memory-cache.ts'
import { MemoryTier } from './memory/memory-tier.ts'
import { openLog } from './open-log.ts'
import { openUrl } from './open-url.ts'
import { tinylfu } from './policies/tinylfu.ts'
import { usualCodec } from './usual-codec.ts'

export type * from './contracts/bus.ts'
export type * from './contracts/cache.ts'
export type * from './contracts/caches.ts'
export type * from './contracts/clock.ts'
export type * from './contracts/events.ts'
export type * from './contracts/locks.ts'
export type * from './contracts/log.ts'
export type * from './contracts/store.ts'
export type { Recording, RecordingOptions, RecordingReport } from './contracts/trace.ts'
export type * from './contracts/writing.ts'
export type { CacheOptions, MemorySetup } from './core/cache-options.ts'
export type { Caches } from './core/caches.ts'
export type { KeyFunction } from './core/keyspace.ts'
export { closeOnSignal } from './core/writing/close-on-signal.ts'
// By name: esbuild forgets to run what it takes for `*`, where it makes one file of all.
export {
  BusError,
  CacheError,
  type CacheErrorCode,
  ClosedError,
  CodecError,
  ConfigError,
  KeyError,
  LoaderFailedError,
  LoaderTimeoutError,
  LockLostError,
  LockTimeoutError,
  LogError,
  LogFullError,
  MissingKeyError,
  NotANumberError,
  ReentrantLoadError,
  StoreDownError,
  StoreError,
  StoreTimeoutError,
} from './kernel/errors.ts'
export { cacheKey } from './kernel/structural-key.ts'
export type { AnyFunction } from './memoize/calls.ts'
export type {
  Memoize,
  Memoized,
  MemoizeOptions,
  SharedMemoized,
  SharedMemoizeOptions,
} from './memoize/memoize.ts'
export type { MemoizeStats } from './memoize/remembered-calls.ts'
export type { SharedMemoizeStats } from './memoize/shared-calls.ts'
export type {
  MemoryCache,
  MemoryCacheOptions,
  MemoryCacheStats,
  MemoryEntryOptions,
} from './memory/memory-cache.ts'

/**
 * Makes a cache: in this process, and with what `store` names behind it. Throws a `ConfigError` for
 * options that make no sense; what is behind it is opened when it is first needed.
 */
export function createCache(options: CacheOptions = {}): Cache {
  expectCacheOptions(options)
  const { clock = systemClock } = options
  const { codec: given } = options
  const codec = given === undefined ? usualCodec : onDemand(async () => given)
  const behind = behindMemory(options)
  return cacheOf(
    new CacheState(options, {
      ...{ clock, codec, createMemory, policy: tinylfu(), behind, openTrace },
      openLog: (place, name) => openLog(place, name, clock),
    }),
  )
}

/** Named caches from one plain object; `default` must be among them. */
export function createCaches<Name extends string>(
  options: Readonly<Record<Name, Omit<CacheOptions, 'name'>>>,
): Caches<Name> {
  return namedCaches(options, createCache)
}

/**
 * Makes a cache in this process alone whose verbs answer at once: the memory tier by itself, for
 * where a bounded map is all that is needed. Throws a `ConfigError` for options that make no sense.
 */
export function createMemoryCache<V>(options: MemoryCacheOptions<V> = {}): MemoryCache<V> {
  return memoryCache(options, { policy: tinylfu(), clock: systemClock, seed: randomSeed() })
}

/** Remembers what a function answered, by its arguments. */
export const memoize: Memoize = /* @__PURE__ */ createMemoize({
  createMemory: (options) => createMemory({ ...options, policy: tinylfu(), clock: systemClock }),
  clock: systemClock,
})

function createMemory<V>(options: MemoryOptions<V>): Memory<V> {
  return new MemoryTier({ seed: randomSeed(), ...options })
}

const openTrace: OpenTrace = async (file, keys) => {
  const writer = await import('./simulator/trace-writer.ts')
  return writer.openTrace(file, keys)
}

/** What the options put behind memory; undefined where that is nothing. */
function behindMemory(options: CacheOptions): Behind | undefined {
  const { store, clock = systemClock } = options
  const bus = options.bus === false ? undefined : options.bus
  if (typeof store !== 'string') {
    if (store === undefined && bus === undefined) return undefined
    const local = store?.local ?? false
    return { local, open: async () => ({ store, bus, close: async () => {} }) }
  }
  const { local, open } = openUrl(store, clock)
  return {
    local,
    async open() {
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
    },
  }
}
