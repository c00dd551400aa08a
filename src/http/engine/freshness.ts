import type { FieldLines, ResponseHead } from '../message.ts'
import { type CacheControl, parseSeconds } from './cache-control.ts'
import { fieldLines, listMembers } from './fields.ts'
import { parseHttpDate } from './http-date.ts'
import type { Rules } from './rules.ts'

/** Where a lifetime comes from: the response, `Rules.ttl`, or a guess (RFC 9111 §4.2.2). */
export type LifetimeSource = 'declared' | 'ttl' | 'heuristic' | 'none'

/** When a request was sent and its response began, epoch milliseconds. */
export interface Exchanged {
  readonly requestAt: number
  readonly responseAt: number
}

/** What governs a response: of `Cache-Control`, or of a targeted field. */
export interface Governing {
  readonly control: Readonly<CacheControl>
  readonly targeted: boolean
}

/** How long a response is fresh; all in milliseconds. */
export interface Freshness {
  /** When it was made: its `Date`, or when it came. */
  readonly date: number
  readonly lifetime: number
  readonly source: LifetimeSource
  /** Its age when it came (RFC 9111 §4.2.3). */
  readonly initialAge: number
  /** From this instant it is stale. */
  readonly freshUntil: number
}

/** Statuses whose freshness may be guessed (RFC 9110 §15.1). */
export const heuristicStatuses: ReadonlySet<number> = new Set([
  200, 203, 204, 206, 300, 301, 308, 404, 405, 410, 414, 501,
])
/** RFC 9111 §4.2.2 suggests a tenth; nothing is guessed to be fresh for longer than a day. */
const heuristicShare = 0.1
const longestGuess = 86_400_000

export function freshnessOf(
  response: ResponseHead,
  { control, targeted }: Governing,
  { requestAt, responseAt }: Exchanged,
  rules: Rules,
): Freshness {
  const { headers } = response
  const date = dateIn(headers, 'date', responseAt) ?? responseAt
  const age = ageIn(headers) + Math.max(0, responseAt - requestAt)
  const initialAge = Math.max(0, responseAt - date, age)
  const freshness = (lifetime: number, source: LifetimeSource) => ({
    date,
    lifetime,
    source,
    initialAge,
    // Our own lifetime counts from when the response came: a page that was slow is not older for it.
    freshUntil: responseAt + lifetime - (source === 'ttl' ? 0 : initialAge),
  })
  const declared = declaredLifetime(headers, control, targeted, date, rules.shared)
  if (declared !== undefined)
    return freshness(Math.min(declared, rules.ttl ?? Infinity), 'declared')
  if (control.noCache === true) return freshness(0, 'none')
  if (rules.ttl !== undefined) {
    const mayHaveIt = rules.statuses.includes(response.status) && !isEndless(headers)
    return mayHaveIt ? freshness(rules.ttl, 'ttl') : freshness(0, 'none')
  }
  const modified = dateIn(headers, 'last-modified', date)
  const guessable = heuristicStatuses.has(response.status) || control.public
  if (!guessable || modified === undefined || modified >= date) return freshness(0, 'none')
  return freshness(Math.min((date - modified) * heuristicShare, longestGuess), 'heuristic')
}

/** A stream of news, which would keep whoever waits for its end waiting for ever. */
function isEndless(headers: FieldLines): boolean {
  const [type = ''] = fieldLines(headers, 'content-type')
  return /^(?:text\/event-stream|multipart\/x-mixed-replace)\b/i.test(type)
}

/** RFC 9111 §4.2.1. */
function declaredLifetime(
  headers: FieldLines,
  control: Readonly<CacheControl>,
  targeted: boolean,
  date: number,
  shared: boolean,
): number | undefined {
  if (shared && control.sMaxAge !== undefined) return control.sMaxAge * 1000
  if (control.maxAge !== undefined) return control.maxAge * 1000
  // A targeted field stands for `Expires` too (RFC 9213 §2.1).
  const lines = targeted ? [] : fieldLines(headers, 'expires')
  if (lines.length === 0) return undefined
  // What is no date, or said twice, is in the past (§5.3).
  const expires = lines.length === 1 ? parseHttpDate(lines[0] as string, date) : undefined
  return expires === undefined ? 0 : Math.max(0, expires - date)
}

function dateIn(headers: FieldLines, name: string, now: number): number | undefined {
  const lines = fieldLines(headers, name)
  return lines.length === 1 ? parseHttpDate(lines[0] as string, now) : undefined
}

/** The first number said, where one is (RFC 9111 §5.1); milliseconds. */
function ageIn(headers: FieldLines): number {
  const [first] = listMembers(fieldLines(headers, 'age')[0])
  return (parseSeconds(first) ?? 0) * 1000
}

/** How old a response is now (RFC 9111 §4.2.3). */
export function ageAt(
  stored: { readonly initialAge: number; readonly responseAt: number },
  now: number,
): number {
  return stored.initialAge + Math.max(0, now - stored.responseAt)
}
