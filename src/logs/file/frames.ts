import type { Bytes } from '../../contracts/store.ts'
import { FrameReader } from '../../kernel/frame-reader.ts'
import { FrameWriter } from '../../kernel/frame-writer.ts'

/**
 * A segment is frames one after the other: length of the frame (uint32), kind (uint8), body, checksum
 * of all that. Numbers are float64. The first frame says in which version the others are.
 */
const kinds = { segment: 0, record: 1, release: 2 } as const
const formatVersion = 1
const headLength = 5
const checksumLength = 4
const numberLength = 8

/** Bytes that a record takes besides its own, and those that its release takes at most. */
export const recordOverhead: number = headLength + numberLength + checksumLength
export const releaseOverhead: number = headLength + numberLength + checksumLength

const writer = new FrameWriter()

export function segmentFrame(): Bytes {
  begin(kinds.segment, 1)
  writer.uint8(formatVersion)
  return writer.finish()
}

export function recordFrame(number: number, bytes: Bytes): Bytes {
  begin(kinds.record, numberLength + bytes.length)
  writer.float64(number)
  return writer.finish(bytes)
}

export function releaseFrame(numbers: readonly number[]): Bytes {
  begin(kinds.release, numberLength * numbers.length)
  for (const number of numbers) writer.float64(number)
  return writer.finish()
}

function begin(kind: number, bodyLength: number): void {
  writer.begin(headLength + bodyLength + checksumLength)
  writer.uint8(kind)
}

export interface SegmentContent {
  /** Bytes of each record, by its number. */
  readonly records: Map<number, Bytes>
  readonly released: number[]
  /** Why nothing was read beyond `length`; a frame that a crash cut off is no damage. */
  readonly end: 'complete' | 'cut off' | 'damaged' | 'foreign'
  /** Bytes up to there. */
  readonly length: number
}

/** What a segment says, up to the first frame that is not whole. */
export function readSegment(bytes: Bytes): SegmentContent {
  const records = new Map<number, Bytes>()
  const released: number[] = []
  let at = 0
  const ended = (end: SegmentContent['end']) => ({ records, released, end, length: at })
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  while (at < bytes.length) {
    const left = bytes.length - at
    const length = left < headLength ? headLength : view.getUint32(at, true)
    if (length > left) return ended('cut off')
    if (length < headLength + checksumLength) return ended('damaged')
    const reader = new FrameReader(bytes.subarray(at, at + length))
    if (!reader.intact) return ended('damaged')
    reader.uint32()
    const kind = reader.uint8()
    if (kind === kinds.segment) {
      if (reader.uint8() !== formatVersion) return ended('foreign')
    } else if (at === 0) return ended('foreign')
    else if (kind === kinds.record) records.set(reader.float64(), reader.rest())
    else while (reader.intact && !reader.finished) released.push(reader.float64())
    at += length
  }
  return ended('complete')
}
