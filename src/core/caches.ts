import type { Cache } from '../contracts/cache.ts'
import { ConfigError } from '../kernel/errors.ts'
import { show } from '../kernel/expect.ts'
import { type CacheOptions, expectCacheOptions } from './cache-options.ts'

/** Named caches: each is made when it is first asked for. */
export interface Caches<Name extends string> {
  /** The cache of that name, the same one every time. An unknown name throws a `ConfigError`. @default 'default' */
  get(name?: Name): Cache
  /** The names there are. */
  readonly names: readonly Name[]
  /** Closes those that have been made. */
  close(): Promise<void>
  /** As `close`. */
  [Symbol.asyncDispose](): Promise<void>
}

/** Caches by name, from one plain object; `default` must be among them. */
export function namedCaches<Name extends string>(
  options: Readonly<Record<Name, Omit<CacheOptions, 'name'>>>,
  create: (options: CacheOptions) => Cache,
): Caches<Name> {
  const names = Object.keys(options) as Name[]
  if (!names.includes('default' as Name)) {
    throw new ConfigError(
      `Expected caches to have one named "default", got ${names.map(show).join(', ') || 'none'}`,
    )
  }
  for (const name of names) expectCacheOptions({ ...options[name], name })
  const made = new Map<Name, Cache>()
  const close = async () => {
    const open = [...made.values()]
    made.clear()
    await Promise.all(open.map((cache) => cache.close()))
  }
  return {
    get(name = 'default' as Name) {
      if (!Object.hasOwn(options, name)) {
        throw new ConfigError(
          `There is no cache named ${show(name)}; there is ${names.map(show).join(', ')}`,
        )
      }
      const cache = made.get(name) ?? create({ ...options[name], name })
      made.set(name, cache)
      return cache
    },
    names,
    close,
    [Symbol.asyncDispose]: close,
  }
}
