import type { RequestHead } from '../message.ts'
import { heldRange } from './answer.ts'
import { isStrong, isStronglySame } from './entity-tag.ts'
import { withField } from './fields.ts'
import { type ByteRange, parseRange, resolveRange } from './range.ts'
import type { RequestFields } from './request-fields.ts'
import type { StoredResponse } from './stored-response.ts'

/** How a body is made of the stored one and of a reply's. */
export interface Combination {
  readonly range: ByteRange
  /** The length that the reply's body must have: with another nothing can be made of it. */
  readonly replyLength: number
  /** In order; `start` and `end` (not included) within the body named. */
  readonly pieces: readonly Piece[]
}

export interface Piece {
  readonly of: 'stored' | 'reply'
  readonly start: number
  readonly end: number
}

/** What the stored part and the part that a reply brings make together, where they are of one representation and touch (RFC 9111 §3.4). */
export function combine(
  stored: StoredResponse,
  etag: string | undefined,
  got: ByteRange,
): Combination | undefined {
  const held = heldRange(stored)
  if (!held || held.size !== got.size || !isStronglySame(stored.etag, etag)) return undefined
  if (held.start > got.end + 1 || got.start > held.end + 1) return undefined
  const replyLength = got.end - got.start + 1
  const pieces: Piece[] = [{ of: 'reply', start: 0, end: replyLength }]
  if (held.start < got.start) {
    pieces.unshift({ of: 'stored', start: 0, end: got.start - held.start })
  }
  if (held.end > got.end) {
    const start = got.end + 1 - held.start
    pieces.push({ of: 'stored', start, end: held.end + 1 - held.start })
  }
  const [start, end] = [Math.min(held.start, got.start), Math.max(held.end, got.end)]
  return { range: { start, end, size: got.size }, replyLength, pieces }
}

/**
 * A request for what the stored part lacks of what is asked, on condition that the representation
 * is still the same; `undefined` where that is not one range, or nothing tells whether it is.
 */
export function askForRest(
  stored: StoredResponse,
  request: RequestHead,
  asked: RequestFields,
): RequestHead | undefined {
  const { range: held, etag } = stored
  if (!held || etag === undefined || !isStrong(etag) || request.method !== 'GET') return undefined
  if (asked.ifNoneMatch !== undefined || asked.ifModifiedSince !== undefined) return undefined
  if (asked.ifRange !== undefined && asked.ifRange !== etag) return undefined
  const rest = lacking(held, asked.range)
  if (!rest) return undefined
  const range = `bytes=${rest.start}-${rest.end === held.size - 1 ? '' : rest.end}`
  const headers = withField(withField(request.headers, 'Range', range), 'If-Range', etag)
  return { ...request, headers }
}

function lacking(held: ByteRange, asked: string | undefined): ByteRange | undefined {
  const { size } = held
  const spec = asked === undefined ? { start: 0, end: undefined } : parseRange(asked)
  const wanted = spec && resolveRange(spec, size)
  if (!wanted) return undefined
  const after = wanted.start >= held.start && wanted.start <= held.end + 1
  if (after && wanted.end > held.end) return { start: held.end + 1, end: wanted.end, size }
  const before = wanted.end <= held.end && wanted.end >= held.start - 1
  if (before && wanted.start < held.start) {
    return { start: wanted.start, end: held.start - 1, size }
  }
  return undefined
}
