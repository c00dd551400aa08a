import type { Cache, LoadOptions } from '../contracts/cache.ts'
import { compactKey } from '../kernel/compact-key.ts'
import { ConfigError, KeyError } from '../kernel/errors.ts'
import { show } from '../kernel/expect.ts'
import { isPromised, readOnce } from '../kernel/read-once.ts'
import { cacheKey, structuralKey } from '../kernel/structural-key.ts'
import { defaultsFor } from './class-defaults.ts'
import type { Member } from './member.ts'
import { type AnyOptions, cachesOf } from './options.ts'
import { type InstantCache, type Region, regionOf } from './region.ts'

type Args = readonly unknown[]

/** A call of a decorated member: which entries it is about, where they are, how they are kept. */
export interface Call {
  readonly options: AnyOptions
  readonly regions: readonly Region[]
  /** The key in this region; `result` is what `keyOf` is given. */
  key(region: Region, result?: unknown): string
  /** What the options say of how an entry is kept. */
  readonly keeping: LoadOptions
  /** Whether `unless` forbids to keep this result. */
  vetoes(result: unknown): boolean
  tags(): readonly string[] | undefined
}

/** What holds for a member on all objects of a class. */
interface Settings {
  readonly options: AnyOptions
  readonly keeping: LoadOptions
  /** Undefined until they are known, and where each object says which they are. */
  regions: readonly Region[] | undefined
}

/** What one decorator does on one member. */
export class Operation {
  readonly #decorator: string
  readonly #member: Member
  readonly #own: AnyOptions
  /** By the prototype of what is called on, or the class. */
  readonly #settings = new WeakMap<object, Settings>()
  readonly #regions = new WeakMap<object, Map<string | undefined, Region>>()

  constructor(decorator: string, member: Member, own: AnyOptions) {
    this.#decorator = decorator
    this.#member = member
    this.#own = own
  }

  /** Undefined where `condition` says that the call is none of the decorator's. */
  call(self: unknown, args: Args): Call | undefined {
    const settings = this.#settingsOn(self)
    const { options, keeping } = settings
    const { condition, unless } = options
    if (condition !== undefined && !Reflect.apply(condition, self, args)) return undefined
    return {
      options,
      regions: settings.regions ?? this.#regionsOn(self, settings),
      key: (region, result) => this.#key(self, args, options, region, result),
      keeping,
      vetoes: (result) =>
        unless !== undefined && Reflect.apply(unless, self, [result, ...args]) === true,
      tags: () =>
        typeof options.tags === 'function' ? Reflect.apply(options.tags, self, args) : options.tags,
    }
  }

  /** How it is said that decorator, method and caches do not go together. */
  misfit(rule: string): ConfigError {
    return new ConfigError(`\`${this.#member.name}\`, decorated with @${this.#decorator}, ${rule}`)
  }

  /** The answer of a method whose caches promise. */
  promised(answer: unknown): PromiseLike<unknown> {
    if (isPromised(answer)) return answer
    throw this.misfit('answers at once: `cache` must be one of createMemoryCache')
  }

  /** What has been done for a method that answers at once. */
  expectInstant(done: readonly (Promise<unknown> | undefined)[]): void {
    const promises = done.filter((one) => one !== undefined)
    if (promises.length === 0) return
    Promise.allSettled(promises)
    this.promised(undefined)
  }

  expectNoStream(value: unknown): void {
    const kind = readOnce(value)
    if (kind === undefined) return
    throw this.misfit(`answers ${kind}, which can be read only once: see memoizeStream`)
  }

  #settingsOn(self: unknown): Settings {
    const type: unknown = typeof self === 'function' ? self : self && Object.getPrototypeOf(self)
    if (typeof type !== 'function' && (typeof type !== 'object' || type === null)) {
      return settingsOf(this.#own)
    }
    let settings = this.#settings.get(type)
    if (settings === undefined) {
      settings = settingsOf({ ...defaultsFor(type), ...said(this.#own) })
      this.#settings.set(type, settings)
    }
    return settings
  }

  #regionsOn(self: unknown, settings: Settings): readonly Region[] {
    const { cache, name } = settings.options
    if (cache === undefined) {
      throw this.misfit('needs the option `cache`, its own or one of @cacheDefaults')
    }
    const evictsWithoutName = this.#decorator === 'cacheEvict' && (this.#own.all || this.#own.tags)
    const named = evictsWithoutName ? name : (name ?? this.#defaultName(self))
    const perObject = typeof cache === 'function'
    const caches: unknown = perObject ? Reflect.apply(cache, self, [self]) : cache
    const regions = cachesOf(caches).map((one) => this.#regionOf(one, named))
    if (!perObject) settings.regions = regions
    return regions
  }

  #regionOf(cache: Cache | InstantCache, name: string | undefined): Region {
    let regions = this.#regions.get(cache)
    if (regions === undefined) {
      regions = new Map()
      this.#regions.set(cache, regions)
    }
    const region = regions.get(name) ?? regionOf(cache, name)
    regions.set(name, region)
    return region
  }

  #defaultName(self: unknown): string {
    if (this.#decorator !== 'cached') {
      throw this.misfit('needs the option `name`, that of the method whose entries it is about')
    }
    const name = this.#member.fullName(self)
    if (name) return name
    throw this.misfit('needs the option `name`: of which class it is cannot be told')
  }

  #key(self: unknown, args: Args, options: AnyOptions, region: Region, result: unknown): string {
    const { key, keyOf, perInstance = true } = options
    let made: unknown = args
    if (keyOf !== undefined) made = Reflect.apply(keyOf, self, [result, ...args])
    else if (key !== undefined) made = Reflect.apply(key, self, args)
    const parts: Args = Array.isArray(made) ? made : [made]
    const text = structuralKey(parts, region.instant ? 'process' : 'shared')
    return compactKey((perInstance ? this.#receiver(self, region) : '') + text)
  }

  /** What tells the entries of one object from those of others. */
  #receiver(self: unknown, { instant }: Region): string {
    if (self === undefined || self === null) return ''
    if (typeof self !== 'object' && typeof self !== 'function') return `@${structuralKey([self])}.`
    if (cacheKey in self) return `@${structuralKey([self], instant ? 'process' : 'shared')}.`
    if (instant) return `@#${identity(self)}.`
    if (typeof self === 'function' && self.name !== '') return `@${structuralKey([self.name])}.`
    throw new KeyError(
      `\`${this.#member.name}\` is cached by instance and was called on ${show(self)} without a ` +
        '[cacheKey]: give it one, or say `perInstance: false` if results do not depend on it',
    )
  }
}

const identities = new WeakMap<object, number>()
let lastIdentity = 0

function identity(object: object): number {
  const number = identities.get(object) ?? ++lastIdentity
  identities.set(object, number)
  return number
}

/** Without the options that are there as `undefined`, which would hide the class's. */
function said(options: AnyOptions): AnyOptions {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined))
}

function settingsOf(options: AnyOptions): Settings {
  const { cache, name, key, keyOf, condition, unless, tags, perInstance, all, before, ...keeping } =
    options
  return { options, keeping, regions: undefined }
}
