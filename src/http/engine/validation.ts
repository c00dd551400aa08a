import type { FieldLines, RequestHead, ResponseHead } from '../message.ts'
import { type Admission, admit } from './admission.ts'
import { responseControl } from './cache-control.ts'
import { isWeaklySame } from './entity-tag.ts'
import { connectionFields, fieldLines, withoutFields } from './fields.ts'
import type { Exchanged } from './freshness.ts'
import type { Rules } from './rules.ts'
import { type StoredResponse, toStored } from './stored-response.ts'

const conditions: ReadonlySet<string> = new Set(['if-none-match', 'if-modified-since'])

/** The request without the client's own conditions: what comes back can be stored. */
export function unconditional(request: RequestHead): RequestHead {
  return { ...request, headers: withoutFields(request.headers, conditions) }
}

/** The request on condition that what is stored has changed; `undefined` where nothing tells (RFC 9111 §4.3.1). */
export function validating(request: RequestHead, stored: StoredResponse): RequestHead | undefined {
  const { etag, lastModified } = stored
  if (etag === undefined && lastModified === undefined) return undefined
  const headers = withoutFields(request.headers, conditions)
  if (etag !== undefined) headers.push('If-None-Match', etag)
  if (lastModified !== undefined) headers.push('If-Modified-Since', lastModified)
  return { ...request, headers }
}

/** Whether a 304 to a validating request is about what is stored (RFC 9111 §4.3.4). */
export function isAbout(reply: ResponseHead, stored: StoredResponse): boolean {
  const etag = fieldLines(reply.headers, 'etag')[0]
  return etag === undefined || stored.etag === undefined || isWeaklySame(etag, stored.etag)
}

/** Whether a 200 to HEAD describes what is stored (RFC 9111 §4.3.5). */
export function describes(reply: ResponseHead, stored: StoredResponse): boolean {
  const said = (name: string) => fieldLines(reply.headers, name)[0]
  const length = said('content-length')
  return (
    isSameOrUnsaid(said('etag'), stored.etag) &&
    isSameOrUnsaid(said('last-modified'), stored.lastModified) &&
    (length === undefined || Number(length) === (stored.range?.size ?? stored.bodyLength))
  )
}

function isSameOrUnsaid(said: string | undefined, stored: string | undefined): boolean {
  return said === undefined || said === stored
}

/** What is stored with the fields of a reply that confirms it, and whether it may still be stored. */
export interface Freshened {
  readonly stored: StoredResponse
  readonly admission: Admission
}

/** RFC 9111 §3.2, §4.3.4. A cookie in the reply is for who asked now, and not stored. */
export function freshen(
  request: RequestHead,
  stored: StoredResponse,
  reply: ResponseHead,
  exchanged: Exchanged,
  rules: Rules,
): Freshened {
  const asked = { ...request, method: 'GET' }
  const headers = updated(stored.headers, reply.headers, rules)
  const head = { status: stored.status, reason: stored.reason, headers }
  const { bodyLength, range } = stored
  const admission = admit(asked, head, exchanged, rules)
  const fresh = admission.storable
    ? admission.stored
    : toStored(asked, head, exchanged, responseControl(headers, rules.targets), rules)
  const kept = { ...fresh, bodyLength, range }
  return {
    stored: kept,
    admission: admission.storable ? { ...admission, stored: kept } : admission,
  }
}

function updated(stored: FieldLines, reply: FieldLines, rules: Rules): FieldLines {
  const dropped = connectionFields(reply)
  for (const name of ofBody) dropped.add(name)
  if (!rules.storeSetCookie) dropped.add('set-cookie')
  const news = withoutFields(reply, dropped)
  const replaced = new Set(news.filter((_, i) => i % 2 === 0).map((name) => name.toLowerCase()))
  return [...withoutFields(stored, replaced), ...news]
}

/** Fields that the stored body depends on (RFC 9111 §3.2). */
const ofBody: readonly string[] = [
  'content-encoding',
  'content-length',
  'content-range',
  'content-type',
]
