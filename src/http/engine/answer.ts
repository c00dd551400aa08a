import { longestTime } from './cache-control.ts'
import { isStronglySame, listsTag } from './entity-tag.ts'
import { isName, withoutFields } from './fields.ts'
import { ageAt } from './freshness.ts'
import { formatHttpDate, parseHttpDate } from './http-date.ts'
import { type ByteRange, parseRange, resolveRange, writeContentRange } from './range.ts'
import type { RequestFields } from './request-fields.ts'
import type { Rules } from './rules.ts'
import { cookiePrefix } from './selection.ts'
import type { StoredResponse } from './stored-response.ts'

/** A head of its own array, which whoever gets it may add lines to. */
export interface FreshHead {
  readonly status: number
  readonly reason: string
  readonly headers: string[]
}

/** Bytes `start` to `end` of the stored body, `end` not included. */
export interface BodyPart {
  readonly start: number
  readonly end: number
}

/** What a client gets of a stored response. */
export interface Answer {
  readonly head: FreshHead
  /** False for HEAD, 304 and 416. */
  readonly withBody: boolean
  /** Where not all of the stored body is sent. */
  readonly part: BodyPart | undefined
}

/** The answer to a GET or HEAD from what is stored and may be used (RFC 9111 §4.3.2, RFC 9110 §13, §14). */
export function answerFrom(
  stored: StoredResponse,
  method: string,
  asked: RequestFields,
  now: number,
  rules: Rules,
): Answer {
  const headers = [...stored.headers, 'Age', `${Math.floor(ageAt(stored, now) / 1000)}`]
  tellOurs(headers, stored, now, rules)
  if (isNotModified(stored, asked, now)) {
    return { head: notModified(headers), withBody: false, part: undefined }
  }
  const range = method === 'GET' ? wantedRange(stored, asked, now) : undefined
  if (range) return answerPart(stored, range, headers, now)
  const head = { status: stored.status, reason: stored.reason, headers }
  return { head, withBody: method !== 'HEAD', part: undefined }
}

/** Whether what is held of the representation is all that is asked for. */
export function holdsWhatIsAsked(
  stored: StoredResponse,
  method: string,
  asked: RequestFields,
  now: number,
): boolean {
  const held = stored.range
  if (held === undefined) return true
  const range = method === 'GET' ? wantedRange(stored, asked, now) : undefined
  return typeof range === 'object' && range.start >= held.start && range.end <= held.end
}

/** The part of the representation that is held. */
export function heldRange(stored: StoredResponse): ByteRange | undefined {
  if (stored.range || stored.bodyLength === undefined) return stored.range
  return { start: 0, end: stored.bodyLength - 1, size: stored.bodyLength }
}

/** Whether the client has this already; conditions concern successes alone (RFC 9110 §13.2.1). */
export function isNotModified(
  response: Pick<StoredResponse, 'status' | 'etag' | 'lastModified' | 'date'>,
  { ifNoneMatch, ifModifiedSince }: RequestFields,
  now: number,
): boolean {
  if (ifNoneMatch === undefined && ifModifiedSince === undefined) return false
  if (response.status < 200 || response.status > 299) return false
  // RFC 9110 §13.1.3: where there is `If-None-Match`, the other does not count.
  if (ifNoneMatch !== undefined) return listsTag(ifNoneMatch, response.etag)
  const since = parseHttpDate(ifModifiedSince ?? '', now)
  const modified = parseHttpDate(response.lastModified ?? '', now) ?? response.date
  return since !== undefined && modified <= since
}

/** RFC 9110 §15.4.5: without what describes the content that is not sent. */
export function notModified(headers: readonly string[]): FreshHead {
  return { status: 304, reason: 'Not Modified', headers: withoutFields(headers, ofContent) }
}

const ofContent: ReadonlySet<string> = new Set([
  'content-encoding',
  'content-language',
  'content-length',
  'content-range',
  'content-type',
])

/**
 * What clients are told that is our own doing. Of our lifetime: to ask each time, so that no copy outlives a purge, or
 * to keep it for `browserTtl` from now, and no longer than it is kept here; and alone, where something selects it that
 * its `Vary` does not say. Of cookies that select it: that they do.
 */
export function tellOurs(
  headers: string[],
  stored: StoredResponse,
  now: number,
  { browserTtl, vary }: Rules,
): void {
  const { names } = stored.selecting
  const byCookie = names.some((name) => name.startsWith(cookiePrefix))
  if (byCookie && !names.includes('cookie')) addToVary(headers, 'Cookie')
  if (stored.source !== 'ttl') return
  const left = Math.min(browserTtl, stored.freshUntil - now)
  const seconds = Math.min(longestTime, Math.floor((ageAt(stored, now) + left) / 1000))
  const scope = byCookie || vary.length > 0 ? 'private, ' : ''
  headers.push('Cache-Control', left > 0 ? `${scope}max-age=${seconds}` : 'no-cache')
}

function addToVary(headers: string[], name: string): void {
  const at = headers.findIndex((field, i) => i % 2 === 0 && isName(field, 'vary'))
  if (at < 0) headers.push('Vary', name)
  else headers[at + 1] += `, ${name}`
}

/** The one range asked for, where it counts; what cannot be had is `unsatisfiable` (RFC 9110 §14.2). */
function wantedRange(
  stored: StoredResponse,
  { range, ifRange }: RequestFields,
  now: number,
): ByteRange | 'unsatisfiable' | undefined {
  const spec = parseRange(range)
  const size = heldRange(stored)?.size
  if (!spec || size === undefined) return undefined
  if (stored.status !== 200 && stored.status !== 206) return undefined
  if (ifRange !== undefined && !isCurrent(ifRange, stored, now)) return undefined
  return resolveRange(spec, size) ?? 'unsatisfiable'
}

/** RFC 9110 §13.1.5: a strong tag, or a date that is strong by being a second older than the response (§8.8.2.2). */
function isCurrent(ifRange: string, stored: StoredResponse, now: number): boolean {
  if (isStronglySame(ifRange, stored.etag)) return true
  const modified = parseHttpDate(stored.lastModified ?? '', now)
  return modified !== undefined && ifRange === stored.lastModified && modified + 1000 <= stored.date
}

function answerPart(
  stored: StoredResponse,
  range: ByteRange | 'unsatisfiable',
  headers: readonly string[],
  now: number,
): Answer {
  if (range === 'unsatisfiable') {
    const size = `bytes */${heldRange(stored)?.size}`
    // RFC 9110 §6.6.1.
    const lines = ['Date', formatHttpDate(now), 'Content-Range', size, 'Content-Length', '0']
    const head = { status: 416, reason: 'Range Not Satisfiable', headers: lines }
    return { head, withBody: false, part: undefined }
  }
  const rest = withoutFields(headers, ofPart)
  const length = range.end - range.start + 1
  rest.push('Content-Range', writeContentRange(range), 'Content-Length', `${length}`)
  // Who compresses what comes by would leave a range of other bytes (RFC 9110 §7.7).
  rest.push('Cache-Control', 'no-transform')
  const start = range.start - (stored.range?.start ?? 0)
  return {
    head: { status: 206, reason: 'Partial Content', headers: rest },
    withBody: true,
    part: { start, end: start + length },
  }
}

const ofPart: ReadonlySet<string> = new Set(['content-length', 'content-range'])
