import type { FieldLines, RequestHead, ResponseHead } from '../message.ts'
import { type CacheControl, responseControl } from './cache-control.ts'
import { barred } from './credentials.ts'
import { fieldLines, fieldValue } from './fields.ts'
import { type Exchanged, heuristicStatuses } from './freshness.ts'
import { type RequestFields, requestFields } from './request-fields.ts'
import type { Rules } from './rules.ts'
import { variesOn } from './selection.ts'
import { fieldsOf, type StoredResponse, toStored } from './stored-response.ts'
import { tagsOf } from './tags.ts'
import { sameOriginUrl } from './url.ts'

export type Refusal =
  | 'method'
  | 'status'
  | 'request-no-store'
  | 'no-store'
  | 'private'
  | 'authorization'
  | 'cookie'
  | 'set-cookie'
  | 'nonce'
  | 'vary'
  | 'vary-cookie'
  | 'no-lifetime'
  | 'partial'
  | 'too-large'
  | 'tags'

/** What is to be kept of a response. */
export interface Kept {
  readonly stored: StoredResponse
  /** Until when it can be of use: fresh, stale, or to be validated. */
  readonly keepUntil: number
  /** `tag:x` for each of `Surrogate-Key`, `Cache-Tag` and `Rules.tags`, `group:origin x` for each of `Cache-Groups`. */
  readonly tags: readonly string[]
}

export interface Admitted extends Kept {
  readonly storable: true
}

export interface Refused {
  readonly storable: false
  readonly because: Refusal
}

export type Admission = Admitted | Refused

/** Whether the response to `request` may be stored (RFC 9111 §3), and what is kept of it. */
export function admit(
  request: RequestHead,
  response: ResponseHead,
  exchanged: Exchanged,
  rules: Rules,
): Admission {
  const governing = responseControl(response.headers, rules.targets)
  const asked = requestFields(request.headers)
  const outright = refusedOutright(request.method, asked, response, governing.control, rules)
  if (outright) return { storable: false, because: outright }
  const stored = toStored(request, response, exchanged, governing, rules)
  const because = refused(request, asked, stored, rules)
  if (because) return { storable: false, because }
  const tags = tagsOf(response.headers, request.url, rules.tags)
  if (!tags) return { storable: false, because: 'tags' }
  return { storable: true, stored, keepUntil: keepUntil(stored, rules), tags }
}

/** What speaks against it, whatever its freshness. */
function refusedOutright(
  method: string,
  asked: RequestFields,
  { status, headers }: ResponseHead,
  control: Readonly<CacheControl>,
  rules: Rules,
): Refusal | undefined {
  if (!rules.methods.includes(method)) return 'method'
  if (neverStored.has(status)) return 'status'
  if (control.mustUnderstand && !understood.has(status)) return 'status'
  if (asked.control.noStore) return 'request-no-store'
  const forbidden = refusedByFields(asked, headers, control, rules)
  if (forbidden) return forbidden
  const length = Number(fieldValue(headers, 'content-length') ?? 0)
  return length > rules.maxBodyBytes ? 'too-large' : undefined
}

/** What speaks against storing a response to `request` among the fields that others add when it is sent. */
export function refusedAsSent(
  request: RequestHead,
  added: FieldLines,
  rules: Rules,
): Refusal | undefined {
  const { control } = responseControl(added, rules.targets)
  return refusedByFields(requestFields(request.headers), added, control, rules)
}

/** What of its fields says that it is for nobody else. */
function refusedByFields(
  asked: RequestFields,
  headers: FieldLines,
  control: Readonly<CacheControl>,
  rules: Rules,
): Refusal | undefined {
  // §5.2.2.3: `must-understand` overrides `no-store` for a status that is understood.
  if (control.noStore && !control.mustUnderstand) return 'no-store'
  if (rules.shared && control.private === true) return 'private'
  if (!rules.storeSetCookie && setsCookie(headers, control, rules)) return 'set-cookie'
  if (!rules.storeNonce && hasNonce(headers)) return 'nonce'
  const varies = variesOn(headers)
  if (!varies) return 'vary'
  const ofCookie = rules.shared && asked.cookie !== undefined && varies.includes('cookie')
  return ofCookie && !rules.storeVaryCookie ? 'vary-cookie' : undefined
}

/** What speaks against it, now that its freshness and its part are known. */
function refused(
  request: RequestHead,
  asked: RequestFields,
  stored: StoredResponse,
  rules: Rules,
): Refusal | undefined {
  // §3.5, whatever the rules say of cookies.
  const authorized = asked.authorization === undefined || stored.authorized
  if (rules.shared && !authorized) return 'authorization'
  const credentials = barred(stored, asked, rules)
  if (credentials) return credentials
  if (stored.status === 206 && !stored.range) return 'partial'
  if (request.method !== 'GET' && !answersGet(request, stored)) return 'method'
  const known = stored.source !== 'none' || heuristicStatuses.has(stored.status)
  return known && isOfUse(stored) ? undefined : 'no-lifetime'
}

/** Whether it is ever served without the origin, or spares the origin a body. */
function isOfUse(stored: StoredResponse): boolean {
  const { freshUntil, responseAt, staleWhileRevalidate, staleIfError } = stored
  const stale = staleWhileRevalidate > 0 || staleIfError > 0
  return freshUntil > responseAt || stale || hasValidator(stored)
}

/** Answers to a condition or a range: for nobody else, whatever they declare. */
const neverStored: ReadonlySet<number> = new Set([304, 412, 416])
/** Statuses that this cache does what is asked with (RFC 9111 §3): those of RFC 9110 §15 that may be stored. */
const understood: ReadonlySet<number> = new Set([
  200, 203, 204, 206, 300, 301, 302, 303, 307, 308, 400, 401, 403, 404, 405, 406, 409, 410, 411,
  413, 414, 415, 417, 421, 422, 426, 451, 500, 501, 502, 503, 504, 505,
])

/** RFC 9110 §9.3.3: a response to POST that says to be what GET would get, and for how long. */
function answersGet(request: RequestHead, stored: StoredResponse): boolean {
  const location = fieldLines(stored.headers, 'content-location')[0]
  const same = location !== undefined && sameOriginUrl(location, request.url) === request.url
  return request.method === 'POST' && same && stored.source === 'declared'
}

/** Whether it sets a cookie that would be stored with it: one that is private by name is not. */
function setsCookie(headers: FieldLines, control: Readonly<CacheControl>, rules: Rules): boolean {
  const dropped = [...fieldsOf(control.noCache), ...(rules.shared ? fieldsOf(control.private) : [])]
  return !dropped.includes('set-cookie') && fieldLines(headers, 'set-cookie').length > 0
}

/** A nonce is of one response (CSP Level 3 §7.1). */
function hasNonce(headers: FieldLines): boolean {
  return policies.some((name) => /'nonce-/i.test(fieldValue(headers, name) ?? ''))
}

const policies: readonly string[] = [
  'content-security-policy',
  'content-security-policy-report-only',
]

function hasValidator(stored: StoredResponse): boolean {
  return stored.etag !== undefined || stored.lastModified !== undefined
}

/** As long as it is fresh, may be served stale, or can be asked after. */
export function keepUntil(stored: StoredResponse, rules: Rules): number {
  const { freshUntil, staleWhileRevalidate, staleIfError } = stored
  const late = hasValidator(stored) || !stored.mustRevalidate
  return Math.max(
    freshUntil + Math.max(staleWhileRevalidate, staleIfError),
    Math.max(freshUntil, stored.responseAt) + (late ? rules.staleOnDisconnect : 0),
  )
}
