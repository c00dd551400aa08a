import { describe, expect, test } from 'vitest'
import type { Bytes } from '../../src/contracts/store.ts'
import {
  readEnvelope,
  readHeadOf,
  writeEntry,
  writeLease,
  writeMark,
} from '../../src/core/behind/envelope.ts'
import { checksum } from '../../src/kernel/checksum.ts'
import { counterBytes, counterLength } from '../../src/kernel/counter.ts'
import { FrameReader } from '../../src/kernel/frame-reader.ts'
import { FrameWriter } from '../../src/kernel/frame-writer.ts'

function framed(write: (writer: FrameWriter) => void, body?: Bytes) {
  const writer = new FrameWriter()
  writer.begin(7)
  write(writer)
  return writer.finish(body)
}

/** The reader of a frame, past its head. */
function reading(frame: Bytes, extent?: 'cut off'): FrameReader {
  const reader = new FrameReader(frame, extent)
  expect(reader.uint32()).toBe(7)
  return reader
}

const most = Number.MAX_SAFE_INTEGER

describe('a whole number', () => {
  test.each([
    [0, 1],
    [0x7f, 1],
    [0x80, 2],
    [0x3fff, 2],
    [0x4000, 3],
    [2 ** 49 - 1, 7],
    [2 ** 49, 8],
    [most, 8],
  ])('%d takes %d bytes', (value, length) => {
    const frame = framed((writer) => writer.integer(value))
    expect(frame).toHaveLength(4 + length + 4)
    const reader = reading(frame)
    expect(reader.integer()).toBe(value)
    expect(reader.finished).toBe(true)
  })

  test.each([
    ['one more than is safe', [0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x10]],
    ['one without an end', new Array(12).fill(0xff)],
  ])('%s is none', (_, bytes) => {
    const reader = reading(framed((writer) => writer.raw(Uint8Array.from(bytes))))
    expect(reader.intact).toBe(true)
    expect(reader.integer()).toBe(0)
    expect(reader.intact).toBe(false)
  })
})

describe('a text', () => {
  const lengths = [0, 1, 15, 16, 17, 255, 256, 4_095, 4_096, 4_097, 9_000]

  test.each(['a', '\u00ff', '\u0100', '\ud800', '\uffff'])('of %o comes back', (unit) => {
    for (const length of lengths) {
      const text = unit.repeat(length)
      const frame = framed((writer) => writer.text(text))
      expect(reading(frame).text() === text).toBe(true)
      const reader = reading(frame)
      expect(reader.matches(text)).toBe(true)
      expect(reader.finished).toBe(true)
      expect(reading(frame).matches(`${text}a`)).toBe(false)
      if (length > 0) expect(reading(frame).matches(`${text.slice(1)}z`)).toBe(false)
    }
  })

  test('is narrow while every unit is of a byte', () => {
    expect(framed((writer) => writer.text('\u00ff'))).toHaveLength(4 + 1 + 1 + 4)
    expect(framed((writer) => writer.text('\u0100'))).toHaveLength(4 + 1 + 2 + 4)
  })
})

test('beyond the end there are zeros, and the frame is not intact any more', () => {
  const reads: readonly ((reader: FrameReader) => unknown)[] = [
    (reader) => reader.uint8(),
    (reader) => reader.uint32(),
    (reader) => reader.float64(),
    (reader) => reader.integer(),
  ]
  for (const extent of [undefined, 'cut off'] as const) {
    for (const read of reads) {
      const reader = reading(
        framed(() => {}),
        extent,
      )
      if (extent === 'cut off') reader.raw(4)
      expect(reader.intact).toBe(true)
      expect(read(reader)).toBe(0)
      expect(reader.intact).toBe(false)
      expect(reader.finished).toBe(false)
    }
    const reader = reading(framed((writer) => writer.integer(50)))
    expect(reader.text()).toBe('')
    expect(reader.raw(1)).toHaveLength(0)
    expect(reader.intact).toBe(false)
  }
})

test.each([0, 1, 2, 3, 4])('%d bytes are no frame', (length) => {
  const bytes = new Uint8Array(length)
  if (length === 4) new DataView(bytes.buffer).setUint32(0, checksum(bytes, 0), true)
  const reader = new FrameReader(bytes)
  expect(reader.intact).toBe(false)
  expect(reader.uint32()).toBe(0)
})

test('a writer begins anew, grows, and gives frames that stay as they are', () => {
  const writer = new FrameWriter()
  writer.begin(7)
  writer.uint8(1)
  writer.begin(7)
  const large = Uint8Array.from({ length: 1_000 }, (_, i) => i % 251)
  for (let i = 0; i < 5; i++) writer.raw(large)
  const first = writer.finish(Uint8Array.of(9))
  writer.begin(7)
  for (let i = 0; i < 252; i++) writer.uint8(i)
  writer.float64(1.5)
  const second = writer.finish()
  const reader = reading(first)
  for (let i = 0; i < 5; i++) expect(reader.raw(1_000)).toEqual(large)
  expect(reader.rest()).toEqual(Uint8Array.of(9))
  expect(reader.finished).toBe(true)
  expect(second).toHaveLength(4 + 252 + 8 + 4)
  const other = reading(second)
  for (let i = 0; i < 252; i++) expect(other.uint8()).toBe(i)
  expect(other.float64()).toBe(1.5)
})

describe('the head of an entry', () => {
  const key = 'k'
  const stamp = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8)
  const tags = ['a', 'b', 'c'].map((tag) => ({ tag, version: stamp }))
  const payload = new Uint8Array(50)
  const times = { createdAt: 1, staleAt: 2, revalidateUntil: 3, errorUntil: 4, sliding: 5 }
  const header = {
    ...{ key, ...times, slidingCap: 6, eagerAt: 7, retryAt: 8, leaseUntil: 9, loadMs: 1 },
    ...{ negative: false, etag: undefined, lastModified: undefined, codec: 1 },
  }

  test.each([0, 1, 3])('has its %d tags wherever they are all there', (count) => {
    const own = tags.slice(0, count)
    const whole = writeEntry({ ...header, tags: own }, payload, stamp)
    const least = whole.length - payload.length - 4
    for (let length = 0; length <= whole.length; length++) {
      const head = readHeadOf(whole.subarray(0, length), key)
      if (length < least) expect(head).toBeUndefined()
      else expect(head).toMatchObject({ stamp, tags: own })
    }
    expect(readHeadOf(whole, 'other')).toBeUndefined()
  })

  test('of a counter has a checksum, though its stamp and its number have none', () => {
    const counter = writeEntry({ ...header, codec: 0, tags }, counterBytes(5), stamp)
    expect(readEnvelope(counter, key)).toMatchObject({ kind: 'entry', stamp, tags })
    for (let at = 0; at < counter.length - counterLength; at++) {
      const damaged = counter.slice()
      damaged[at] = (counter[at] ?? 0) ^ 1
      const isOfStamp = at >= 4 && at < 12
      expect(readEnvelope(damaged, key) !== undefined, `byte ${at}`).toBe(isOfStamp)
    }
    expect(readEnvelope(counter, 'other')).toBeUndefined()
  })

  test('is of entries alone', () => {
    expect(readHeadOf(writeLease(key, 1, 2, stamp), key)).toBeUndefined()
    expect(readHeadOf(writeMark(key, 1, stamp), key)).toBeUndefined()
  })
})
