import type { Bytes } from '../contracts/store.ts'
import { checksum } from '../kernel/checksum.ts'

/**
 * What one append writes: checksum of the rest (4 bytes), length (3) and kind (1), origin (4),
 * number (4), payload; integers little-endian. Origin and number let a publisher find its own
 * message among those that others appended meanwhile.
 */
export interface Frame {
  readonly kind: FrameKind
  /** Who wrote it, drawn at random. */
  readonly origin: number
  /** Counts the messages of the origin. */
  readonly number: number
  /** A view of the bytes that were parsed. */
  readonly payload: Bytes
  /** Offset of what follows the frame. */
  readonly end: number
}

/** A seal ends a file: what follows it was written too late. */
export type FrameKind = 'message' | 'seal'

export const maxPayload = 65_536
const headerLength = 16

/** No frame begins with zeros, as a file may end with after the machine has lost power. */
const kinds: readonly (FrameKind | undefined)[] = [undefined, 'message', 'seal']

/** As long as the longest frame: whatever frame it is written into is complete after it, and damaged. */
export const filler: Bytes = new Uint8Array(headerLength + maxPayload)

export function writeFrame(
  kind: FrameKind,
  origin: number,
  number: number,
  payload: Bytes = new Uint8Array(0),
): Bytes {
  const frame = Buffer.allocUnsafe(headerLength + payload.length)
  frame.writeUIntLE(payload.length, 4, 3)
  frame.writeUInt8(kinds.indexOf(kind), 7)
  frame.writeUInt32LE(origin, 8)
  frame.writeUInt32LE(number, 12)
  frame.set(payload, headerLength)
  frame.writeUInt32LE(checksum(frame.subarray(4)), 0)
  return frame
}

/** The frame at an offset; `'incomplete'` where the rest of it may only not have been written yet. */
export function readFrame(bytes: Buffer, at: number): Frame | 'incomplete' | 'damaged' {
  const start = at + headerLength
  if (start > bytes.length) return 'incomplete'
  const length = bytes.readUIntLE(at + 4, 3)
  const kind = kinds[bytes.readUInt8(at + 7)]
  if (kind === undefined || length > maxPayload) return 'damaged'
  const end = start + length
  if (end > bytes.length) return 'incomplete'
  if (checksum(bytes.subarray(at + 4, end)) !== bytes.readUInt32LE(at)) return 'damaged'
  return {
    kind,
    origin: bytes.readUInt32LE(at + 8),
    number: bytes.readUInt32LE(at + 12),
    payload: bytes.subarray(start, end),
    end,
  }
}
