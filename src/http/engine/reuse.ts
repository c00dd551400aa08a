import { holdsWhatIsAsked } from './answer.ts'
import type { ForwardReason } from './cache-status.ts'
import { ageAt } from './freshness.ts'
import type { RequestFields } from './request-fields.ts'
import type { Rules } from './rules.ts'
import type { StoredResponse } from './stored-response.ts'

/** Why what is stored does not answer without the origin; `undefined` when it does (RFC 9111 §4). */
export function whyNot(
  stored: StoredResponse,
  method: string,
  asked: RequestFields,
  now: number,
  rules: Rules,
): ForwardReason | undefined {
  if (!holdsWhatIsAsked(stored, method, asked, now)) return 'partial'
  if (!rules.heedFreshness) return undefined
  if (rules.heedReload && isNotGoodEnough(stored, asked, now)) return 'request'
  if (stored.noCache) return 'stale'
  if (now < stored.freshUntil || isToBeRenewed(stored, asked, now, rules)) return undefined
  const staleness = now - stored.freshUntil
  const { maxStale } = asked.control
  const accepted = maxStale !== undefined && staleness <= maxStale * 1000
  return accepted && !stored.mustRevalidate ? undefined : 'stale'
}

/** What the client will have nothing older than (RFC 9111 §5.2.1). */
function isNotGoodEnough(stored: StoredResponse, { control }: RequestFields, now: number): boolean {
  const { noCache, maxAge, minFresh } = control
  if (noCache !== false) return true
  if (minFresh !== undefined && stored.freshUntil - now < minFresh * 1000) return true
  if (maxAge === undefined) return false
  // RFC 8246 §2: what never changes needs no validation while it is fresh, unless by `no-cache`.
  if (stored.immutable && now < stored.freshUntil) return false
  return maxAge === 0 || ageAt(stored, now) > maxAge * 1000
}

/**
 * RFC 5861 §3: stale, and served for the time that a renewal takes. With the credentials of who wants
 * nothing of its exchange stored (RFC 9111 §5.2.1.5) nothing is renewed.
 */
export function isToBeRenewed(
  stored: StoredResponse,
  asked: RequestFields,
  now: number,
  rules: Rules,
): boolean {
  if (!rules.renewInBackground || asked.control.noStore) return false
  const staleness = now - stored.freshUntil
  return staleness >= 0 && staleness < stored.staleWhileRevalidate
}

/** Why what is stored does not stand in for an origin that failed; `undefined` when it does. */
export function whyNoStandIn(
  stored: StoredResponse,
  asked: RequestFields,
  unreachable: boolean,
  now: number,
  rules: Rules,
): 'must-revalidate' | 'too-stale' | undefined {
  if (stored.noCache) return 'must-revalidate'
  const staleness = Math.max(0, now - stored.freshUntil)
  if (staleness < stored.staleIfError) return undefined
  if (stored.mustRevalidate && now >= stored.freshUntil) return 'must-revalidate'
  // RFC 9111 §4.2.4: disconnected; RFC 5861 §4: the client accepts it.
  const accepted = (asked.control.staleIfError ?? 0) * 1000
  const allowed = unreachable ? Math.max(accepted, rules.staleOnDisconnect) : accepted
  return staleness < allowed ? undefined : 'too-stale'
}
