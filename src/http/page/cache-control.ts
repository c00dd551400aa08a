import type { Duration } from '../../contracts/cache.ts'
import { waitingTime } from '../../kernel/duration.ts'
import { expectOptions } from '../../kernel/expect.ts'
import { listMembers } from '../engine/fields.ts'
import type { HeadPatch } from './head-patches.ts'

/** What `Cache-Control` is to say (RFC 9111 §5.2.2, 5861, 8246); durations are rounded down to seconds. */
export interface CacheControlOptions {
  /** How long everybody may keep it (RFC 9111 §5.2.2.1). */
  readonly maxAge?: Duration | undefined
  /** How long shared caches may keep it, in place of `maxAge` (§5.2.2.10). */
  readonly sMaxAge?: Duration | undefined
  /** How long past that it may be served while it is renewed (RFC 5861 §3). */
  readonly staleWhileRevalidate?: Duration | undefined
  /** How long past that it may be served when it cannot be renewed (RFC 5861 §4). */
  readonly staleIfError?: Duration | undefined
  /** Shared caches may keep it although the request had `Authorization` (§5.2.2.9). */
  readonly public?: boolean | undefined
  /** Only the cache of one user may keep it (§5.2.2.7). */
  readonly private?: boolean | undefined
  /** It is asked after before each use (§5.2.2.4). */
  readonly noCache?: boolean | undefined
  /** Nobody keeps it (§5.2.2.5). */
  readonly noStore?: boolean | undefined
  /** Nobody changes it on the way (§5.2.2.6). */
  readonly noTransform?: boolean | undefined
  /** It is never served stale (§5.2.2.2). */
  readonly mustRevalidate?: boolean | undefined
  /** Shared caches never serve it stale (§5.2.2.8). */
  readonly proxyRevalidate?: boolean | undefined
  /** It is kept by who knows its status alone (§5.2.2.3). */
  readonly mustUnderstand?: boolean | undefined
  /** It does not change while it is fresh, so that a reload need not ask (RFC 8246). */
  readonly immutable?: boolean | undefined
}

const times: Readonly<Record<string, string>> = {
  maxAge: 'max-age',
  sMaxAge: 's-maxage',
  staleWhileRevalidate: 'stale-while-revalidate',
  staleIfError: 'stale-if-error',
}
const flags: Readonly<Record<string, string>> = {
  public: 'public',
  private: 'private',
  noCache: 'no-cache',
  noStore: 'no-store',
  noTransform: 'no-transform',
  mustRevalidate: 'must-revalidate',
  proxyRevalidate: 'proxy-revalidate',
  mustUnderstand: 'must-understand',
  immutable: 'immutable',
}
const known: ReadonlySet<string> = new Set([...Object.keys(times), ...Object.keys(flags)])

/**
 * Adds directives to what the response says already, and never loosens it: of two lifetimes the
 * shorter stays, and what is private remains so.
 */
export function cacheControlPatch(options: CacheControlOptions): HeadPatch {
  expectOptions('cache control', options, known)
  const added = new Map<string, string>()
  for (const [option, value] of Object.entries(options)) {
    const time = times[option]
    if (time !== undefined && value !== undefined) {
      added.set(time, `${Math.floor(waitingTime(option, value) / 1000)}`)
    } else if (value === true) added.set(flags[option] as string, '')
  }
  return (head) =>
    head.set('Cache-Control', strictest(directives(head.get('cache-control')), added))
}

/** Nothing of it is kept by anybody. */
export const neverCachePatch: HeadPatch = cacheControlPatch({
  maxAge: 0,
  noCache: true,
  noStore: true,
  mustRevalidate: true,
  private: true,
})

function directives(value: string | undefined): Map<string, string> {
  const members = listMembers(value).map((member): [string, string] => {
    const at = member.indexOf('=')
    return at < 0
      ? [member.toLowerCase(), '']
      : [member.slice(0, at).toLowerCase(), member.slice(at + 1)]
  })
  return new Map(members)
}

const lifetimes: ReadonlySet<string> = new Set(Object.values(times))

function strictest(
  before: ReadonlyMap<string, string>,
  added: ReadonlyMap<string, string>,
): string {
  const all = new Map(before)
  for (const [name, value] of added) {
    const said = before.get(name)
    // What is said of certain fields only is said of all from here on.
    all.set(name, said !== undefined && lifetimes.has(name) ? shorter(said, value) : value)
  }
  if (all.has('private')) {
    all.delete('public')
    all.delete('s-maxage')
  }
  return [...all].map(([name, value]) => (value === '' ? name : `${name}=${value}`)).join(', ')
}

function shorter(a: string, b: string): string {
  return Number(b) < Number(a) ? b : a
}
