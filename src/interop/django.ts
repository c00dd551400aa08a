import { invalid } from '../kernel/expect.ts'

/**
 * The `keyFunction` of a cache that shares its store with a Django application: names as Django's
 * default `KEY_FUNCTION` makes them, `KEY_PREFIX:VERSION:key`. The name of the cache is left out, as
 * Django knows none: caches that have the same prefix and store have the same entries. A namespace
 * comes after the prefix, `KEY_PREFIX/namespace:VERSION:key`, where Django has nothing.
 *
 * Names are all that is shared. Django keeps pickles, which are no entries here; what is kept here
 * Django cannot read. Either may delete what the other keeps.
 *
 * Throws a `ConfigError` for a prefix that is no string.
 */
export function djangoKeyFunction(
  keyPrefix = '',
): (key: string, prefix: string, version: number) => string {
  if (typeof keyPrefix !== 'string') throw invalid('keyPrefix', 'a string', keyPrefix)
  return (key, prefix, version) => {
    const namespaces = prefix.replace(/^[^/]+/, '')
    return `${keyPrefix}${namespaces}:${version}:${key}`
  }
}
