import fc from 'fast-check'
import { expect, test } from 'vitest'
import { decodeUtf8 } from '../../src/codecs/utf8.ts'

const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

function outcomeOf(decode: () => string): string | undefined {
  try {
    return decode()
  } catch {
    return undefined
  }
}

test('a buffer is decoded like any other bytes, however damaged', () => {
  const damaged = fc
    .tuple(fc.string({ unit: 'binary' }), fc.array(fc.tuple(fc.nat(), fc.nat(255))))
    .map(([text, damage]) => {
      const bytes = Buffer.from(text)
      for (const [at, byte] of damage) if (bytes.length > 0) bytes[at % bytes.length] = byte
      return bytes
    })
  fc.assert(
    fc.property(fc.oneof(damaged, fc.uint8Array().map(Buffer.from)), (bytes) => {
      const expected = outcomeOf(() => strict.decode(bytes))
      expect(outcomeOf(() => decodeUtf8(bytes))).toBe(expected)
      expect(outcomeOf(() => decodeUtf8(Uint8Array.from(bytes)))).toBe(expected)
    }),
    { numRuns: 2000 },
  )
})

test.each(['\ufffd', '\ufeffmark', 'a\ufffdb', 'é', '😀'])('%j survives in a buffer', (text) => {
  expect(decodeUtf8(Buffer.from(text))).toBe(text)
})
