import fc from 'fast-check'
import { expect, test } from 'vitest'
import { maxPayload, readFrame, writeFrame } from '../../src/buses/frame.ts'

const uint32 = fc.nat(2 ** 32 - 1)
const payload = fc.uint8Array({ maxLength: 300 })

test('a frame is read as it was written, wherever it stands', () => {
  fc.assert(
    fc.property(
      fc.constantFrom('message' as const, 'seal' as const),
      uint32,
      uint32,
      payload,
      fc.nat(40),
      (kind, origin, number, bytes, at) => {
        const frame = writeFrame(kind, origin, number, bytes)
        const log = Buffer.concat([Buffer.alloc(at, 0xff), frame, Buffer.alloc(3)])
        const end = at + frame.length
        expect(readFrame(log, at)).toEqual({
          kind,
          origin,
          number,
          payload: Buffer.from(bytes),
          end,
        })
      },
    ),
  )
})

test('a frame that is not all there is incomplete, however much is', () => {
  fc.assert(
    fc.property(payload, (bytes) => {
      const frame = Buffer.from(writeFrame('message', 1, 2, bytes))
      for (let length = 0; length < frame.length; length++) {
        expect(readFrame(frame.subarray(0, length), 0)).toBe('incomplete')
      }
    }),
    { numRuns: 30 },
  )
})

test('the largest frame is read', () => {
  const frame = Buffer.from(writeFrame('message', 1, 2, new Uint8Array(maxPayload).fill(7)))
  expect(readFrame(frame, 0)).toMatchObject({ kind: 'message', end: frame.length })
})

test('a frame with another byte in it is not read', () => {
  fc.assert(
    fc.property(payload, fc.nat(), fc.integer({ min: 1, max: 255 }), (bytes, at, change) => {
      const frame = Buffer.from(writeFrame('message', 1, 2, bytes))
      const index = at % frame.length
      frame.writeUInt8(frame.readUInt8(index) ^ change, index)
      expect(['incomplete', 'damaged']).toContain(readFrame(frame, 0))
    }),
    { numRuns: 2000 },
  )
})

test('random bytes are never a frame, and never an exception', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), fc.nat(200), (bytes, at) => {
      expect(['incomplete', 'damaged']).toContain(readFrame(Buffer.from(bytes), at))
    }),
    { numRuns: 5000 },
  )
})

test('zeros are damage', () => {
  expect(readFrame(Buffer.alloc(16), 0)).toBe('damaged')
})
