import { type Admission, type Admitted, admit } from '../../../src/http/engine/admission.ts'
import { complete } from '../../../src/http/engine/completion.ts'
import { type Decision, decide, type Serve } from '../../../src/http/engine/decision.ts'
import { fieldLines } from '../../../src/http/engine/fields.ts'
import type { Forward } from '../../../src/http/engine/forwarding.ts'
import { formatHttpDate } from '../../../src/http/engine/http-date.ts'
import { profiles, type Rules } from '../../../src/http/engine/rules.ts'
import type { StoredResponse } from '../../../src/http/engine/stored-response.ts'
import type { FieldLines, RequestHead, ResponseHead } from '../../../src/http/message.ts'

/** The instant at which every scene begins. */
export const start: number = Date.UTC(2026, 10, 22, 12)
export const url = 'https://example.test/page'
export const rfc: Rules = profiles.rfc
export const safe: Rules = profiles.safe
export const second = 1000

export type Fields = Readonly<Record<string, string | readonly string[]>>

export function lines(fields: Fields): FieldLines {
  return Object.entries(fields).flatMap(([name, value]) =>
    typeof value === 'string' ? [name, value] : value.flatMap((each) => [name, each]),
  )
}

export function request(fields: Fields = {}, method = 'GET', target: string = url): RequestHead {
  return { method, url: target, headers: lines(fields) }
}

export function response(fields: Fields = {}, status = 200): ResponseHead {
  return { status, reason: '', headers: lines(fields) }
}

/** Seconds from the start, as a date. */
export function date(seconds: number): string {
  return formatHttpDate(start + seconds * second)
}

/** Exchanged in no time, `seconds` after the start. */
export function exchanged(seconds = 0): { requestAt: number; responseAt: number } {
  const at = start + seconds * second
  return { requestAt: at, responseAt: at }
}

export interface Circumstances {
  readonly status?: number
  readonly asked?: RequestHead
  readonly rules?: Rules
  /** Seconds after the start. */
  readonly at?: number
}

export function admission(
  fields: Fields,
  { status = 200, asked = request(), rules = rfc, at = 0 }: Circumstances = {},
): Admission {
  return admit(asked, response(fields, status), exchanged(at), rules)
}

/** What is stored of a response whose body has ten bytes, unless it says otherwise. */
export function stored(
  fields: Fields,
  options: Circumstances & { readonly length?: number } = {},
): StoredResponse {
  const admitted = admission(fields, options)
  if (!admitted.storable) throw new Error(`Not storable: ${admitted.because}`)
  const whole = complete(admitted.stored, options.length ?? 10, options.rules ?? rfc)
  if (!whole) throw new Error('Not complete')
  return whole
}

/** `stored`, with when it goes and its tags. */
export function admitted(result: Admission): Admitted {
  if (!result.storable) throw new Error(`Not storable: ${result.because}`)
  return result
}

/** The decision on a request, `seconds` after the start. */
export function decided(
  seconds: number,
  asked: RequestHead,
  ...kept: readonly StoredResponse[]
): Decision {
  return decide(kept, asked, start + seconds * second, rfc)
}

/** What a decision comes down to: `hit`, the status of a refusal, or why it is forwarded. */
export function outcome(decision: Decision): string {
  if (decision.action === 'forward') return decision.because
  return decision.action === 'refuse' ? `${decision.head.status}` : 'hit'
}

export function asServe(decision: { readonly action: string }): Serve {
  if (decision.action !== 'serve') throw new Error(`Not served: ${decision.action}`)
  return decision as Serve
}

export function asForward(decision: Decision): Forward {
  if (decision.action !== 'forward') throw new Error(`Not forwarded: ${decision.action}`)
  return decision
}

/** The one line of a field, or `undefined`. */
export function line(head: { readonly headers: FieldLines }, name: string): string | undefined {
  const found = fieldLines(head.headers, name.toLowerCase())
  if (found.length > 1) throw new Error(`${found.length} lines of ${name}`)
  return found[0]
}

/** All lines of a field. */
export function fieldsNamed(head: { readonly headers: FieldLines }, name: string): string[] {
  return fieldLines(head.headers, name.toLowerCase())
}
