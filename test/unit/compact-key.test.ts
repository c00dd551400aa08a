import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { compactKey } from '../../src/kernel/compact-key.ts'
import { sha256 } from '../../src/kernel/sha256.ts'

test('the digest is SHA-256 of the UTF-16 units, high byte first', () => {
  const reference = (text: string) =>
    createHash('sha256').update(Buffer.from(text, 'utf16le').swap16()).digest('hex')
  const units = fc.array(fc.nat(0xffff), { maxLength: 300, size: 'max' })
  fc.assert(
    fc.property(units, (codes) => {
      const text = String.fromCharCode(...codes)
      expect(sha256(text)).toBe(reference(text))
    }),
  )
  for (let length = 0; length < 140; length++) {
    expect(sha256('a'.repeat(length))).toBe(reference('a'.repeat(length)))
  }
})

test('short keys stay as they are', () => {
  for (const key of ['1', '5:hello', '😀', 'x'.repeat(200)]) expect(compactKey(key)).toBe(key)
})

test('long keys, and what UTF-8 cannot carry, become a digest', () => {
  expect(compactKey('x'.repeat(201))).toBe(`#${sha256('x'.repeat(201))}`)
  expect(compactKey('\ud800')).toBe(`#${sha256('\ud800')}`)
  expect(compactKey('\ud800')).not.toBe(compactKey('\ud801'))
})
