import { fieldLines, withoutFields } from './fields.ts'
import { type ByteRange, writeContentRange } from './range.ts'
import type { Rules } from './rules.ts'
import type { StoredResponse } from './stored-response.ts'

/**
 * `stored` with the length of its body, now that it has come in full; `undefined` when it is not the
 * body that was announced, or too long to be kept: a truncated one is never stored (RFC 9111 §3.3).
 */
export function complete(
  stored: StoredResponse,
  bodyLength: number,
  rules: Rules,
): StoredResponse | undefined {
  const announced = fieldLines(stored.headers, 'content-length')
  if (bodyLength > rules.maxBodyBytes) return undefined
  if (announced.some((length) => Number(length) !== bodyLength)) return undefined
  const { range } = stored
  if (!range) return holding(stored, undefined, bodyLength)
  if (bodyLength === 0 || bodyLength > range.end - range.start + 1) return undefined
  // A message that is whole, but shorter than its `Content-Range` says, holds the first bytes of it.
  return holding(stored, { ...range, end: range.start + bodyLength - 1 }, bodyLength)
}

/** The same, as what its body is: a part of a representation, or all of it. */
export function holding(
  stored: StoredResponse,
  range: ByteRange | undefined,
  bodyLength: number,
): StoredResponse {
  const whole = range === undefined || (range.start === 0 && range.end === range.size - 1)
  const headers = withoutFields(stored.headers, range ? ofBody : ofLength)
  if (!whole) headers.push('Content-Range', writeContentRange(range))
  if (stored.status !== 204) headers.push('Content-Length', `${bodyLength}`)
  return {
    ...stored,
    ...(range ? (whole ? { status: 200, reason: 'OK' } : partial) : undefined),
    headers,
    bodyLength,
    range: whole ? undefined : range,
  }
}

const partial = { status: 206, reason: 'Partial Content' }
const ofLength: ReadonlySet<string> = new Set(['content-length'])
const ofBody: ReadonlySet<string> = new Set(['content-length', 'content-range'])
