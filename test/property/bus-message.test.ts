import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  type BusMessage,
  readMessage,
  splitNames,
  writeMessage,
} from '../../src/core/behind/bus-message.ts'
import { anyMessage, anyText } from './wire-arbitraries.ts'

const plain: BusMessage = {
  origin: '0123456789abcdef',
  sequence: 1,
  cache: 'default',
  kind: 'keys',
  names: ['user:42'],
}

test('a message comes back as it was', () => {
  fc.assert(
    fc.property(anyMessage, (message) => {
      expect(readMessage(writeMessage(message))).toStrictEqual(message)
    }),
    { numRuns: 2000 },
  )
})

test.each([0, 127, 128, 2 ** 31, 2 ** 32, 2 ** 49 - 1, 2 ** 49, Number.MAX_SAFE_INTEGER])(
  'number %d comes back',
  (sequence) => {
    expect(readMessage(writeMessage({ ...plain, sequence }))).toStrictEqual({ ...plain, sequence })
  },
)

test('a message from the middle of a larger buffer', () => {
  fc.assert(
    fc.property(anyMessage, fc.nat(9), fc.nat(9), (message, before, after) => {
      const bytes = writeMessage(message)
      const larger = new Uint8Array(before + bytes.length + after).fill(0xee)
      larger.set(bytes, before)
      expect(readMessage(larger.subarray(before, before + bytes.length))).toStrictEqual(message)
    }),
  )
})

describe('names are split', () => {
  const someNames = fc.array(anyText, { maxLength: 60 })
  const someBytes = fc.integer({ min: 1, max: 4000 })

  test('without loss and in order, into groups that are not empty', () => {
    fc.assert(
      fc.property(someNames, someBytes, (names, maxBytes) => {
        const groups = splitNames(names, maxBytes)
        expect(groups.flat()).toStrictEqual(names)
        expect(groups.every((group) => group.length > 0)).toBe(true)
      }),
    )
  })

  test('so that no group but that of a single name is larger than allowed', () => {
    fc.assert(
      fc.property(someNames, someBytes, (names, maxBytes) => {
        const bare = writeMessage({ ...plain, names: [] }).length
        for (const group of splitNames(names, maxBytes)) {
          const size = writeMessage({ ...plain, names: group }).length - bare
          if (group.length > 1) expect(size).toBeLessThanOrEqual(maxBytes)
        }
      }),
    )
  })

  test('into no more groups than needed, within a factor of four', () => {
    const names = Array.from({ length: 10_000 }, (_, i) => `user:${i}`)
    const bytes = writeMessage({ ...plain, names }).length
    expect(splitNames(names, 48_000).length).toBeLessThanOrEqual(Math.ceil((bytes / 48_000) * 4))
  })

  test('into none when there are none', () => {
    expect(splitNames([], 48_000)).toStrictEqual([])
  })
})
