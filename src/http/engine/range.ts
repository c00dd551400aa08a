import type { FieldLines } from '../message.ts'
import { fieldLines, listMembers, trimmed } from './fields.ts'

/** Bytes `start` to `end`, both included, of `size` in all (RFC 9110 §14.4). */
export interface ByteRange {
  readonly start: number
  readonly end: number
  readonly size: number
}

/** What a request asks for: from `start` on (up to `end`, included), or the last `suffix` bytes (RFC 9110 §14.1.2). */
export type RangeSpec =
  | { readonly start: number; readonly end: number | undefined }
  | { readonly suffix: number }

/** The one range of bytes that `Range` asks for; `undefined` for none, several or what is no range: it is then ignored. */
export function parseRange(value: string | undefined): RangeSpec | undefined {
  if (value === undefined || !/^bytes=/i.test(value)) return undefined
  const [spec, ...others] = listMembers(value.slice('bytes='.length))
  const match = others.length > 0 ? null : /^(\d{0,15})-(\d{0,15})$/.exec(spec ?? '')
  if (!match) return undefined
  const [, first, last] = match
  if (first === '') return last === '' ? undefined : { suffix: Number(last) }
  const [start, end] = [Number(first), last === '' ? undefined : Number(last)]
  return end !== undefined && end < start ? undefined : { start, end }
}

/** The bytes meant where there are `size`, or `undefined` where there are none of them (RFC 9110 §14.1.1). */
export function resolveRange(spec: RangeSpec, size: number): ByteRange | undefined {
  if ('suffix' in spec) {
    if (spec.suffix === 0 || size === 0) return undefined
    return { start: Math.max(0, size - spec.suffix), end: size - 1, size }
  }
  if (spec.start >= size) return undefined
  return { start: spec.start, end: Math.min(spec.end ?? Infinity, size - 1), size }
}

/** What a 206 says to be, where it is one part and says of how much (RFC 9110 §14.4). */
export function rangeOf(headers: FieldLines): ByteRange | undefined {
  const lines = fieldLines(headers, 'content-range')
  const match = /^bytes (\d{1,15})-(\d{1,15})\/(\d{1,15})$/i.exec(trimmed(lines[0] ?? ''))
  if (lines.length !== 1 || !match) return undefined
  const [start, end, size] = [Number(match[1]), Number(match[2]), Number(match[3])]
  return start <= end && end < size ? { start, end, size } : undefined
}

export function writeContentRange({ start, end, size }: ByteRange): string {
  return `bytes ${start}-${end}/${size}`
}
