import type { Cache, LoadOptions } from '../contracts/cache.ts'
import { lifetimeOf } from '../kernel/duration.ts'
import { ConfigError } from '../kernel/errors.ts'
import { expectFunction, expectOptions, expectString, invalid } from '../kernel/expect.ts'
import { type InstantCache, isInstantCache } from './region.ts'

/** A method's arguments; a getter has none. */
export type ArgsOf<T> = T extends (...args: infer Args) => unknown ? Args : []

/** What a method answers, awaited, or what a getter does. */
export type ResultOf<T> = T extends (...args: never[]) => infer Result
  ? Awaited<Result>
  : Awaited<T>

/** Caches for a method that promises, and for one that answers at once. */
type CacheFor<T> = unknown extends T
  ? Cache | InstantCache
  : PromisedBy<T> extends PromiseLike<unknown>
    ? Cache
    : InstantCache
/** As `CacheFor`, where a method that promises may wait for either. */
type AnyCacheFor<T> = Cache extends CacheFor<T> ? Cache | InstantCache : InstantCache
type PromisedBy<T> = T extends (...args: never[]) => infer Result ? Result : T

type CacheChoice<C, This> = C | readonly C[] | ((self: This) => C | readonly C[])

/** How an entry is kept; where one is left out, the cache's own default holds. */
type KeepOptions = Omit<LoadOptions, 'tags' | 'signal' | 'refresh'>

interface MemberOptions<This, T> {
  /**
   * What the key is made of, instead of the arguments: a value, or, in an array, several. An
   * `[id]` or `id` is the key of a method that is called with this `id` alone. @default the arguments
   */
  readonly key?: ((this: This, ...args: ArgsOf<T>) => unknown) | undefined
  /** Whether the decorator does anything in this call. @default always */
  readonly condition?: ((this: This, ...args: ArgsOf<T>) => boolean) | undefined
  /** Methods that share entries have the same name. @default `Class.method` for `@cached`; others must say */
  readonly name?: string | undefined
  /** Objects have entries of their own; `false` where results do not depend on `this`. @default true */
  readonly perInstance?: boolean | undefined
}

interface WritingOptions<This, T> {
  /** Whether a result is not kept. @default never */
  readonly unless?: ((this: This, result: ResultOf<T>, ...args: ArgsOf<T>) => boolean) | undefined
  /** Names by which entries can be invalidated together. @default none */
  readonly tags?: Tags<This, ArgsOf<T>>
}

type Tags<This, Args extends readonly unknown[]> =
  | readonly string[]
  | ((this: This, ...args: Args) => readonly string[])
  | undefined

/** Where what a call answers is kept. */
export interface CachedOptions<This, T>
  extends MemberOptions<This, T>,
    WritingOptions<This, T>,
    KeepOptions {
  /**
   * Where results are kept: what promises, in a cache; what answers at once, in one in memory. Of
   * several, the first that has one answers, and those before it are filled. Or a function of the
   * object that is called on. @default that of the class
   */
  readonly cache?: CacheChoice<CacheFor<T>, This> | undefined
}

/** Where what a call answers is written. */
export interface CachePutOptions<This, T>
  extends MemberOptions<This, T>,
    WritingOptions<This, T>,
    Omit<KeepOptions, 'softTimeout' | 'hardTimeout' | 'followed'> {
  /** Where results are written, all of them if several. @default that of the class */
  readonly cache?: CacheChoice<AnyCacheFor<T>, This> | undefined
  /** As `key`, made of what the method answered: `({ id }) => id`. @default not */
  readonly keyOf?: ((this: This, result: ResultOf<T>, ...args: ArgsOf<T>) => unknown) | undefined
}

/** What a call deletes. */
export interface CacheEvictOptions<This, T> extends MemberOptions<This, T> {
  /** From where entries are removed, all of them if several. @default that of the class */
  readonly cache?: CacheChoice<AnyCacheFor<T>, This> | undefined
  /** As `key`, made of what the method answered: `({ id }) => id`. @default not */
  readonly keyOf?: ((this: This, result: ResultOf<T>, ...args: ArgsOf<T>) => unknown) | undefined
  /** Removes all entries of the name; where there is no name, all of the cache. @default false */
  readonly all?: boolean | undefined
  /** Invalidates these tags instead of removing by key. @default none */
  readonly tags?: Tags<This, ArgsOf<T>>
  /** Before the method is called, even if it fails, and not after it has succeeded. @default false */
  readonly before?: boolean | undefined
  /** Version of the key. @default the cache's version */
  readonly version?: number | undefined
}

/** What holds for all decorated members of a class that do not say otherwise, inherited ones included. */
export interface CacheDefaultsOptions<This> extends KeepOptions {
  /** Where entries are. @default each decorator must say */
  readonly cache?: CacheChoice<Cache | InstantCache, This> | undefined
  /** As of the decorators. */
  readonly key?: ((this: This, ...args: readonly unknown[]) => unknown) | undefined
  /** As of the decorators. */
  readonly condition?: ((this: This, ...args: readonly unknown[]) => boolean) | undefined
  /** As of the decorators. */
  readonly unless?:
    | ((this: This, result: unknown, ...args: readonly unknown[]) => boolean)
    | undefined
  /** As of the decorators. */
  readonly name?: string | undefined
  /** As of the decorators. */
  readonly perInstance?: boolean | undefined
  /** Names by which entries can be invalidated together. @default none */
  readonly tags?: Tags<This, readonly unknown[]>
}

/** The options of any decorator as they are worked with, whatever they are options of. */
export interface AnyOptions extends KeepOptions {
  readonly cache?: object | undefined
  readonly name?: string | undefined
  readonly key?: Callback<unknown> | undefined
  readonly keyOf?: Callback<unknown> | undefined
  readonly condition?: Callback<boolean> | undefined
  readonly unless?: Callback<boolean> | undefined
  readonly tags?: readonly string[] | Callback<readonly string[]> | undefined
  readonly perInstance?: boolean | undefined
  readonly all?: boolean | undefined
  readonly before?: boolean | undefined
}

type Callback<Answer> = (this: never, ...args: never[]) => Answer

const ofMembers = ['cache', 'name', 'key', 'condition', 'perInstance', 'tags', 'version']
const ofWrites = [
  ...['unless', 'ttl', 'jitter', 'sliding', 'staleWhileRevalidate', 'staleIfError', 'retryAfter'],
  ...['eagerRefresh', 'negativeTtl', 'weight'],
]
const ofLoads = ['softTimeout', 'hardTimeout', 'followed']

type DecoratorName = 'cached' | 'cachePut' | 'cacheEvict' | 'cacheDefaults'

const known: Readonly<Record<DecoratorName, ReadonlySet<string>>> = {
  cached: new Set([...ofMembers, ...ofWrites, ...ofLoads]),
  cachePut: new Set([...ofMembers, ...ofWrites, 'keyOf']),
  cacheEvict: new Set([...ofMembers, 'keyOf', 'all', 'before']),
  cacheDefaults: new Set([...ofMembers, ...ofWrites, ...ofLoads]),
}

/** Throws a `ConfigError` for what is wrong whatever is decorated. */
export function decoratorOptions(decorator: DecoratorName, given: object): AnyOptions {
  expectOptions(`@${decorator}`, given, known[decorator])
  const options: AnyOptions = given
  for (const name of ['key', 'keyOf', 'condition', 'unless'] as const) {
    if (options[name] !== undefined) expectFunction(name, options[name])
  }
  for (const name of ['perInstance', 'all', 'before'] as const) {
    const value = options[name]
    if (value !== undefined && typeof value !== 'boolean')
      throw invalid(name, 'true or false', value)
  }
  const { cache, name, tags, ttl } = options
  if (cache !== undefined && typeof cache !== 'function') cachesOf(cache)
  if (name !== undefined) expectString('name', name)
  if (tags !== undefined && !Array.isArray(tags)) expectFunction('tags', tags)
  if (ttl !== undefined) lifetimeOf('ttl', ttl)
  const targets = (['key', 'keyOf', 'all', 'tags'] as const).filter((option) => options[option])
  const exclusive = decorator === 'cacheEvict' ? targets : targets.filter((one) => /^key/.test(one))
  if (exclusive.length > 1) {
    const [one, other] = exclusive
    throw new ConfigError(`Options \`${one}\` and \`${other}\` of @${decorator} exclude each other`)
  }
  if (options.before && options.keyOf) {
    throw new ConfigError('Option `before` of @cacheEvict leaves no result to make `keyOf` of')
  }
  return options
}

/** One or several caches, checked. */
export function cachesOf(caches: unknown): readonly (Cache | InstantCache)[] {
  const all: readonly unknown[] = Array.isArray(caches) ? caches : [caches]
  for (const cache of all) {
    if (typeof cache !== 'object' || cache === null || !isCache(cache)) {
      throw invalid('cache', 'a cache, several, or a function that answers them', cache)
    }
  }
  if (all.length === 0 || new Set(all).size < all.length) {
    throw invalid('cache', 'one cache or several different ones', caches)
  }
  return all as readonly (Cache | InstantCache)[]
}

function isCache(cache: object): boolean {
  return isInstantCache(cache) || ('getOrSet' in cache && 'namespace' in cache)
}
