import type { RequestHead } from '../message.ts'
import { type Answer, answerFrom, type FreshHead, holdsWhatIsAsked } from './answer.ts'
import type { CacheStatus, ForwardReason } from './cache-status.ts'
import { barred } from './credentials.ts'
import { type Forward, forwarding, renewing, untouched } from './forwarding.ts'
import { type RequestFields, requestFields } from './request-fields.ts'
import { isToBeRenewed, whyNot } from './reuse.ts'
import type { Rules } from './rules.ts'
import { matches } from './selection.ts'
import type { StoredResponse } from './stored-response.ts'

/** Answered from what is stored. */
export interface Serve extends Answer {
  readonly action: 'serve'
  readonly stored: StoredResponse
  readonly cacheStatus: CacheStatus
  /** To be sent in the background: what was served is stale (RFC 5861 §3). */
  readonly renewal: Forward | undefined
}

/** Answered without origin and without body: 504 to `only-if-cached`. */
export interface Refuse {
  readonly action: 'refuse'
  readonly head: FreshHead
  readonly cacheStatus: CacheStatus
}

export type Decision = Serve | Forward | Refuse

/** What to do with a request, given all that is stored for its URL (RFC 9111 §4). */
export function decide(
  stored: readonly StoredResponse[],
  request: RequestHead,
  now: number,
  rules: Rules,
): Decision {
  const { method } = request
  if (method !== 'GET' && method !== 'HEAD') return untouched('method', request)
  const asked = requestFields(request.headers)
  const chosen = choose(stored, request, asked, now, rules)
  if (typeof chosen === 'string') return decline(chosen, request, asked, undefined, rules)
  const because = isForOrigin(asked) ? 'request' : whyNot(chosen, method, asked, now, rules)
  if (because !== undefined) return decline(because, request, asked, chosen, rules)
  const renewal = isToBeRenewed(chosen, asked, now, rules) ? renewing(chosen, request) : undefined
  const cacheStatus = { hit: true, ttl: chosen.freshUntil - now }
  const answer = answerFrom(chosen, method, asked, now, rules)
  return { action: 'serve', stored: chosen, ...answer, cacheStatus, renewal }
}

function decline(
  because: ForwardReason,
  request: RequestHead,
  asked: RequestFields,
  candidate: StoredResponse | undefined,
  rules: Rules,
): Forward | Refuse {
  if (asked.control.onlyIfCached) {
    // RFC 9111 §5.2.1.7.
    const head = { status: 504, reason: 'Gateway Timeout', headers: ['Content-Length', '0'] }
    return { action: 'refuse', head, cacheStatus: { detail: because } }
  }
  if (isForOrigin(asked)) return untouched(because, request)
  return forwarding(because, request, asked, candidate, rules)
}

/** Conditions that protect what the origin has now: what is stored says nothing about it (RFC 9111 §4.3.2). */
function isForOrigin({ ifMatch, ifUnmodifiedSince }: RequestFields): boolean {
  return ifMatch !== undefined || ifUnmodifiedSince !== undefined
}

/** Of what answers the request, the newest that holds what is asked (RFC 9111 §4), or why there is none. */
function choose(
  stored: readonly StoredResponse[],
  request: RequestHead,
  asked: RequestFields,
  now: number,
  rules: Rules,
): StoredResponse | ForwardReason {
  let best: StoredResponse | undefined
  let reason: ForwardReason = 'uri-miss'
  for (const each of stored) {
    if (!matches(each.selecting, request, rules)) {
      if (reason === 'uri-miss') reason = 'vary-miss'
    } else if (barred(each, asked, rules)) reason = 'bypass'
    else if (best === undefined) best = each
    else {
      const holds = holdsWhatIsAsked(each, request.method, asked, now)
      const bestHolds = holdsWhatIsAsked(best, request.method, asked, now)
      if (holds === bestHolds ? isNewer(each, best) : holds) best = each
    }
  }
  return best ?? reason
}

function isNewer(a: StoredResponse, b: StoredResponse): boolean {
  return a.date === b.date ? a.responseAt > b.responseAt : a.date > b.date
}
