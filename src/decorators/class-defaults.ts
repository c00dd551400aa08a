import { invalid } from '../kernel/expect.ts'
import { expectFactory } from './member.ts'
import { type AnyOptions, type CacheDefaultsOptions, decoratorOptions } from './options.ts'

type Class = abstract new (...args: never[]) => unknown

/** By class and by prototype: statics are called on the one, methods on what has the other. */
const defaults = new WeakMap<object, AnyOptions>()

/**
 * For a class: what its `@cached`, `@cachePut` and `@cacheEvict` members take where they say
 * nothing themselves. It holds for what subclasses inherit, too, which may say otherwise, option by
 * option. Throws a `ConfigError` for options that make no sense.
 */
export function cacheDefaults<C extends Class>(
  given: CacheDefaultsOptions<InstanceType<C>>,
  ...misplaced: never[]
): (target: C, context?: unknown) => void {
  expectFactory('cacheDefaults', misplaced)
  const options = decoratorOptions('cacheDefaults', given)
  return (target, context) => {
    if (typeof target !== 'function' || typeof context === 'string') {
      throw invalid('@cacheDefaults', 'on a class', context ?? target)
    }
    defaults.set(target, options)
    defaults.set(target.prototype as object, options)
  }
}

/** What has been said of a class, or a prototype, and of those that it inherits from. */
export function defaultsFor(type: object): AnyOptions {
  const inherited: unknown = Object.getPrototypeOf(type)
  const isType = typeof inherited === 'object' || typeof inherited === 'function'
  const base = isType && inherited !== null ? defaultsFor(inherited) : {}
  return { ...base, ...defaults.get(type) }
}
