import type { RequestHead } from '../message.ts'
import type { ForwardReason } from './cache-status.ts'
import { askForRest } from './combine.ts'
import { barred } from './credentials.ts'
import { withoutFields } from './fields.ts'
import type { RequestFields } from './request-fields.ts'
import type { Rules } from './rules.ts'
import type { StoredResponse } from './stored-response.ts'
import { unconditional, validating } from './validation.ts'

/** Sent on to the origin; `conclude` says what its reply means. */
export interface Forward {
  readonly action: 'forward'
  readonly because: ForwardReason
  /** What to send. */
  readonly request: RequestHead
  /** What the client asked. */
  readonly asked: RequestHead
  /** What is stored for it: revalidated, completed, or served when the origin fails. */
  readonly candidate: StoredResponse | undefined
  /** Whose conditions `request` has: a 304 is for the client, or about the candidate. */
  readonly conditions: 'client' | 'cache' | 'none'
  /** Whether `request` asks for the rest of the candidate (RFC 9111 §3.4). */
  readonly completes: boolean
}

/** The request as it came, where nothing stored plays a part. */
export function untouched(because: ForwardReason, asked: RequestHead): Forward {
  const request = asked
  const alone = { candidate: undefined, conditions: 'client', completes: false } as const
  return { action: 'forward', because, request, asked, ...alone }
}

/** What to ask the origin, given what is stored. */
export function forwarding(
  because: ForwardReason,
  asked: RequestHead,
  fields: RequestFields,
  candidate: StoredResponse | undefined,
  rules: Rules,
): Forward {
  const forward = { ...untouched(because, asked), candidate }
  const rest = candidate && askForRest(candidate, asked, fields)
  if (rest) return { ...forward, request: rest, conditions: 'none', completes: true }
  const validation = candidate && because !== 'partial' ? validating(asked, candidate) : undefined
  if (validation) return { ...forward, request: validation, conditions: 'cache' }
  if (!isToFill(asked, fields, rules)) return forward
  return { ...forward, request: unconditional(asked), conditions: 'none' }
}

/** What is stale and was served: validated in the background, for nobody in particular. */
export function renewing(stored: StoredResponse, asked: RequestHead): Forward {
  const headers = withoutFields(asked.headers, ofOneClient)
  const request = { ...asked, method: 'GET', headers }
  const validation = validating(request, stored)
  return {
    ...untouched('stale', request),
    request: validation ?? request,
    candidate: stored,
    conditions: validation ? 'cache' : 'none',
  }
}

const ofOneClient: ReadonlySet<string> = new Set([
  'cache-control',
  'if-modified-since',
  'if-none-match',
  'if-range',
  'pragma',
  'range',
])

/** The same without condition, when the 304 was about something else. */
export function unvalidated({ because, asked, candidate }: Forward): Forward {
  const request = unconditional(asked)
  return { ...untouched(because, asked), request, candidate, conditions: 'none' }
}

/**
 * With a lifetime of the server's own a full response is worth more than a 304 for one client:
 * without one, clients that revalidate would keep a purged page out for ever.
 */
function isToFill(asked: RequestHead, fields: RequestFields, rules: Rules): boolean {
  if (rules.ttl === undefined || asked.method !== 'GET') return false
  return barred({ source: 'ttl', authorized: false }, fields, rules) === undefined
}
