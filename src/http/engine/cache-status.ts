import { writeString } from './structured-field.ts'

/** Why a request went to the origin (RFC 9211 §2.2). */
export type ForwardReason =
  /** The rules do not let this request be answered from the cache. */
  | 'bypass'
  /** The method has to reach the origin. */
  | 'method'
  /** Nothing is stored for the URL. */
  | 'uri-miss'
  /** Something is stored for the URL, but not for a request with these fields. */
  | 'vary-miss'
  /** Nothing that is stored can answer. */
  | 'miss'
  /** The request asks for something newer, as by a reload. */
  | 'request'
  /** What is stored is stale. */
  | 'stale'
  /** Only a part of what is asked for is stored. */
  | 'partial'

/** One cache's part in answering a request (RFC 9211 §2). */
export interface CacheStatus {
  /** Answered without the origin. */
  readonly hit?: boolean
  /** Why the origin was asked. */
  readonly forward?: ForwardReason
  /** The status that the origin answered with. */
  readonly forwardStatus?: number | undefined
  /** Whether the reply was stored. */
  readonly stored?: boolean
  /** Whether the reply to another's request was shared. */
  readonly collapsed?: boolean
  /** Freshness that is left: milliseconds here, seconds in the field; negative when it is stale. */
  readonly ttl?: number
  /** Under which the response is stored. */
  readonly key?: string
  /** What none of the others says. */
  readonly detail?: string
}

/** The member of `Cache-Status` of the cache called `name`: a line of its own, after those that are there. */
export function writeCacheStatus(name: string, status: CacheStatus): string {
  let text = token.test(name) ? name : writeString(name)
  if (status.hit) text += '; hit'
  if (status.forward !== undefined) text += `; fwd=${status.forward}`
  if (status.forwardStatus !== undefined) text += `; fwd-status=${status.forwardStatus}`
  if (status.stored) text += '; stored'
  if (status.collapsed) text += '; collapsed'
  if (status.ttl !== undefined) text += `; ttl=${seconds(status.ttl)}`
  if (status.key !== undefined) text += `; key=${writeString(status.key)}`
  if (status.detail !== undefined) text += `; detail=${writeString(status.detail)}`
  return text
}

const token = /^[A-Za-z*][\w!#$%&'*+.^`|~:/-]*$/
/** The largest whole number of a structured field (RFC 9651 §3.3.1). */
const largest = 999_999_999_999_999

function seconds(duration: number): number {
  return Math.min(largest, Math.max(-largest, Math.floor(duration / 1000)))
}
