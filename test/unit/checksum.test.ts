import fc from 'fast-check'
import { expect, test } from 'vitest'
import { checksum } from '../../src/kernel/checksum.ts'

const someBytes = fc.uint8Array({ minLength: 1, maxLength: 64 })

// Known answers of MurmurHash3_x86_32 with seed 0.
test.each([
  ['', 0],
  ['test', 0xba6bd213],
  ['Hello, world!', 0xc0363e43],
  ['The quick brown fox jumps over the lazy dog', 0x2e4ff723],
])('the checksum of %j', (text, expected) => {
  expect(checksum(new TextEncoder().encode(text))).toBe(expected)
})

test('a change within one word always shows', () => {
  fc.assert(
    fc.property(
      someBytes,
      fc.nat(),
      fc.uint8Array({ minLength: 4, maxLength: 4 }),
      (bytes, at, word) => {
        const from = (at % bytes.length) & ~3
        const changed = bytes.slice()
        changed.set(word.subarray(0, Math.min(4, bytes.length - from)), from)
        fc.pre(changed.some((byte, i) => byte !== bytes[i]))
        expect(checksum(changed)).not.toBe(checksum(bytes))
      },
    ),
    { numRuns: 5000 },
  )
})

test('it covers the first `end` bytes alone, wherever they lie', () => {
  fc.assert(
    fc.property(someBytes, fc.nat(7), fc.nat(7), (bytes, before, after) => {
      const larger = new Uint8Array(before + bytes.length + after).fill(0xee)
      larger.set(bytes, before)
      expect(checksum(larger.subarray(before), bytes.length)).toBe(checksum(bytes))
    }),
  )
})
