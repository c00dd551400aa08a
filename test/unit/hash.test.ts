import { expect, test } from 'vitest'
import { hash } from '../../src/kernel/hash.ts'

/** How many of `count` keys share a bucket with more others than chance would have it. */
function fullest(keys: readonly string[], shift: number): number {
  const buckets = new Map<number, number>()
  for (const key of keys) {
    const bucket = (hash(key, 0) >>> shift) & 255
    buckets.set(bucket, (buckets.get(bucket) ?? 0) + 1)
  }
  return Math.max(...buckets.values())
}

test('a key has one hash of 32 bits for each seed', () => {
  expect(hash('user:42', 7)).toBe(hash(['user', '42'].join(':'), 7))
  expect(hash('user:42', 7)).not.toBe(hash('user:42', 8))
  for (const key of ['', 'a', 'ä', '🂡', 'x'.repeat(5_000)])
    expect(hash(key, 0) | 0).toBe(hash(key, 0))
})

test('keys that are alike are spread evenly, in the high bits and in the low', () => {
  const keys = Array.from({ length: 25_600 }, (_, i) => `product:${i}:page`)
  for (const shift of [0, 8, 16, 24]) expect(fullest(keys, shift)).toBeLessThan(160)
  expect(new Set(keys.map((key) => hash(key, 0))).size).toBeGreaterThan(25_590)
})

test('long keys differ by their length and by both of their ends', () => {
  const middle = '/'.repeat(1_000)
  const keys = [middle, `${middle}/`, `a${middle}`, `${middle}a`, `b${middle}`, `${middle}b`]
  expect(new Set(keys.map((key) => hash(key, 0))).size).toBe(keys.length)
})
