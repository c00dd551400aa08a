import type { Bus } from '../contracts/bus.ts'
import type { EntryOptions, MemoryBounds } from '../contracts/cache.ts'
import type { Clock } from '../contracts/clock.ts'
import type { Codec } from '../contracts/codec.ts'
import type { CacheEvent, RemovalReason } from '../contracts/events.ts'
import type { PolicyFactory } from '../contracts/policy.ts'
import type { Store } from '../contracts/store.ts'
import { waitingTime } from '../kernel/duration.ts'
import { expectFunction, expectInteger, expectOptions, invalid } from '../kernel/expect.ts'
import type { KeyFunction } from './keyspace.ts'

/** How memory is bounded and what it gives out. */
export interface MemorySetup extends MemoryBounds {
  /** Weight of an entry; 0 pins it. @default about its bytes where `maxWeight` is given, else 1 */
  readonly weigh?: ((value: unknown, key: string) => number) | undefined
  /** Decides who goes when memory is full. @default tinylfu() */
  readonly policy?: PolicyFactory | undefined
  /**
   * Django's rule (`CULL_FREQUENCY`): a write that finds memory full first evicts one in so many of
   * its entries, and all where it is 0. @default one entry at a time, when another has come
   */
  readonly cullFrequency?: number | undefined
  /**
   * Estimates what the hit ratio would be at other bounds, for `cache.curve()`; a number is that of
   * the keys in its sample, at about 200 bytes each. @default false; `true` is 4,096 keys
   */
  readonly curve?: boolean | number | undefined
  /**
   * What a caller may do to a value it was given: nothing special (`'none'`), not change it, on
   * pain of a TypeError (`'freeze'`), or change a copy of its own (`'clone'`, by structuredClone).
   * @default 'none'
   */
  readonly isolation?: 'none' | 'freeze' | 'clone' | undefined
  /**
   * Time after which a copy of what is in the store is not served before the store has been asked,
   * in milliseconds or as `'1s'`. It bounds staleness where no bus tells of changes.
   * @default none with memory alone or a bus of the machine; '1m' with another bus that is heard; else '1s'
   */
  readonly trust?: number | string | null | undefined
}

/** What a cache is made of. */
export interface CacheOptions {
  /** Prefix of its keys in a shared store, and its name in events: no ":", "/" or NUL. @default 'default' */
  readonly name?: string | undefined
  /** `false` makes a cache that keeps nothing and still checks what it is given. @default true */
  readonly enabled?: boolean | undefined
  /** The tier in this process; `false` for none. @default 10,000 entries */
  readonly memory?: MemorySetup | false | undefined
  /** The tier behind it: a store, or where it is (`'lmdb:./.cache'`, `'file:./.cache'`). @default none */
  readonly store?: Store | string | undefined
  /** Tells the processes of each other's changes; `false` for none. @default the store's own, if it comes with one */
  readonly bus?: Bus | false | undefined
  /** Values to bytes, for the store. @default JSON where that keeps the value as it is, else a structured format */
  readonly codec?: Codec | undefined
  /** Options of entries for which nothing else is said. */
  readonly defaults?: EntryOptions | undefined
  /** Version of keys for which nothing else is said. @default 1 */
  readonly version?: number | undefined
  /** Makes the key that the store sees. @default `prefix:version:key` */
  readonly keyFunction?: KeyFunction | undefined
  /** Most time for one operation of the store; `null` for no limit. @default '500ms', '2s' for one that is on this machine */
  readonly storeTimeout?: number | string | null | undefined
  /** Time after which the load of a process that died is taken over by another. @default '5s' */
  readonly leaseTime?: number | string | undefined
  /** Most time for which a process waits for another's load before it loads by itself. @default '30s' */
  readonly leaseWait?: number | string | undefined
  /**
   * Most loaders that run at once; others wait for their turn, first come, first served. A loader
   * that one of them waits for is not counted, and a bulk loader counts as one. @default 10,000
   */
  readonly maxLoads?: number | undefined
  /** Told of each entry that left memory. What it throws becomes an event. */
  readonly onRemove?: ((key: string, value: unknown, reason: RemovalReason) => void) | undefined
  /** Told of everything. What it throws is dropped. */
  readonly onEvent?: ((event: CacheEvent) => void) | undefined
  /** Tells the time. @default the system's */
  readonly clock?: Clock | undefined
  /** From 0 to 1, for jitter. @default Math.random */
  readonly random?: (() => number) | undefined
}

const known: ReadonlySet<string> = new Set<keyof CacheOptions>([
  'name',
  'enabled',
  'memory',
  'store',
  'bus',
  'codec',
  'defaults',
  'version',
  'keyFunction',
  'storeTimeout',
  'leaseTime',
  'leaseWait',
  'maxLoads',
  'onRemove',
  'onEvent',
  'clock',
  'random',
])
const knownOfMemory: ReadonlySet<string> = new Set<keyof MemorySetup>([
  'maxEntries',
  'maxWeight',
  'weigh',
  'policy',
  'cullFrequency',
  'curve',
  'isolation',
  'trust',
])

/** Refuses what no cache can be made of, before anything is made. */
export function expectCacheOptions(options: CacheOptions): void {
  expectOptions('cache options', options, known)
  const functions = ['keyFunction', 'onRemove', 'onEvent', 'random'] as const
  for (const name of functions) if (options[name] !== undefined) expectFunction(name, options[name])
  if (options.enabled !== undefined && typeof options.enabled !== 'boolean') {
    throw invalid('enabled', 'true or false', options.enabled)
  }
  if (options.maxLoads !== undefined) expectInteger('maxLoads', options.maxLoads, 1, 2 ** 30)
  if (options.memory === undefined || options.memory === false) return
  expectOptions('memory options', options.memory, knownOfMemory)
  const { weigh, policy, cullFrequency, curve, isolation } = options.memory
  if (weigh !== undefined) expectFunction('memory.weigh', weigh)
  if (policy !== undefined) expectFunction('memory.policy', policy)
  if (cullFrequency !== undefined) expectInteger('memory.cullFrequency', cullFrequency, 0, 2 ** 30)
  if (curve !== undefined && typeof curve !== 'boolean') {
    expectInteger('memory.curve', curve, 256, 2 ** 20)
  }
  if (isolation !== undefined && !['none', 'freeze', 'clone'].includes(isolation)) {
    throw invalid('memory.isolation', "'none', 'freeze' or 'clone'", isolation)
  }
}

/** A waiting time where `null` is for ever. */
export function timeLimit(option: string, value: unknown, byDefault: number): number {
  return value === undefined ? byDefault : value === null ? Infinity : waitingTime(option, value)
}
