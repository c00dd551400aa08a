import { compactKey } from '../../kernel/compact-key.ts'
import { invalid } from '../../kernel/expect.ts'
import { structuralKey } from '../../kernel/structural-key.ts'

const validName = /^[\p{L}\p{N}_./-]{1,100}$/u

/**
 * The key under which a cache has a fragment, and the tag of whatever contains it:
 * `fragment:sidebar:2:en,42` for `('sidebar', ['en', 42])`. It stays what it is from release to
 * release and means the same in every process. Two different lists of values never share one: types
 * count, and no text can imitate what is around it. What gets longer than 200 characters, or cannot
 * be written in UTF-8, is replaced by its SHA-256, `fragment:sidebar:#…`.
 *
 * Throws a `ConfigError` for a name that is not made of 1 to 100 letters, digits or `_ . / -`, and a
 * `KeyError` for values of which no key can be made: functions, cycles, most class instances.
 */
export function makeFragmentKey(name: string, varyOn: readonly unknown[] = []): string {
  return `${kindOf(name)}:${compactKey(structuralKey(varyOn, 'shared'))}`
}

/** The tag of whatever contains a fragment of the name, but too many to name each. */
export function kindOf(name: string): string {
  if (typeof name !== 'string' || !validName.test(name)) {
    throw invalid('name', 'made of 1 to 100 letters, digits or _ . / -', name)
  }
  return `fragment:${name}`
}

/** The tag without the values, if it is a fragment's. */
export function widened(tag: string): string {
  return /^fragment:[^:]+(?=:)/.exec(tag)?.[0] ?? tag
}
