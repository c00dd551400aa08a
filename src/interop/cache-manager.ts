import { EventEmitter } from 'node:events'
import type { Cache, Loader } from '../contracts/cache.ts'
import type { Clock } from '../contracts/clock.ts'
import { expectFunction, expectNumber, expectOptions } from '../kernel/expect.ts'
import { systemClock } from '../kernel/system-clock.ts'
import { byLifetime, lifetime, type TimedEntry } from './by-lifetime.ts'

/** A time in milliseconds, or what tells it from the value. */
type TimeOf<T> = number | ((value: T) => number)

/** How one call of `wrap` keeps its value. */
export interface WrapOptions<T> {
  /** For how long what was loaded is kept; 0 is for ever. @default that of the manager */
  readonly ttl?: TimeOf<T> | undefined
  /** A value with less time left than this is answered, and loaded anew in the background. @default that of the manager */
  readonly refreshThreshold?: TimeOf<T> | undefined
  /** Answers `{ value, expires }`, `expires` in epoch milliseconds. @default false */
  readonly raw?: boolean | undefined
}

/** A value as `raw` wants it. */
export interface RawValue<T> {
  value: T
  /** Epoch milliseconds; none is never. */
  expires: number | undefined
}

interface Wrap {
  <T>(
    key: string,
    load: () => T | Promise<T>,
    ttl?: TimeOf<T>,
    refreshThreshold?: TimeOf<T>,
  ): Promise<T>
  <T>(
    key: string,
    load: () => T | Promise<T>,
    options: WrapOptions<T> & { raw: true },
  ): Promise<RawValue<T>>
  <T>(key: string, load: () => T | Promise<T>, options: WrapOptions<T>): Promise<T>
}

/** What listeners are told, in the shapes of cache-manager's. */
export interface ManagerEvents {
  get: <T>(data: { key: string; value?: T; error?: unknown }) => void
  mget: <T>(data: { keys: string[]; values?: T[]; error?: unknown }) => void
  set: <T>(data: { key: string; value: T; error?: unknown }) => void
  mset: <T>(data: { list: { key: string; value: T; ttl?: number }[]; error?: unknown }) => void
  del: (data: { key: string; error?: unknown }) => void
  clear: (error?: unknown) => void
  refresh: <T>(data: { key: string; value: T; error?: unknown }) => void
}

/** The `Cache` of cache-manager 7, which Nest injects as `CACHE_MANAGER`. Times are in milliseconds. */
export interface CacheManager {
  get<T>(key: string): Promise<T | undefined>
  mget<T>(keys: string[]): Promise<(T | undefined)[]>
  /** The instant at which it expires, in epoch milliseconds; `undefined` if never, or where there is nothing. */
  ttl(key: string): Promise<number | undefined>
  set<T>(key: string, value: T, ttl?: number): Promise<T>
  mset<T>(
    list: { key: string; value: T; ttl?: number }[],
  ): Promise<{ key: string; value: T; ttl?: number }[]>
  del(key: string): Promise<boolean>
  mdel(keys: string[]): Promise<boolean>
  clear(): Promise<boolean>
  /** The value there is, or what `load` answers; `undefined` is not kept. */
  wrap: Wrap
  on<E extends keyof ManagerEvents>(event: E, listener: ManagerEvents[E]): EventEmitter
  off<E extends keyof ManagerEvents>(event: E, listener: ManagerEvents[E]): EventEmitter
  /** Closes the cache. */
  disconnect(): Promise<undefined>
  cacheId(): string
  /** Empty: what is behind memory is the cache's own affair. */
  readonly stores: never[]
}

/** As the options of `createCache` of cache-manager. */
export interface CacheManagerOptions {
  /** For how long a value is kept where nothing else is said, in milliseconds; 0 is for ever. @default for ever */
  readonly ttl?: number | undefined
  /** As of `wrap`. @default off */
  readonly refreshThreshold?: number | undefined
  /** Tells instants of expiry. @default the system's clock */
  readonly clock?: Clock | undefined
}

const known: ReadonlySet<string> = new Set(['ttl', 'refreshThreshold', 'clock'])

/** A cache in the shape of cache-manager's, for what takes one of those. */
export function cacheManager(cache: Cache, options: CacheManagerOptions = {}): CacheManager {
  expectFunction('cache.getOrSet', cache?.getOrSet)
  expectOptions('cacheManager', options, known)
  const { clock = systemClock } = options
  for (const name of ['ttl', 'refreshThreshold'] as const) {
    if (options[name] !== undefined) expectNumber(name, options[name], 0, Infinity)
  }
  const emitter = new EventEmitter()
  const byDefault = options.ttl === undefined ? {} : { ttl: options.ttl }

  /** A call that fails is told of, and fails. */
  const attempt = async <T>(event: string, data: object, call: () => Promise<T>): Promise<T> => {
    try {
      return await call()
    } catch (error) {
      emitter.emit(event, { ...data, error })
      throw error
    }
  }
  /** The value and its end, if there is a fresh one. */
  const read = async <T>(key: string): Promise<(RawValue<T> & { left: number }) | undefined> => {
    const found = await cache.lookup<T>(key)
    if (found.outcome !== 'hit') return undefined
    const expires = found.ttl === Infinity ? undefined : clock.now() + found.ttl
    return { value: found.value, expires, left: found.ttl }
  }
  /** There is no telling a kept `undefined` from none: it leaves nothing. */
  const write = async (list: readonly TimedEntry[]): Promise<void> => {
    const last = [...new Map(list.map((entry) => [entry.key, entry])).values()]
    const gone = last.filter(({ value }) => value === undefined).map(({ key }) => key)
    const batches = byLifetime(last.filter(({ value }) => value !== undefined))
    await Promise.all([
      gone.length > 0 ? cache.deleteMany(gone) : undefined,
      ...batches.map(([ttl, entries]) => cache.setMany(entries, { ttl })),
    ])
  }
  /** Of several at once, the first one's loader is called. */
  const refresh = async <T>(key: string, value: T, loader: Loader<T>): Promise<void> => {
    const data = await cache
      .getOrSet(key, loader, { refresh: true })
      .then((value) => ({ key, value }))
      .catch((error: unknown) => ({ key, value, error }))
    emitter.emit('refresh', data)
  }
  const wrap = async <T>(
    key: string,
    load: () => T | Promise<T>,
    times?: TimeOf<T> | WrapOptions<T>,
    threshold?: TimeOf<T>,
  ): Promise<T | RawValue<T>> => {
    const { ttl, refreshThreshold, raw }: WrapOptions<T> =
      typeof times === 'object' ? times : { ttl: times, refreshThreshold: threshold }
    let loaded = false
    const loader: Loader<T> = async (context) => {
      const value = await load()
      const kept = value === undefined ? 0 : lifetime(timeOf(ttl, value) ?? options.ttl)
      // What is not kept replaces nothing by itself.
      if (context.stale && kept !== null && kept <= 0) await cache.delete(key)
      context.ttl = kept
      loaded = true
      return value
    }
    const value = await cache.getOrSet(key, loader)
    const least = loaded ? undefined : (timeOf(refreshThreshold, value) ?? options.refreshThreshold)
    if (loaded) emitter.emit('set', { key, value })
    if (!raw && least === undefined) return value
    const found = await read<T>(key)
    if (found && least !== undefined && found.left < least) void refresh(key, value, loader)
    return raw ? { value, expires: found?.expires } : value
  }

  return {
    async get<T>(key: string) {
      const value = await attempt('get', { key }, () => cache.get<T>(key))
      if (value !== undefined) emitter.emit('get', { key, value })
      return value
    },
    async mget<T>(keys: string[]) {
      const found = await attempt('mget', { keys }, () => cache.getMany<T>(keys))
      const values = keys.map((key) => found.get(key))
      emitter.emit('mget', { keys, values })
      return values
    },
    async ttl(key) {
      const found = await attempt('ttl', { key }, () => read(key))
      return found?.expires
    },
    async set(key, value, ttl = options.ttl) {
      await attempt('set', { key, value }, async () => {
        if (value === undefined) await cache.delete(key)
        else await cache.set(key, value, { ttl: lifetime(ttl) })
      })
      emitter.emit('set', { key, value })
      return value
    },
    async mset(entries) {
      const list = entries.map((entry) =>
        entry.ttl === undefined ? { ...entry, ...byDefault } : entry,
      )
      await attempt('mset', { list }, () => write(list))
      emitter.emit('mset', { list })
      return list
    },
    async del(key) {
      await attempt('del', { key }, () => cache.delete(key))
      emitter.emit('del', { key })
      return true
    },
    async mdel(keys) {
      await attempt('mdel', { keys }, () => cache.deleteMany(keys))
      emitter.emit('mdel', { keys })
      return true
    },
    async clear() {
      await cache.clear().catch((error: unknown) => {
        emitter.emit('clear', error)
        throw error
      })
      emitter.emit('clear')
      return true
    },
    wrap: wrap as Wrap,
    on: (event, listener) => emitter.on(event, listener),
    off: (event, listener) => emitter.off(event, listener),
    async disconnect() {
      await cache.close()
    },
    cacheId: () => cache.name,
    stores: [],
  }
}

function timeOf<T>(time: TimeOf<T> | undefined, value: T): number | undefined {
  return typeof time === 'function' ? time(value) : time
}
