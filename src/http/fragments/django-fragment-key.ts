import { invalid } from '../../kernel/expect.ts'
import { md5 } from './md5.ts'

/** What is written the same way by Python's `str` and here; anything else: as the text that Python makes of it. */
export type DjangoVaryOn = string | number | bigint | boolean | null

/**
 * The key of Django's `{% cache %}` and `make_template_fragment_key` (3.2 and later): to invalidate
 * from here what Django rendered, in a cache that both use. Django's `KEY_FUNCTION` adds its prefix
 * and version: `:1:template.cache.sidebar.…`. Values are joined by `:` without escaping, so that
 * `['a:b']` and `['a', 'b']` are one key: for fragments of one's own `makeFragmentKey` is better.
 *
 * Throws a `ConfigError` for a number that is not a safe integer.
 */
export function djangoFragmentKey(name: string, varyOn: readonly DjangoVaryOn[] = []): string {
  return `template.cache.${name}.${md5(varyOn.map((value) => `${inPython(value)}:`).join(''))}`
}

function inPython(value: DjangoVaryOn): string {
  if (value === null) return 'None'
  if (typeof value === 'boolean') return value ? 'True' : 'False'
  if (typeof value === 'number' && !Number.isSafeInteger(value)) {
    throw invalid('varyOn', 'made of safe integers where it has numbers', value)
  }
  return String(value)
}
