import { expect, test } from 'vitest'
import { approximateBytes } from '../../src/kernel/approximate-bytes.ts'

const entry = 64
const shared = { a: 1 }

test.each<[string, unknown, number]>([
  ['a number', 5, 8],
  ['nothing', null, 8],
  ['a function', () => {}, 8],
  ['a text', 'abc', 16 + 3],
  ['a large number', 0xfffffn, 16 + 3],
  ['one that is far larger', 2n ** 800n, 16 + 101],
  ['a view', new Uint16Array(5), 96 + 10],
  ['a buffer', new ArrayBuffer(7), 96 + 7],
  ['an object', { a: 1, b: 'xy' }, 32 + 2 * 8 + 8 + (16 + 2)],
  ['an array', [1, 'x'], 64 + 8 + (16 + 1)],
  ['a set', new Set([1, 'x']), 64 + 2 * 24 + 8 + (16 + 1)],
  ['a map', new Map([['k', 1]]), 64 + 32 + (16 + 1) + 8],
  ['what is there twice', [shared, shared], 64 + (32 + 8 + 8)],
])('%s', (_, value, bytes) => {
  expect(approximateBytes(value)).toBe(entry + bytes)
  expect(approximateBytes(value, 'key')).toBe(entry + 3 + bytes)
})

test('an object that contains itself has an end', () => {
  const circle: Record<string, unknown> = {}
  circle.self = circle
  expect(approximateBytes(circle)).toBe(entry + 32 + 8)
})

test('of many parts some are looked at, and the rest is taken to be like them', () => {
  // The array itself is one of the 2,000.
  const weightOf = (length: number) => approximateBytes(new Array(length).fill(1))
  expect(weightOf(1_999)).toBe(entry + 64 + 1_999 * 8)
  expect(weightOf(2_000)).toBe(Math.ceil(((entry + 64 + 1_999 * 8) * 2_001) / 2_000))
  expect(weightOf(10_000)).toBe(Math.ceil(((entry + 64 + 1_999 * 8) * 10_001) / 2_000))
})
