import type { Cache, KeyOptions, LoadOptions } from '../contracts/cache.ts'
import { compactKey } from '../kernel/compact-key.ts'
import {
  type AnyFunction,
  type Args,
  type Calls,
  expectLasting,
  Receivers,
  sharedPrefix,
} from './calls.ts'

/** How the calls made here of a function whose results are in a cache have fared; the cache knows more. */
export interface SharedMemoizeStats {
  /** Calls that were answered with a result kept, or with that of a call under way. */
  readonly hits: number
  /** Calls that ran the function, be it in the background. */
  readonly misses: number
  /** hits / calls; 1 when there were none. */
  readonly hitRatio: number
}

export interface SharedCallsOptions {
  readonly fn: AnyFunction
  readonly name: string
  readonly cache: Cache
  readonly keyOf: (args: Args) => string
  readonly perInstance: boolean
  readonly tags: readonly string[] | ((...args: never[]) => readonly string[]) | undefined
  readonly load: Omit<LoadOptions, 'tags' | 'signal' | 'refresh'>
}

/** Calls whose results are in a cache, under keys that mean the same in every process. */
export class SharedCalls implements Calls {
  readonly #options: SharedCallsOptions
  readonly #space: Cache
  readonly #version: KeyOptions
  readonly #calledOn: Receivers
  #hits = 0
  #misses = 0

  constructor(options: SharedCallsOptions) {
    this.#options = options
    this.#space = options.cache.namespace(options.name)
    this.#version = { version: options.load.version }
    this.#calledOn = new Receivers(options.name)
  }

  async call(self: unknown, args: Args): Promise<unknown> {
    let ran = false
    const value = await this.#load(self, args, { refresh: false }, () => {
      ran = true
      this.#misses++
    })
    if (!ran) this.#hits++
    return value
  }

  async refresh(self: unknown, args: Args): Promise<unknown> {
    return this.#load(this.#calledOn.of('refresh', self), args, { refresh: true }, () => {})
  }

  peek(self: unknown, args: Args): unknown {
    const target = this.#calledOn.of('peek', self)
    return this.#space.getSync(this.#keyOn(target, args), this.#version)
  }

  async invalidate(self: unknown, args: Args): Promise<boolean> {
    const target = this.#calledOn.of('invalidate', self)
    return this.#space.delete(this.#keyOn(target, args), this.#version)
  }

  key(self: unknown, args: Args): string {
    return this.#keyOn(this.#calledOn.of('key', self), args)
  }

  clear(): Promise<void> {
    return this.#space.clear()
  }

  stats(): SharedMemoizeStats {
    const calls = this.#hits + this.#misses
    return {
      hits: this.#hits,
      misses: this.#misses,
      hitRatio: calls === 0 ? 1 : this.#hits / calls,
    }
  }

  #load(
    self: unknown,
    args: Args,
    { refresh }: Pick<LoadOptions, 'refresh'>,
    onRun: () => void,
  ): Promise<unknown> {
    const { fn, name, tags, load } = this.#options
    const key = this.#keyOn(self, args)
    this.#calledOn.note(self, this.#prefixOf(self))
    const run = async () => {
      onRun()
      return expectLasting(name, await Reflect.apply(fn, self, args))
    }
    const named = typeof tags === 'function' ? Reflect.apply(tags, undefined, args) : tags
    return this.#space.getOrSet(key, run, { ...load, tags: named, refresh })
  }

  #keyOn(self: unknown, args: Args): string {
    return compactKey(this.#prefixOf(self) + this.#options.keyOf(args))
  }

  #prefixOf(self: unknown): string {
    return this.#options.perInstance ? sharedPrefix(this.#options.name, self) : ''
  }
}
