import type { FieldLines, RequestHead, ResponseHead } from '../message.ts'
import type { CacheControl } from './cache-control.ts'
import { connectionFields, fieldLines, withField, withoutFields } from './fields.ts'
import { type Exchanged, type Freshness, freshnessOf, type Governing } from './freshness.ts'
import { formatHttpDate } from './http-date.ts'
import { type ByteRange, rangeOf } from './range.ts'
import type { Rules } from './rules.ts'
import { cookiePrefix, type Selecting, selectingOf, variesOn } from './selection.ts'

/** A response as it is kept, without its body: plain data, with all that can be known when it is stored. */
export interface StoredResponse extends Freshness, Exchanged {
  readonly status: number
  readonly reason: string
  /** Without what must not be stored (RFC 9111 §3.1), and without `Age`. */
  readonly headers: FieldLines
  readonly selecting: Selecting
  /** Bytes of the body that is kept, once it is known. */
  readonly bodyLength: number | undefined
  /** Which part of the representation the body is, where it is not all of it. */
  readonly range: ByteRange | undefined
  readonly etag: string | undefined
  readonly lastModified: string | undefined
  /** It must be validated before each use: `no-cache`. */
  readonly noCache: boolean
  /** It must not be served once it is stale: `must-revalidate`, and what means the same. */
  readonly mustRevalidate: boolean
  /** It says by name that it is for others than who was authorised (RFC 9111 §3.5). */
  readonly authorized: boolean
  readonly immutable: boolean
  /** Time past `freshUntil`; 0 for none (RFC 5861 §3). */
  readonly staleWhileRevalidate: number
  /** Time past `freshUntil`; 0 for none (RFC 5861 §4). */
  readonly staleIfError: number
}

/** What is kept of a response, whether or not it may be. */
export function toStored(
  request: RequestHead,
  response: ResponseHead,
  exchanged: Exchanged,
  governing: Governing,
  rules: Rules,
): StoredResponse {
  const { control } = governing
  const freshness = freshnessOf(response, governing, exchanged, rules)
  const headers = withDate(storable(response.headers, control, rules), exchanged.responseAt)
  const names = selectedBy(headers, rules)
  const strict =
    control.mustRevalidate || (rules.shared && control.proxyRevalidate) || control.noCache === true
  return {
    status: response.status,
    reason: response.reason,
    headers,
    selecting: selectingOf(request, names, headers, rules),
    requestAt: exchanged.requestAt,
    responseAt: exchanged.responseAt,
    ...freshness,
    bodyLength: undefined,
    range: response.status === 206 ? rangeOf(headers) : undefined,
    etag: fieldLines(headers, 'etag')[0],
    lastModified: fieldLines(headers, 'last-modified')[0],
    noCache: control.noCache === true,
    // §5.2.2.10: `s-maxage` says it too, but not against what the same response allows in so many words.
    mustRevalidate: strict || (rules.shared && control.sMaxAge !== undefined),
    authorized: control.public || control.mustRevalidate || control.sMaxAge !== undefined,
    immutable: control.immutable,
    staleWhileRevalidate: strict ? 0 : (control.staleWhileRevalidate ?? 0) * 1000,
    staleIfError: strict ? 0 : (control.staleIfError ?? 0) * 1000,
  }
}

/** By what a request is given this response: what it varies on, and what the rules add. */
function selectedBy(headers: FieldLines, rules: Rules): readonly string[] {
  const byCookie = rules.shared && typeof rules.cookies === 'object'
  const cookies = byCookie ? rules.cookies.map((name) => cookiePrefix + name) : []
  const others = rules.vary.map((name) => name.toLowerCase())
  return [...new Set([...(variesOn(headers) ?? []), ...others, ...cookies])]
}

/** RFC 9111 §3.1, and `Age`, which is of the moment. */
const neverStored: readonly string[] = [
  'proxy-authenticate',
  'proxy-authentication-info',
  'proxy-authorization',
  'age',
]

function storable(headers: FieldLines, control: Readonly<CacheControl>, rules: Rules): FieldLines {
  const dropped = connectionFields(headers)
  for (const name of neverStored) dropped.add(name)
  for (const name of fieldsOf(control.noCache)) dropped.add(name)
  if (rules.shared) for (const name of fieldsOf(control.private)) dropped.add(name)
  return withoutFields(headers, dropped)
}

/** The fields that a qualified directive is about (RFC 9111 §5.2.2.4, §5.2.2.7). */
export function fieldsOf(directive: boolean | readonly string[]): readonly string[] {
  return typeof directive === 'object' ? directive : []
}

/** RFC 9110 §6.6.1: who keeps or passes on what has no date gives it the one of its arrival. */
export function withDate(headers: FieldLines, responseAt: number): FieldLines {
  if (fieldLines(headers, 'date').length > 0) return headers
  return [...headers, 'Date', formatHttpDate(responseAt)]
}

/** The same, stale from `at` on: a soft purge. */
export function expired(stored: StoredResponse, at: number): StoredResponse {
  return { ...stored, freshUntil: Math.min(stored.freshUntil, at) }
}

/** The same with a validator, for a response that came without. */
export function withEntityTag(stored: StoredResponse, etag: string): StoredResponse {
  return { ...stored, etag, headers: withField(stored.headers, 'ETag', etag) }
}
