import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  type EntryHeader,
  readEnvelope,
  writeEntry,
  writeLease,
  writeMark,
} from '../../src/core/behind/envelope.ts'
import { endOf } from '../../src/core/entry.ts'
import { hasStamp } from '../../src/kernel/stamp.ts'
import { anyHeader, anyNumber, anyPayload, anyStamp, anyText } from './wire-arbitraries.ts'

const plain: EntryHeader = {
  key: 'default:1:user:42',
  createdAt: 1_700_000_000_000,
  staleAt: 1_700_000_300_000,
  revalidateUntil: 1_700_000_300_000,
  errorUntil: 1_700_000_300_000,
  sliding: 0,
  slidingCap: 1_700_000_300_000,
  eagerAt: Infinity,
  retryAt: 0,
  leaseUntil: 0,
  loadMs: 12.5,
  negative: false,
  etag: undefined,
  lastModified: undefined,
  tags: [],
  codec: 1,
}
const stamp = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8)
const empty = new Uint8Array(0)

describe('what is written comes back', () => {
  test('an entry', () => {
    fc.assert(
      fc.property(anyHeader, anyPayload, anyStamp, (header, payload, stamp) => {
        const read = readEnvelope(writeEntry(header, payload, stamp), header.key)
        expect(read).toStrictEqual({ kind: 'entry', ...header, payload, stamp })
      }),
      { numRuns: 2000 },
    )
  })

  test('a lease', () => {
    fc.assert(
      fc.property(anyText, anyNumber, anyNumber, anyStamp, (key, leaseUntil, createdAt, stamp) => {
        const read = readEnvelope(writeLease(key, leaseUntil, createdAt, stamp), key)
        expect(read).toStrictEqual({ kind: 'lease', key, leaseUntil, createdAt, stamp })
      }),
    )
  })

  test('a mark', () => {
    fc.assert(
      fc.property(anyText, anyNumber, anyStamp, (key, keptUntil, stamp) => {
        const read = readEnvelope(writeMark(key, keptUntil, stamp), key)
        expect(read).toStrictEqual({ kind: 'mark', key, keptUntil, stamp })
      }),
    )
  })

  test('from the middle of a larger buffer', () => {
    fc.assert(
      fc.property(anyHeader, anyPayload, fc.nat(9), fc.nat(9), (header, payload, before, after) => {
        const bytes = writeEntry(header, payload, stamp)
        const larger = new Uint8Array(before + bytes.length + after).fill(0xee)
        larger.set(bytes, before)
        const view = larger.subarray(before, before + bytes.length)
        expect(readEnvelope(view, header.key)).toStrictEqual(readEnvelope(bytes, header.key))
      }),
    )
  })

  test('and so does a payload that is a view itself', () => {
    const payload = Uint8Array.of(9, 9, 1, 2, 3, 9).subarray(2, 5)
    expect(readEnvelope(writeEntry(plain, payload, stamp), plain.key)).toMatchObject({ payload })
  })

  test('however large the payload', () => {
    const payload = new Uint8Array(3_000_001).map((_, i) => i * 31)
    const read = readEnvelope(writeEntry(plain, payload, stamp), plain.key)
    if (read?.kind !== 'entry') throw new Error('no entry')
    expect(Buffer.compare(read.payload, payload)).toBe(0)
  })
})

describe('the bytes', () => {
  test('belong to nobody else: what is written next leaves them alone', () => {
    fc.assert(
      fc.property(anyHeader, anyHeader, anyPayload, (first, second, payload) => {
        const bytes = writeEntry(first, payload, stamp)
        const copy = bytes.slice()
        writeEntry(second, payload, stamp)
        writeMark(second.key, 0, stamp)
        expect(bytes).toStrictEqual(copy)
        expect(bytes.buffer.byteLength).toBe(bytes.length)
      }),
    )
  })

  test('carry the stamp where stores look for it', () => {
    fc.assert(
      fc.property(anyHeader, anyStamp, (header, stamp) => {
        expect(hasStamp(writeEntry(header, empty, stamp), stamp)).toBe(true)
        expect(hasStamp(writeLease(header.key, 1, 2, stamp), stamp)).toBe(true)
        expect(hasStamp(writeMark(header.key, 1, stamp), stamp)).toBe(true)
      }),
    )
  })

  test('are not copied when they are read', () => {
    const tags = [{ tag: 'users', version: stamp }]
    const bytes = writeEntry({ ...plain, tags }, Uint8Array.of(1, 2, 3), stamp)
    const read = readEnvelope(bytes, plain.key)
    if (read?.kind !== 'entry') throw new Error('no entry')
    for (const part of [read.payload, read.stamp, read.tags[0]?.version]) {
      expect(part?.buffer).toBe(bytes.buffer)
    }
  })

  test('are few: the instants of an ordinary entry take two numbers', () => {
    const overhead = writeEntry(plain, empty, stamp).length - plain.key.length
    expect(overhead).toBe(4 + 8 + 1 + 2 + 4 + 3 * 8 + 1 + 4)
    expect(overhead + plain.key.length).toBeLessThan(90)
  })

  test('hold nothing of an envelope that was begun before and could not be written', () => {
    const tags = [
      {
        tag: 'users',
        get version(): Uint8Array {
          throw new Error('no version')
        },
      },
    ]
    expect(() => writeEntry({ ...plain, tags }, empty, stamp)).toThrow('no version')
    const read = readEnvelope(writeMark('users', 7, stamp), 'users')
    expect(read).toStrictEqual({ kind: 'mark', key: 'users', keptUntil: 7, stamp })
  })
})

describe('another key is not answered', () => {
  test('whatever it is', () => {
    fc.assert(
      fc.property(anyHeader, anyText, anyPayload, (header, key, payload) => {
        fc.pre(key !== header.key)
        expect(readEnvelope(writeEntry(header, payload, stamp), key)).toBeUndefined()
        expect(readEnvelope(writeLease(header.key, 1, 2, stamp), key)).toBeUndefined()
        expect(readEnvelope(writeMark(header.key, 1, stamp), key)).toBeUndefined()
      }),
    )
  })

  test.each([
    ['user:1', 'user:11'],
    ['user:11', 'user:1'],
    ['user:1', 'user:2'],
    ['a', 'š'],
    ['š', 'a'],
    ['ab', '扡'],
    ['\ud800', '\ufffd'],
    ['é', 'e\u0301'],
    ['', 'a'],
  ])('%j is not %j', (key, other) => {
    const bytes = writeEntry({ ...plain, key }, empty, stamp)
    expect(readEnvelope(bytes, key)).toBeDefined()
    expect(readEnvelope(bytes, other)).toBeUndefined()
  })
})

test('the end of a record is the last of its three ends', () => {
  fc.assert(
    fc.property(fc.shuffledSubarray([5, 7, Infinity, 9], { minLength: 3 }), (ends) => {
      const [staleAt = 0, revalidateUntil = 0, errorUntil = 0] = ends
      const last = [staleAt, revalidateUntil, errorUntil].sort((a, b) => b - a)[0]
      expect(endOf({ staleAt, revalidateUntil, errorUntil })).toBe(last)
    }),
  )
})
