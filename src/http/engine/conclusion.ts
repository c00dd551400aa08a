import type { RequestHead, ResponseHead } from '../message.ts'
import { type Admission, admit, type Kept, type Refusal } from './admission.ts'
import {
  answerFrom,
  type FreshHead,
  holdsWhatIsAsked,
  isNotModified,
  notModified,
  tellOurs,
} from './answer.ts'
import type { CacheStatus } from './cache-status.ts'
import { type Combination, combine } from './combine.ts'
import { holding } from './completion.ts'
import type { Serve } from './decision.ts'
import { fieldLines } from './fields.ts'
import { type Forward, untouched, unvalidated } from './forwarding.ts'
import type { Exchanged } from './freshness.ts'
import { parseHttpDate } from './http-date.ts'
import { rangeOf } from './range.ts'
import { requestFields } from './request-fields.ts'
import { whyNoStandIn } from './reuse.ts'
import type { Rules } from './rules.ts'
import { type StoredResponse, withDate } from './stored-response.ts'
import { describes, freshen, isAbout } from './validation.ts'

/** The reply goes to the client, and is stored if it may be. */
export interface Pass {
  readonly action: 'pass'
  readonly head: FreshHead
  /** False where the client has it already: it was asked for without the client's condition. */
  readonly withBody: boolean
  /** For the reply: `complete` it when the body has come. */
  readonly admission: Admission
  /** What takes the candidate's place: a reply to HEAD describes it (RFC 9111 §4.3.5). */
  readonly kept: Kept | undefined
  /** The candidate is not to be used again. */
  readonly drop: boolean
  readonly cacheStatus: CacheStatus
}

/** The candidate answers after all: validated, or stale because the origin failed. The reply's body is of no use. */
export interface ServeAfter {
  readonly action: 'serve'
  readonly serve: Serve
  /** What takes the candidate's place. */
  readonly kept: Kept | undefined
  /** The candidate is not to be used again. */
  readonly drop: boolean
}

/** The candidate's body and the reply's, joined as `combination` says, are the body of `serve`. */
export interface Combine {
  readonly action: 'combine'
  readonly combination: Combination
  readonly serve: Serve
  /** What takes the candidate's place, with the joined body. */
  readonly kept: Kept | undefined
  /** For when the reply's body has not the length that it must have. */
  readonly otherwise: Forward
}

/** The reply is of no use: it is asked for otherwise. */
export interface Again {
  readonly action: 'again'
  readonly forward: Forward
}

/** Nothing stands in for the origin that could not be reached: its failure is the answer. */
export interface Fail {
  readonly action: 'fail'
  readonly because: 'nothing-stored' | 'must-revalidate' | 'too-stale'
}

export type Conclusion = Pass | ServeAfter | Combine | Again | Fail

/** What the reply to a forwarded request means; `undefined` when none came. */
export function conclude(
  forward: Forward,
  reply: ResponseHead | undefined,
  exchanged: Exchanged,
  rules: Rules,
): Conclusion {
  const { asked, because, candidate, conditions, completes } = forward
  if (!reply || failures.has(reply.status)) {
    const stand = standIn(forward, reply?.status, exchanged.responseAt, rules)
    if (typeof stand === 'object') return stand
    if (!reply) return { action: 'fail', because: stand }
  }
  const head = { ...reply, headers: withDate(reply.headers, exchanged.responseAt) }
  if (head.status === 304 && conditions === 'cache' && candidate) {
    if (!isAbout(head, candidate)) return { action: 'again', forward: unvalidated(forward) }
    return validated(forward, candidate, head, exchanged, rules)
  }
  const combined = candidate && combination(forward, candidate, head, exchanged, rules)
  if (combined) return combined
  if (completes && (head.status === 206 || head.status === 416)) {
    return { action: 'again', forward: untouched(because, asked) }
  }
  return pass(forward, head, exchanged, rules)
}

/** RFC 5861 §4. */
const failures: ReadonlySet<number> = new Set([500, 502, 503, 504])

function standIn(
  forward: Forward,
  status: number | undefined,
  now: number,
  rules: Rules,
): ServeAfter | Fail['because'] {
  const { candidate, asked } = forward
  const fields = requestFields(asked.headers)
  if (!candidate || !holdsWhatIsAsked(candidate, asked.method, fields, now)) return 'nothing-stored'
  const because = whyNoStandIn(candidate, fields, status === undefined, now, rules)
  if (because) return because
  const detail = status === undefined ? 'disconnected' : 'stale-if-error'
  const serve = served(candidate, forward, status, now, rules, detail)
  return { action: 'serve', serve, kept: undefined, drop: false }
}

/** RFC 9111 §4.3.3: a 304. */
function validated(
  forward: Forward,
  candidate: StoredResponse,
  reply: ResponseHead,
  exchanged: Exchanged,
  rules: Rules,
): ServeAfter {
  const { stored, admission } = freshen(forward.asked, candidate, reply, exchanged, rules)
  const serve = served(stored, forward, reply.status, exchanged.responseAt, rules)
  // A cookie that comes with the 304 is for this client, whatever becomes of the rest.
  for (const cookie of rules.storeSetCookie ? [] : fieldLines(reply.headers, 'set-cookie')) {
    serve.head.headers.push('Set-Cookie', cookie)
  }
  const kept = admission.storable ? admission : undefined
  return { action: 'serve', serve, kept, drop: isWithdrawn(admission) }
}

/** Whether the refusal is of the response, and not of who asked for it or what came with it. */
function isWithdrawn(admission: Admission): boolean {
  return !admission.storable && !incidental.has(admission.because)
}

const incidental: ReadonlySet<Refusal> = new Set([
  'request-no-store',
  'authorization',
  'cookie',
  'set-cookie',
  'vary-cookie',
])

function combination(
  forward: Forward,
  candidate: StoredResponse,
  reply: ResponseHead,
  exchanged: Exchanged,
  rules: Rules,
): Combine | undefined {
  const got = reply.status === 206 ? rangeOf(reply.headers) : undefined
  const combined = got && combine(candidate, fieldLines(reply.headers, 'etag')[0], got)
  if (!combined) return undefined
  const { range } = combined
  const { stored, admission } = freshen(forward.asked, candidate, reply, exchanged, rules)
  const joined = holding(stored, range, range.end - range.start + 1)
  const now = exchanged.responseAt
  const fields = requestFields(forward.asked.headers)
  if (!holdsWhatIsAsked(joined, forward.asked.method, fields, now)) return undefined
  return {
    action: 'combine',
    combination: combined,
    serve: served(joined, forward, reply.status, now, rules),
    kept: admission.storable ? { ...admission, stored: joined } : undefined,
    otherwise: untouched(forward.because, forward.asked),
  }
}

function served(
  stored: StoredResponse,
  { asked, because }: Forward,
  forwardStatus: number | undefined,
  now: number,
  rules: Rules,
  detail?: string,
): Serve {
  const answer = answerFrom(stored, asked.method, requestFields(asked.headers), now, rules)
  const status = { forward: because, forwardStatus, ttl: stored.freshUntil - now }
  const cacheStatus = detail === undefined ? status : { ...status, detail }
  return { action: 'serve', stored, ...answer, cacheStatus, renewal: undefined }
}

function pass(forward: Forward, reply: ResponseHead, exchanged: Exchanged, rules: Rules): Pass {
  const { asked, because, conditions } = forward
  const admission = admit(asked, reply, exchanged, rules)
  const headers = [...reply.headers]
  if (admission.storable) tellOurs(headers, admission.stored, exchanged.responseAt, rules)
  const had = conditions !== 'client' && hasAlready(asked, reply, exchanged)
  return {
    action: 'pass',
    head: had ? notModified(headers) : { status: reply.status, reason: reply.reason, headers },
    withBody: !had && asked.method !== 'HEAD',
    admission,
    ...consequence(forward, reply, admission, exchanged, rules),
    cacheStatus: { forward: because, forwardStatus: reply.status },
  }
}

/** What becomes of the candidate: described anew by HEAD, no longer so, or left as it is. */
function consequence(
  { asked, candidate }: Forward,
  reply: ResponseHead,
  admission: Admission,
  exchanged: Exchanged,
  rules: Rules,
): Pick<Pass, 'kept' | 'drop'> {
  if (!candidate) return { kept: undefined, drop: false }
  if (asked.method !== 'HEAD') {
    return { kept: undefined, drop: tellsOfNow(reply.status) && isWithdrawn(admission) }
  }
  if (reply.status !== 200) return { kept: undefined, drop: false }
  if (!describes(reply, candidate)) return { kept: undefined, drop: true }
  const fresh = freshen(asked, candidate, reply, exchanged, rules).admission
  return { kept: fresh.storable ? fresh : undefined, drop: isWithdrawn(fresh) }
}

/** Whether a status tells what the resource is now: what was stored before is then no more. */
function tellsOfNow(status: number): boolean {
  return status < 300 || status === 404 || status === 410
}

/** Whether the client's condition, which the request was sent without, makes the reply a 304. */
function hasAlready(asked: RequestHead, reply: ResponseHead, { responseAt }: Exchanged): boolean {
  const [etag] = fieldLines(reply.headers, 'etag')
  const [lastModified] = fieldLines(reply.headers, 'last-modified')
  const date = parseHttpDate(fieldLines(reply.headers, 'date')[0] ?? '', responseAt) ?? responseAt
  const response = { status: reply.status, etag, lastModified, date }
  return isNotModified(response, requestFields(asked.headers), responseAt)
}
