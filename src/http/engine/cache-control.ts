import type { FieldLines } from '../message.ts'
import { fieldValue, listMembers, trimmed, unquoted } from './fields.ts'
import { type Member, parseDictionary } from './structured-field.ts'

/** What `Cache-Control` says, of a request or of a response (RFC 9111 §5.2, 5861, 8246). Times are seconds. */
export interface CacheControl {
  noStore: boolean
  /** `true`, or the fields that it is about. */
  noCache: boolean | string[]
  /** `true`, or the fields that it is about. */
  private: boolean | string[]
  public: boolean
  mustRevalidate: boolean
  proxyRevalidate: boolean
  mustUnderstand: boolean
  immutable: boolean
  onlyIfCached: boolean
  maxAge: number | undefined
  sMaxAge: number | undefined
  minFresh: number | undefined
  /** `Infinity` where it has no argument. */
  maxStale: number | undefined
  staleWhileRevalidate: number | undefined
  staleIfError: number | undefined
}

export const noDirectives: Readonly<CacheControl> = {
  noStore: false,
  noCache: false,
  private: false,
  public: false,
  mustRevalidate: false,
  proxyRevalidate: false,
  mustUnderstand: false,
  immutable: false,
  onlyIfCached: false,
  maxAge: undefined,
  sMaxAge: undefined,
  minFresh: undefined,
  maxStale: undefined,
  staleWhileRevalidate: undefined,
  staleIfError: undefined,
}

export function parseCacheControl(value: string | undefined): Readonly<CacheControl> {
  if (value === undefined) return noDirectives
  const control = { ...noDirectives }
  for (const member of listMembers(value)) {
    const equals = member.indexOf('=')
    if (equals < 0) heed(control, member.toLowerCase(), undefined)
    else {
      const name = trimmed(member.slice(0, equals))
      // White space before `=` is no syntax: what restricts is heeded still, a time counts as none.
      const argument = name.length === equals ? unquoted(member.slice(equals + 1)) : ''
      heed(control, name.toLowerCase(), argument)
    }
  }
  return control
}

/** What governs a cache of these targets, and whether a targeted field does (RFC 9213 §2.2). */
export function responseControl(
  headers: FieldLines,
  targets: readonly string[],
): { readonly control: Readonly<CacheControl>; readonly targeted: boolean } {
  for (const target of targets) {
    const control = parseTargeted(fieldValue(headers, target.toLowerCase()))
    if (control) return { control, targeted: true }
  }
  return { control: parseCacheControl(fieldValue(headers, 'cache-control')), targeted: false }
}

/** `undefined` where it is empty or broken: it is then as if it were not there (RFC 9213 §2.1). */
export function parseTargeted(value: string | undefined): Readonly<CacheControl> | undefined {
  const members = value === undefined ? undefined : parseDictionary(value)
  if (members === undefined || members.size === 0) return undefined
  const control = { ...noDirectives }
  for (const [name, argument] of members) {
    if (argument === false) continue
    if (!fits(name, argument)) return undefined
    heed(control, name, argument === true ? undefined : `${argument}`)
  }
  return control
}

/** Times are whole numbers and all else flags or lists of names: what is not is not coerced (RFC 9213 §2.1). */
function fits(name: string, argument: Member): boolean {
  if (times.has(name)) return Number.isSafeInteger(argument) && Number(argument) >= 0
  return flags.has(name) ? argument === true || typeof argument === 'string' : true
}

const times: ReadonlySet<string> = new Set([
  'max-age',
  's-maxage',
  'stale-while-revalidate',
  'stale-if-error',
])
const flags: ReadonlySet<string> = new Set([
  'no-store',
  'no-cache',
  'private',
  'public',
  'must-revalidate',
  'proxy-revalidate',
  'must-understand',
  'immutable',
])

function heed(control: CacheControl, name: string, argument: string | undefined): void {
  switch (name) {
    case 'no-store':
      control.noStore = true
      break
    case 'no-cache':
      control.noCache = narrowed(control.noCache, argument)
      break
    case 'private':
      control.private = narrowed(control.private, argument)
      break
    case 'public':
      control.public = true
      break
    case 'must-revalidate':
      control.mustRevalidate = true
      break
    case 'proxy-revalidate':
      control.proxyRevalidate = true
      break
    case 'must-understand':
      control.mustUnderstand = true
      break
    case 'immutable':
      control.immutable = true
      break
    case 'only-if-cached':
      control.onlyIfCached = true
      break
    case 'max-age':
      control.maxAge = time(control.maxAge, argument)
      break
    case 's-maxage':
      control.sMaxAge = time(control.sMaxAge, argument)
      break
    case 'min-fresh':
      control.minFresh = time(control.minFresh, argument)
      break
    case 'max-stale':
      control.maxStale = argument === undefined ? Infinity : time(control.maxStale, argument)
      break
    case 'stale-while-revalidate':
      control.staleWhileRevalidate = time(control.staleWhileRevalidate, argument)
      break
    case 'stale-if-error':
      control.staleIfError = time(control.staleIfError, argument)
  }
}

/** The fields a directive is restricted to; without any, or said once without them, it is about all (RFC 9111 §5.2.2.4). */
function narrowed(before: boolean | string[], argument: string | undefined): boolean | string[] {
  const names = listMembers(argument).map((name) => name.toLowerCase())
  if (before === true || names.length === 0) return true
  if (before === false) return names
  for (const name of names) before.push(name)
  return before
}

/** Seconds: a time too large for anybody (RFC 9111 §1.2.2). */
export const longestTime: number = 2 ** 31

/** What is no number, or said twice and differently, leaves nothing fresh (RFC 9111 §4.2.1). */
function time(before: number | undefined, argument: string | undefined): number {
  const value = parseSeconds(argument) ?? 0
  return before === undefined || before === value ? value : 0
}

/** Seconds, in digits alone (RFC 9111 §1.2.2). */
export function parseSeconds(text: string | undefined): number | undefined {
  if (text === undefined || !/^\d+$/.test(text)) return undefined
  return Math.min(Number(text), longestTime)
}
