import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { decodeKey, encodeKey, headsOf, indexKey, isHashed } from '../../src/stores/key-bytes.ts'

const longest = 40
/** Lone surrogates and NULs included. */
const keys = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 60 }),
  fc.array(fc.nat(0xffff)).map((units) => String.fromCharCode(...units)),
  fc.array(fc.nat(0xff)).map((units) => String.fromCharCode(...units)),
)

describe('keys as bytes', () => {
  test('become the same keys again', () => {
    fc.assert(
      fc.property(keys, (key) => {
        const encoded = encodeKey(key)
        // As a view into other bytes, as drivers answer them.
        const within = new Uint8Array(encoded.length + 2)
        within.set(encoded, 1)
        expect(decodeKey(within.subarray(1, 1 + encoded.length))).toBe(key)
      }),
    )
  })

  test('are different for different keys, hashed or not', () => {
    fc.assert(
      fc.property(keys, keys, (one, other) => {
        const [a, b] = [one, other].map((key) => indexKey(encodeKey(key), longest))
        expect(a?.equals(b as Buffer)).toBe(one === other)
      }),
    )
  })

  test('take a byte a unit where all units fit', () => {
    expect([...encodeKey('a\0ÿ')]).toEqual([0, 97, 0, 255])
    expect([...encodeKey('aĀ')]).toEqual([1, 97, 0, 0, 1])
    expect([...encodeKey('\ud800')]).toEqual([1, 0, 0xd8])
  })

  test('are hashed where they are longer than an index takes, and not before', () => {
    const [fits, long] = ['x'.repeat(longest - 1), 'x'.repeat(longest)].map(encodeKey)
    expect(indexKey(fits as Buffer, longest)).toBe(fits)
    const hashed = indexKey(long as Buffer, longest)
    expect(hashed).toHaveLength(33)
    expect([isHashed(fits as Buffer), isHashed(hashed)]).toEqual([false, true])
  })

  test('begin with one of the heads of each prefix of the key, and with one alone', () => {
    fc.assert(
      fc.property(keys, fc.nat(10), (key, length) => {
        const row = indexKey(encodeKey(key), longest)
        const heads = headsOf(key.slice(0, length))
        expect(heads.filter((head) => row.subarray(0, head.length).equals(head))).toHaveLength(1)
      }),
    )
  })

  test('of other beginnings are met only where they are hashed', () => {
    fc.assert(
      fc.property(keys, keys, (key, prefix) => {
        fc.pre(!key.startsWith(prefix) && encodeKey(key).length <= longest)
        const row = encodeKey(key)
        const met = headsOf(prefix).some((head) => row.subarray(0, head.length).equals(head))
        expect(met).toBe(false)
      }),
    )
  })
})
