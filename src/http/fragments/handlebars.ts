import type { Duration } from '../../contracts/cache.ts'
import { expectFunction } from '../../kernel/expect.ts'
import type { Fragments } from './fragments.ts'

interface BlockOptions {
  fn(context: unknown): string
  readonly hash: { readonly tags?: string | readonly string[] }
}

/**
 * The block helper `{{#cache "10m" "sidebar" user.id locale tags="menu"}}…{{/cache}}`: a lifetime, a
 * name, what it varies on; `tags` is an array or names with spaces between. Handlebars renders in
 * one turn, so it is `fragmentSync`'s, and escapes no block a second time. Register it:
 * `Handlebars.registerHelper('cache', handlebarsCache(fragments))`.
 */
export function handlebarsCache(
  fragments: Fragments,
): (this: unknown, ...args: unknown[]) => string {
  return function cache(ttl, name, ...rest) {
    const { fn, hash } = rest.pop() as BlockOptions
    expectFunction('the content of cache', fn)
    const tags = typeof hash.tags === 'string' ? hash.tags.split(' ').filter(Boolean) : hash.tags
    return fragments.fragmentSync(name as string, rest, () => fn(this), {
      ttl: ttl as Duration | null,
      tags,
    })
  }
}
