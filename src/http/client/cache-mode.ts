import { fieldValue, withoutFields } from '../engine/fields.ts'
import type { Rules } from '../engine/rules.ts'
import type { FieldLines, HttpRequest } from '../message.ts'

/** What a request's `cache` comes to (Fetch §4.6, HTTP-network-or-cache fetch). */
export interface CacheMode {
  /** For the cache to see, besides the request's own fields. */
  readonly told: FieldLines
  readonly rules: Partial<Rules> | undefined
  /** Whether nothing but the network's answer will do, failures included. */
  readonly insists: boolean
  /** Whether what is stored is answered with, or nothing. */
  readonly offline: boolean
}

const plain: CacheMode = { told: [], rules: undefined, insists: false, offline: false }
const noCache: CacheMode = {
  ...plain,
  told: ['Cache-Control', 'no-cache'],
  rules: { heedReload: true },
  insists: true,
}
/** However stale, and whatever it says of validation. */
const forceCache: CacheMode = {
  ...plain,
  rules: { heedReload: false, heedFreshness: false },
}
const onlyIfCached: CacheMode = {
  ...forceCache,
  told: ['Cache-Control', 'only-if-cached'],
  offline: true,
}

const conditions = [
  'if-match',
  'if-modified-since',
  'if-none-match',
  'if-range',
  'if-unmodified-since',
]

/** `undefined` where the cache has no part in it: for `no-store`, and for who has conditions of its own. */
export function cacheModeOf({ cache, headers }: Request): CacheMode | undefined {
  const has = (name: string) => headers.has(name)
  switch (cache) {
    case 'no-store':
      return undefined
    case 'reload':
      return [...conditions, 'range'].some(has) ? undefined : noCache
    case 'no-cache':
      return noCache
    case 'force-cache':
      return forceCache
    case 'only-if-cached':
      return onlyIfCached
    default:
      return conditions.some(has) ? undefined : plain
  }
}

const directives: ReadonlySet<string> = new Set(['cache-control', 'pragma'])
const validators: ReadonlySet<string> = new Set(['if-modified-since', 'if-none-match'])

/** What of a request that the cache forwards goes to the network: its directives are the caller's. */
export function wireFields({ cache, headers }: Request, forwarded: HttpRequest): FieldLines {
  if (forwarded.background) return neutral(forwarded.headers)
  const control = headers.get('cache-control') ?? byDefault[cache]
  const pragma = headers.get('pragma') ?? (cache === 'reload' ? 'no-cache' : undefined)
  const lines = withoutFields(forwarded.headers, directives)
  if (control !== undefined) lines.push('Cache-Control', control)
  if (pragma !== undefined) lines.push('Pragma', pragma)
  return neutral(cache === 'reload' ? withoutFields(lines, validators) : lines)
}

const byDefault: { readonly [mode in Request['cache']]?: string } = {
  'no-cache': 'max-age=0',
  reload: 'no-cache',
}

/** Fetch adds `no-cache` to what has conditions and no directives; this means nothing, and says so to all caches on the way. */
function neutral(lines: FieldLines): FieldLines {
  const validates = [...validators].some((name) => fieldValue(lines, name) !== undefined)
  if (!validates || fieldValue(lines, 'cache-control') !== undefined) return lines
  return [...lines, 'Cache-Control', 'max-stale=0']
}
