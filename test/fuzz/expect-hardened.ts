import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  damaged,
  everyByteChanged,
  everyExtension,
  everyTruncation,
  sameBytes,
  sealed,
} from './damage.ts'

/**
 * Tests that nothing is read in samples that were damaged, and that a reader survives those whose
 * damage was sealed: what it then reads is sound.
 */
export function expectHardened<T>(
  samples: readonly (readonly [name: string, bytes: Uint8Array])[],
  read: (bytes: Uint8Array) => T | undefined,
  expectSound: (message: T) => void,
): void {
  const readSealed = (bytes: Uint8Array) => {
    const message = read(sealed(bytes))
    if (message !== undefined) expectSound(message)
  }

  describe.each(samples)('%s is not read', (_name, bytes) => {
    test('when any one byte is another', () => expectNothingIn(read, everyByteChanged(bytes)))
    test('when it is cut off anywhere', () => expectNothingIn(read, everyTruncation(bytes)))
    test('when there is more of it', () => expectNothingIn(read, everyExtension(bytes)))

    test('when several things happened to it', () => {
      fc.assert(
        fc.property(damaged(bytes), (other) => {
          fc.pre(!sameBytes(other, bytes))
          expect(read(other)).toBeUndefined()
        }),
        { numRuns: 5000 },
      )
    })
  })

  describe.each(samples)('%s whose damage was sealed', (_name, bytes) => {
    test('is never the reason for an exception', () => {
      for (const other of everyByteChanged(bytes)) readSealed(other)
      for (const other of everyTruncation(bytes)) readSealed(other)
      for (const other of everyExtension(bytes)) readSealed(other)
    })

    test('is never the reason for an exception, whatever the damage', () => {
      fc.assert(fc.property(damaged(bytes), readSealed), { numRuns: 5000 })
    })
  })
}

/** Fails once, with the bytes, instead of asserting some hundred thousand times. */
export function expectNothingIn(
  read: (bytes: Uint8Array) => unknown,
  all: Iterable<Uint8Array>,
): void {
  for (const bytes of all) {
    if (read(bytes) !== undefined) {
      expect.unreachable(`${Buffer.from(bytes).toString('hex')} was read`)
    }
  }
}
