import fc from 'fast-check'
import { expect, test } from 'vitest'
import { decodeRecord, encodeRecord } from '../../src/stores/file-record.ts'

const record = fc.record({
  key: fc.string({ unit: 'binary', minLength: 1, maxLength: 50 }),
  value: fc.uint8Array({ maxLength: 200 }),
  expiresAt: fc.double({ noNaN: true }),
  keep: fc.boolean(),
})

test('a record comes back as it was', () => {
  fc.assert(
    fc.property(record, (each) => {
      const found = decodeRecord(encodeRecord(each))
      expect(found && { ...found, value: Uint8Array.from(found.value) }).toEqual(each)
    }),
  )
})

test('the format does not change', () => {
  const value = Uint8Array.of(0, 1, 2, 255)
  const golden =
    '485352314307192100c0ffffff6978420100000008000000000000000000104061002000' + '3dd83d00000102ff'
  const bytes = encodeRecord({ key: 'a \ud83d=', value, expiresAt: 1_677_721_599_996, keep: true })
  expect(bytes.toString('hex')).toBe(golden)
})

test('a damaged file holds no record', () => {
  fc.assert(
    fc.property(record, fc.nat(), fc.integer({ min: 1, max: 255 }), (each, at, flip) => {
      const bytes = encodeRecord(each)
      const place = at % bytes.length
      bytes[place] = (bytes[place] as number) ^ flip
      expect(decodeRecord(bytes)).toBeUndefined()
    }),
    { numRuns: 1000 },
  )
})

test('a file that was cut, or goes on, holds no record', () => {
  fc.assert(
    fc.property(record, fc.uint8Array({ minLength: 1, maxLength: 9 }), (each, more) => {
      const bytes = encodeRecord(each)
      for (let end = 0; end < bytes.length; end++) {
        expect(decodeRecord(bytes.subarray(0, end))).toBeUndefined()
      }
      expect(decodeRecord(Buffer.concat([bytes, more]))).toBeUndefined()
    }),
    { numRuns: 20 },
  )
})

test('the beginning of a file tells all but the end of the value', () => {
  const value = new Uint8Array(50_000).fill(7)
  const bytes = encodeRecord({ key: 'k'.repeat(4096), value, expiresAt: 5, keep: true })
  const found = decodeRecord(bytes.subarray(0, 16_384), bytes.length)
  expect(found).toMatchObject({ key: 'k'.repeat(4096), expiresAt: 5, keep: true })
  expect(found?.value).toHaveLength(16_384 - 32 - 8192)
  expect(decodeRecord(bytes.subarray(0, 16_384), bytes.length - 1)).toBeUndefined()
  expect(decodeRecord(bytes.subarray(0, 8000), bytes.length)).toBeUndefined()
})
