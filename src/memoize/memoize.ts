import type { Cache, Duration, LoadOptions } from '../contracts/cache.ts'
import type { Clock } from '../contracts/clock.ts'
import type { Memory } from '../contracts/memory.ts'
import { approximateBytes } from '../kernel/approximate-bytes.ts'
import { lifetimeOf } from '../kernel/duration.ts'
import { ConfigError } from '../kernel/errors.ts'
import {
  expectFunction,
  expectInteger,
  expectOptions,
  expectString,
  invalid,
} from '../kernel/expect.ts'
import { bytes } from '../kernel/size.ts'
import { type AnyFunction, type Calls, keyMaker } from './calls.ts'
import {
  type MemoizeStats,
  RememberedCalls,
  type Result,
  type ResultMemoryOptions,
} from './remembered-calls.ts'
import { SharedCalls, type SharedMemoizeStats } from './shared-calls.ts'

interface CommonOptions<F extends AnyFunction> {
  /** Key of a call's arguments. @default an injective one, whatever they are */
  readonly key?: ((...args: Parameters<F>) => string) | undefined
  /**
   * What is called on different objects is kept apart. `false` for methods whose results do not
   * depend on `this`. @default true
   */
  readonly perInstance?: boolean | undefined
}

/** How results are kept in the process. */
export interface MemoizeOptions<F extends AnyFunction> extends CommonOptions<F> {
  /** Lifetime of a result; `null` is for ever, 0 or less keeps none. @default null */
  readonly ttl?: Duration | null | undefined
  /** Most results. @default 1,000, or none where `maxWeight` is given */
  readonly maxEntries?: number | undefined
  /** Most weight in all, as a number or a size such as `'64mb'`. @default none */
  readonly maxWeight?: number | string | undefined
  /** Weight of a result; 0 pins it. @default about its bytes where `maxWeight` is given, else 1 */
  readonly weigh?: ((value: Awaited<ReturnType<F>>, key: string) => number) | undefined
  /** Results stay in the process; with a cache, see `SharedMemoizeOptions`. */
  readonly cache?: undefined
}

/** The options of `getOrSet` are passed on; where one is left out, the cache's own default holds. */
export interface SharedMemoizeOptions<F extends AnyFunction>
  extends CommonOptions<F>,
    Omit<LoadOptions, 'tags' | 'signal' | 'refresh'> {
  /** Where results are kept, for every process that shares it. */
  readonly cache: Cache
  /** Namespace of the results in the cache, the same in every process. @default the function's name */
  readonly name?: string | undefined
  /** Names by which results can be invalidated together with other entries of the cache. @default none */
  readonly tags?: readonly string[] | ((...args: Parameters<F>) => readonly string[]) | undefined
}

/** A function that remembers, with its results in memory. Verbs work on the object they are `.call`ed on. */
export type Memoized<F extends AnyFunction> = Remembering<F> & {
  /** Forgets the result for these arguments, and one on its way; on every object unless told on which. */
  invalidate(this: unknown, ...args: Parameters<F>): boolean
  /** Calls the function now. Its result replaces what is kept, which is served meanwhile. */
  refresh(this: unknown, ...args: Parameters<F>): ReturnType<Remembering<F>>
  /** What is kept, not counted as used; `undefined` if nothing is. */
  peek(this: unknown, ...args: Parameters<F>): Awaited<ReturnType<F>> | undefined
  /** The key of these arguments. */
  key(this: unknown, ...args: Parameters<F>): string
  /** Forgets all results, and those on their way. */
  clear(): void
  stats(): MemoizeStats
}

/** A function whose results are in a cache, and therefore always promised. */
export type SharedMemoized<F extends AnyFunction> = Promising<F> & {
  /** Removes the result for these arguments; no load that has begun before brings it back. */
  invalidate(this: unknown, ...args: Parameters<F>): Promise<boolean>
  /** Calls the function now, and replaces what is kept. */
  refresh(this: unknown, ...args: Parameters<F>): ReturnType<Promising<F>>
  /** What is fresh in this process's memory. */
  peek(this: unknown, ...args: Parameters<F>): Awaited<ReturnType<F>> | undefined
  /** The key of these arguments in the cache's namespace. */
  key(this: unknown, ...args: Parameters<F>): string
  /** Forgets all results, in every process. */
  clear(): Promise<void>
  stats(): SharedMemoizeStats
}

type Promising<F extends AnyFunction> = (
  this: ThisParameterType<F>,
  ...args: Parameters<F>
) => Promise<Awaited<ReturnType<F>>>

/** `F` itself, overloads and all; but what can be awaited without being a promise becomes one. */
type Remembering<F extends AnyFunction> =
  ReturnType<F> extends PromiseLike<unknown>
    ? [Promise<Awaited<ReturnType<F>>>, ReturnType<F>] extends [ReturnType<F>, Promise<unknown>]
      ? F
      : Promising<F>
    : F

/** What `memoize` is: of a function, or of one whose results go into a cache. */
export interface Memoize {
  <F extends AnyFunction>(fn: F, options: SharedMemoizeOptions<F>): SharedMemoized<F>
  <F extends AnyFunction>(fn: F, options?: MemoizeOptions<F>): Memoized<F>
}

/** What memoized functions are made of. */
export interface MemoizeParts {
  /** Makes the memory of one function. */
  readonly createMemory: (options: ResultMemoryOptions) => Memory<Result>
  readonly clock: Clock
}

/**
 * Makes `memoize`. It throws a `ConfigError` for options that make no sense; a call whose arguments
 * make no key throws a `KeyError`, or rejects with it where results are shared.
 *
 * A function stays synchronous if it was, and throws what it throws; failures are not kept, and
 * neither is a result whose call began before it was forgotten. Concurrent calls of one that promises
 * share one call; it must not wait for itself with the same arguments. A caller is handed what is
 * kept, not a copy.
 */
export function createMemoize(parts: MemoizeParts): Memoize {
  function memoize<F extends AnyFunction>(
    fn: F,
    options: SharedMemoizeOptions<F>,
  ): SharedMemoized<F>
  function memoize<F extends AnyFunction>(fn: F, options?: MemoizeOptions<F>): Memoized<F>
  function memoize(fn: AnyFunction, options: AnyOptions = {}): AnyFunction {
    expectFunction('fn', fn)
    expectMemoizeOptions(options)
    return withVerbs(
      fn,
      options.cache ? sharedCalls(fn, options) : rememberedCalls(fn, options, parts),
    )
  }
  return memoize
}

type AnyOptions = MemoizeOptions<AnyFunction> | SharedMemoizeOptions<AnyFunction>
type OwnNames<Options> = Record<
  Exclude<keyof Options, 'key' | 'perInstance' | 'ttl' | 'cache'>,
  true
>

const ofMemory: OwnNames<MemoizeOptions<AnyFunction>> = {
  maxEntries: true,
  maxWeight: true,
  weigh: true,
}
const ofCache: OwnNames<SharedMemoizeOptions<AnyFunction>> = {
  name: true,
  tags: true,
  version: true,
  jitter: true,
  sliding: true,
  staleWhileRevalidate: true,
  staleIfError: true,
  retryAfter: true,
  eagerRefresh: true,
  negativeTtl: true,
  weight: true,
  softTimeout: true,
  hardTimeout: true,
  followed: true,
}
const known: ReadonlySet<string> = new Set([
  ...['key', 'perInstance', 'ttl', 'cache'],
  ...Object.keys(ofMemory),
  ...Object.keys(ofCache),
])

function expectMemoizeOptions(options: AnyOptions): void {
  expectOptions('memoize options', options, known)
  const { key, perInstance, cache } = options
  if (key !== undefined) expectFunction('key', key)
  if (perInstance !== undefined && typeof perInstance !== 'boolean') {
    throw invalid('perInstance', 'true or false', perInstance)
  }
  if (cache !== undefined && typeof cache?.getOrSet !== 'function') {
    throw invalid('cache', 'a cache', cache)
  }
  const [others, rule] = cache
    ? [ofMemory, 'is for the cache to decide']
    : [ofCache, 'needs `cache`']
  for (const name of Object.keys(options)) {
    if (name in others) throw new ConfigError(`Option \`${name}\` of memoize ${rule}`)
  }
}

function rememberedCalls(
  fn: AnyFunction,
  options: MemoizeOptions<AnyFunction>,
  { createMemory, clock }: MemoizeParts,
): Calls {
  const { key, perInstance = true, ttl = null, maxEntries, maxWeight, weigh } = options
  if (weigh !== undefined) expectFunction('weigh', weigh)
  const entries = maxEntries ?? (maxWeight === undefined ? 1000 : Infinity)
  return new RememberedCalls({
    fn,
    name: fn.name,
    ttl: lifetimeOf('ttl', ttl),
    maxEntries: entries === Infinity ? Infinity : expectInteger('maxEntries', entries, 1, 2 ** 30),
    maxWeight: maxWeight === undefined ? Infinity : bytes('maxWeight', maxWeight),
    weigh: weigh ?? (maxWeight === undefined ? () => 1 : approximateBytes),
    keyOf: keyMaker(key, 'process'),
    perInstance,
    createMemory,
    clock,
  })
}

function sharedCalls(fn: AnyFunction, options: SharedMemoizeOptions<AnyFunction>): Calls {
  const { cache, name = fn.name, key, perInstance = true, tags, ...load } = options
  if (tags !== undefined && !Array.isArray(tags)) expectFunction('tags', tags)
  return new SharedCalls({
    fn,
    name: expectString('name', name),
    cache,
    keyOf: keyMaker(key, 'shared'),
    perInstance,
    tags,
    load,
  })
}

function withVerbs(fn: AnyFunction, calls: Calls): AnyFunction {
  function memoized(this: unknown, ...args: unknown[]): unknown {
    return calls.call(this, args)
  }
  type Verb = 'invalidate' | 'refresh' | 'peek' | 'key'
  const verb = (name: Verb) =>
    function (this: unknown, ...args: unknown[]): unknown {
      return calls[name](this === memoized ? undefined : this, args)
    }
  Object.assign(memoized, {
    invalidate: verb('invalidate'),
    refresh: verb('refresh'),
    peek: verb('peek'),
    key: verb('key'),
    clear: () => calls.clear(),
    stats: () => calls.stats(),
  })
  return Object.defineProperties(memoized, {
    name: { value: fn.name, configurable: true },
    length: { value: fn.length, configurable: true },
  })
}
