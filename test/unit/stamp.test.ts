import { expect, test } from 'vitest'
import { hexOf } from '../../src/kernel/hex.ts'
import { joinedBytes } from '../../src/kernel/joined-bytes.ts'
import { stampSource } from '../../src/kernel/random.ts'
import { hasStamp, stampNumber, stampOf } from '../../src/kernel/stamp.ts'

const stamp = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8)
const record = Uint8Array.of(9, 9, 9, 9, ...stamp)

test('a stamp stands after the first four bytes of a record', () => {
  expect(stampOf(Uint8Array.of(...record, 10, 11))).toEqual(stamp)
  expect(hasStamp(record, stamp)).toBe(true)
  expect(hasStamp(Uint8Array.of(...record, 10), stamp)).toBe(true)
})

test.each(Array.from(stamp.keys()))('one with another byte %d is another', (at) => {
  const other = stamp.slice()
  other[at] = 0
  expect(hasStamp(record, other)).toBe(false)
})

test('what is too short, or longer, is none', () => {
  expect(hasStamp(record.subarray(0, 11), stamp)).toBe(false)
  expect(hasStamp(record, stamp.subarray(0, 7))).toBe(false)
  expect(hasStamp(record, new Uint8Array(0))).toBe(false)
  expect(hasStamp(record.subarray(0, 4), new Uint8Array(0))).toBe(false)
  expect(hasStamp(Uint8Array.of(...record, 9), Uint8Array.of(...stamp, 9))).toBe(false)
})

test('its number is its first 48 bits', () => {
  expect(stampNumber(stamp)).toBe(0x01_02_03_04_05_06)
  expect(stampNumber(new Uint8Array(0))).toBe(0)
})

test('stamps are taken from random bytes, each byte once', () => {
  const fills: number[] = []
  const next = stampSource((bytes) => {
    fills.push(bytes.length)
    for (let at = 0; at < bytes.length; at += 8) {
      new DataView(bytes.buffer).setUint32(at, fills.length * 1_000_000 + at)
    }
  })
  const stamps = Array.from({ length: 1_025 }, next)
  expect(fills).toEqual([4_096, 4_096, 4_096])
  expect(stamps.every(({ length }) => length === 8)).toBe(true)
  expect(new Set(stamps.map(hexOf)).size).toBe(stamps.length)
})

test('a stamp stays what it is when the bytes are made anew', () => {
  let fills = 0
  const next = stampSource((bytes) => bytes.fill(++fills))
  const first = next()
  for (let i = 0; i < 1_000; i++) next()
  expect(first).toEqual(new Uint8Array(8).fill(1))
})

test('bytes as text, and one after the other', () => {
  expect(hexOf(Uint8Array.of(0, 15, 16, 255))).toBe('000f10ff')
  expect(joinedBytes([])).toEqual(new Uint8Array(0))
  expect(joinedBytes([Uint8Array.of(1), new Uint8Array(0), Uint8Array.of(2, 3)])).toEqual(
    Uint8Array.of(1, 2, 3),
  )
})
