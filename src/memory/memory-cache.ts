import type { MemoryBounds } from '../contracts/cache.ts'
import type { Clock } from '../contracts/clock.ts'
import type { RemovalReason } from '../contracts/events.ts'
import type { PolicyFactory } from '../contracts/policy.ts'
import { approximateBytes } from '../kernel/approximate-bytes.ts'
import { lifetimeOf } from '../kernel/duration.ts'
import {
  expectFunction,
  expectInteger,
  expectNumber,
  expectOptions,
  invalid,
} from '../kernel/expect.ts'
import { memoryBounds } from '../kernel/memory-bounds.ts'
import { MemoryTier } from './memory-tier.ts'

/** A cache in this process alone, whose verbs answer at once. */
export interface MemoryCache<V> extends Iterable<[key: string, value: V]> {
  /** How many entries there are; one that expired counts until it has been let go. */
  readonly size: number
  /** What they weigh together. */
  readonly weight: number
  /** The value, whose entry counts as used. */
  get(key: string): V | undefined
  /** The value, unnoticed by the policy and the statistics. */
  peek(key: string): V | undefined
  /** Whether there is a value, `undefined` included; unnoticed as well. */
  has(key: string): boolean
  /** Answers whether it is kept: what is too heavy or has expired already is not. */
  set(key: string, value: V, options?: MemoryEntryOptions): boolean
  /** The value; where there is none, what `load` answers, which is kept. */
  getOrSet(key: string, load: (key: string) => V, options?: MemoryEntryOptions): V
  /** Answers whether there was one. */
  delete(key: string): boolean
  /** Every entry is gone. */
  clear(): void
  /** Changes the bounds; entries over the new one are evicted at once. */
  resize(bounds: MemoryBounds): void
  /** What it has answered since it was made. */
  stats(): MemoryCacheStats
  /** Stops its timer. */
  close(): void
  /** As `close`, for `using`. */
  [Symbol.dispose](): void
}

/** How one of its entries is kept. */
export interface MemoryEntryOptions {
  /** Lifetime in milliseconds or as `'5m'`; `null` is for ever, 0 or less keeps nothing. @default the cache's */
  readonly ttl?: number | string | null | undefined
  /** What it weighs; 0 pins it. @default what `weigh` says */
  readonly weight?: number | undefined
}

/** What it has answered since it was made, and what it holds. */
export interface MemoryCacheStats {
  /** Reads that found a value. */
  readonly hits: number
  /** Reads that found none. */
  readonly misses: number
  /** hits / reads; 1 when there were none. */
  readonly hitRatio: number
  /** Entries now. */
  readonly entries: number
  /** What they weigh together. */
  readonly weight: number
  /** Entries that left, by reason. */
  readonly removals: Readonly<Record<RemovalReason, number>>
}

/** How a map that forgets is bounded. */
export interface MemoryCacheOptions<V> extends MemoryBounds {
  /** Lifetime of entries for which nothing else is said, in milliseconds or as `'5m'`. @default null: for ever */
  readonly ttl?: number | string | null | undefined
  /** Weight of an entry; 0 pins it. @default about its bytes where `maxWeight` is given, else 1 */
  readonly weigh?: ((value: V, key: string) => number) | undefined
  /** Decides who goes when it is full. @default tinylfu() */
  readonly policy?: PolicyFactory | undefined
  /** Django's rule: a write that finds it full first evicts one in so many, all where it is 0. @default one at a time */
  readonly cullFrequency?: number | undefined
  /**
   * Told of each entry that left, after it has left. What it throws reaches who caused it; where that
   * is time, it is an uncaught exception.
   */
  readonly onRemove?: ((key: string, value: V, reason: RemovalReason) => void) | undefined
  /** Tells the time. @default the system's */
  readonly clock?: Clock | undefined
}

const known: ReadonlySet<string> = new Set<keyof MemoryCacheOptions<unknown>>([
  'maxEntries',
  'maxWeight',
  'ttl',
  'weigh',
  'policy',
  'cullFrequency',
  'onRemove',
  'clock',
])
const knownOfEntry: ReadonlySet<string> = new Set<keyof MemoryEntryOptions>(['ttl', 'weight'])

/** What the composition root chooses. */
export interface MemoryCacheParts {
  readonly policy: PolicyFactory
  readonly clock: Clock
  readonly seed: number
}

/** Throws a `ConfigError` for options that make no sense. */
export function memoryCache<V>(
  options: MemoryCacheOptions<V>,
  parts: MemoryCacheParts,
): MemoryCache<V> {
  expectOptions('memory cache options', options, known)
  for (const name of ['weigh', 'policy', 'onRemove'] as const) {
    if (options[name] !== undefined) expectFunction(name, options[name])
  }
  const { cullFrequency } = options
  if (cullFrequency !== undefined) expectInteger('cullFrequency', cullFrequency, 0, 2 ** 30)
  return new TieredMemoryCache(options, parts)
}

class TieredMemoryCache<V> implements MemoryCache<V> {
  readonly #tier: MemoryTier<V>
  readonly #clock: Clock
  readonly #recent: () => number
  readonly #ttl: number
  readonly #weigh: ((value: V, key: string) => number) | undefined
  #hits = 0
  #misses = 0

  constructor(options: MemoryCacheOptions<V>, parts: MemoryCacheParts) {
    const { clock = parts.clock, policy = parts.policy, ttl = null } = options
    const { seed } = parts
    this.#clock = clock
    this.#recent = clock.recent ?? clock.now
    this.#ttl = lifetimeOf('ttl', ttl)
    this.#weigh = options.weigh ?? (options.maxWeight === undefined ? undefined : approximateBytes)
    const { cullFrequency, onRemove } = options
    const bounds = memoryBounds(options)
    this.#tier = new MemoryTier({ ...bounds, policy, clock, seed, cullFrequency, onRemove })
  }

  get size(): number {
    return this.#tier.size
  }

  get weight(): number {
    return this.#tier.weight
  }

  get(key: string): V | undefined {
    const slot = this.#use(key)
    return slot === -1 ? undefined : this.#tier.valueAt(slot)
  }

  peek(key: string): V | undefined {
    return this.#tier.peek(key, this.#recent())
  }

  has(key: string): boolean {
    return this.#tier.has(key, this.#recent())
  }

  set(key: string, value: V, options?: MemoryEntryOptions): boolean {
    if (typeof key !== 'string') throw invalid('key', 'a string', key)
    if (options !== undefined) expectOptions('options', options, knownOfEntry)
    const ttl = options?.ttl === undefined ? this.#ttl : lifetimeOf('ttl', options.ttl)
    const weight = options?.weight ?? this.#weightOf(value, key)
    expectNumber('weight', weight, 0, Infinity)
    // An instant of some time ago would do to see what has expired, but shorten a lifetime.
    const now = ttl === Infinity ? this.#recent() : this.#clock.now()
    return this.#tier.set(key, value, weight, now + ttl, now)
  }

  getOrSet(key: string, load: (key: string) => V, options?: MemoryEntryOptions): V {
    const slot = this.#use(key)
    if (slot !== -1) return this.#tier.valueAt(slot)
    const value = load(key)
    this.set(key, value, options)
    return value
  }

  delete(key: string): boolean {
    const there = this.has(key)
    this.#tier.delete(key, 'deleted')
    return there
  }

  clear(): void {
    this.#tier.clear('deleted')
  }

  resize(bounds: MemoryBounds): void {
    expectOptions('bounds', bounds, new Set(['maxEntries', 'maxWeight']))
    this.#tier.resize(memoryBounds(bounds))
  }

  stats(): MemoryCacheStats {
    const reads = this.#hits + this.#misses
    return {
      hits: this.#hits,
      misses: this.#misses,
      hitRatio: reads === 0 ? 1 : this.#hits / reads,
      entries: this.#tier.size,
      weight: this.#tier.weight,
      removals: { ...this.#tier.removals },
    }
  }

  [Symbol.iterator](): IterableIterator<[key: string, value: V]> {
    return this.#tier.entries(this.#clock.now())
  }

  close(): void {
    this.#tier.close()
  }

  [Symbol.dispose](): void {
    this.close()
  }

  #use(key: string): number {
    const slot = this.#tier.use(key, this.#recent())
    if (slot === -1) this.#misses++
    else this.#hits++
    return slot
  }

  #weightOf(value: V, key: string): number {
    return this.#weigh === undefined ? 1 : this.#weigh(value, key)
  }
}
