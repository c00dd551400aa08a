import { fieldLines, fieldValue, isName, withField, withoutFields } from '../engine/fields.ts'
import type { FieldLines } from '../message.ts'
import { unionOf } from './vary.ts'

/** The fields of a response of which a cache in the middle of a chain has to tell two kinds. */
export interface SplitFields {
  /** Of the page: stored, and the same for all; or what says that it must not be. */
  readonly page: FieldLines
  /** Of this response alone, whatever becomes of the page. */
  readonly own: FieldLines
}

/** What is about the page itself and its caching counts wherever in the chain it was set. */
const ofPage =
  /^(?:vary|cache-control|expires|pragma|etag|last-modified|surrogate-(?:control|key)|cache-(?:tag|groups)|.*-cache-control|no-vary-search|content-(?!security-policy).*|transfer-encoding)$/
/** What is of the moment wherever it was set; trailers come with one message alone (RFC 9110 §6.5.1). */
const ofMoment =
  /^(?:(?:x-)?request-id|(?:x-)?correlation-id|traceresponse|server-timing|x-response-time|x-runtime|(?:x-)?ratelimit(?:-.*)?|trailer)$/
const nonce = /'nonce-/i

/**
 * Divides the fields of a response that came through the cache: what was set before the cache ran, and
 * has not been changed since, belongs to this response, as the next one will get it anew. What was set
 * after it will not, as nothing behind the cache runs then: that is the page's. A policy with a nonce is
 * the page's in any case: the page has the nonce in it. A cookie is on both sides: who is given one may find it, or
 * what it stands for, in the page. What was set before and taken away behind the cache is back on a hit.
 */
export function splitFields(before: FieldLines, after: FieldLines): SplitFields {
  if (before.length === 0 && !hasMomentary(after)) return { page: after, own: [] }
  const page: string[] = []
  const own: string[] = []
  for (let i = 0; i < after.length; i += 2) {
    const name = after[i] as string
    const value = after[i + 1] as string
    const lower = name.toLowerCase()
    const kept = !ofPage.test(lower) && !nonce.test(value) && isSame(before, after, lower, value)
    const isOwn = ofMoment.test(lower) || kept
    if (isOwn) own.push(name, value)
    if (!isOwn || lower === 'set-cookie') page.push(name, value)
  }
  return { page, own }
}

/** The answer's fields, and those of this response alone that it says nothing of. */
export function joinFields(answer: FieldLines, own: FieldLines): FieldLines {
  if (own.length === 0) return answer
  const vary = fieldValue(own, 'vary')
  const joined = [...withoutCookies(withoutFields(own, saidIn(answer)), answer), ...answer]
  return vary === undefined
    ? joined
    : withField(joined, 'Vary', unionOf(vary, fieldValue(answer, 'vary') ?? ''))
}

/** Answers are given again and again. */
const said = new WeakMap<FieldLines, ReadonlySet<string>>()

/** The names, in lower case, of what an answer says for all; of cookies each speaks for itself. */
function saidIn(answer: FieldLines): ReadonlySet<string> {
  const known = said.get(answer)
  if (known !== undefined) return known
  const names = new Set<string>()
  for (let i = 0; i < answer.length; i += 2) names.add((answer[i] as string).toLowerCase())
  names.delete('set-cookie')
  said.set(answer, names)
  return names
}

/** Without the cookies that the answer sets as well. */
function withoutCookies(own: string[], answer: FieldLines): string[] {
  const cookies = fieldLines(answer, 'set-cookie')
  if (cookies.length === 0) return own
  return own.flatMap((name, i) => {
    if (i % 2 === 1) return []
    const value = own[i + 1] as string
    return isName(name, 'set-cookie') && cookies.includes(value) ? [] : [name, value]
  })
}

function hasMomentary(lines: FieldLines): boolean {
  return lines.some((name, i) => i % 2 === 0 && ofMoment.test(name.toLowerCase()))
}

/** Whether a field is as it was: each cookie for itself, all else as a whole. */
function isSame(before: FieldLines, after: FieldLines, name: string, value: string): boolean {
  if (name !== 'set-cookie') return fieldValue(before, name) === fieldValue(after, name)
  return before.some(
    (line, i) => i % 2 === 1 && line === value && isName(before[i - 1] as string, name),
  )
}
