import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  counterCodec,
  type EntryHeader,
  readEnvelope,
  writeEntry,
  writeLease,
  writeMark,
} from '../../src/core/behind/envelope.ts'
import { addToCounter, counterBytes } from '../../src/kernel/counter.ts'
import { stampOf } from '../../src/kernel/stamp.ts'
import { everyByteChanged, everyExtension, everyTruncation, sameBytes, sealed } from './damage.ts'
import { expectHardened, expectNothingIn } from './expect-hardened.ts'

const key = 'default:1:user:42'
const stamp = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8)
const plain: EntryHeader = {
  key,
  createdAt: 1_700_000_000_000,
  staleAt: 1_700_000_300_000,
  revalidateUntil: 1_700_000_360_000,
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
const rich: EntryHeader = {
  ...plain,
  etag: '"33a64df5"',
  lastModified: 1_690_000_000_000,
  tags: [
    { tag: 'users', version: Uint8Array.of(8, 7, 6, 5, 4, 3, 2, 1) },
    { tag: 'ключ', version: new Uint8Array(8) },
  ],
}
const payload = Uint8Array.from(Buffer.from('{"name":"Ada"}\0\0\0\0'))
const samples: [name: string, bytes: Uint8Array][] = [
  ['an entry', writeEntry(plain, payload, stamp)],
  ['an entry with everything', writeEntry(rich, payload, stamp)],
  ['an entry without a payload', writeEntry(plain, new Uint8Array(0), new Uint8Array(8))],
  ['a lease', writeLease(key, 1_700_000_010_000, 1_700_000_000_000, stamp)],
  ['a mark', writeMark(key, Infinity, stamp)],
]

const read = (bytes: Uint8Array) => readEnvelope(bytes, key)

expectHardened(samples, read, (envelope) => {
  if (envelope.key !== key || envelope.stamp.length !== 8) expect.unreachable('a wrong envelope')
  if (envelope.kind !== 'entry') return
  if (envelope.tags.some((tag) => tag.version.length !== 8)) expect.unreachable('a wrong version')
})

describe.each(samples)('%s whose damage was sealed', (_name, bytes) => {
  test('is not read when it is not ours, of another version, or of an unknown kind', () => {
    const heads = [
      [0x48, 0x53, 1, 0],
      [0x48, 0x53, 1, 4],
      [0x48, 0x53, 1, 255],
      [0x48, 0x53, 0, bytes[3] ?? 0],
      [0x48, 0x53, 2, bytes[3] ?? 0],
      [0x48, 0x42, 1, bytes[3] ?? 0],
      [0x53, 0x48, 1, bytes[3] ?? 0],
    ]
    for (const head of heads) {
      const other = bytes.slice()
      other.set(head)
      expect(readEnvelope(sealed(other), key)).toBeUndefined()
    }
  })
})

test('a lease and a mark end where their fields end', () => {
  for (const [, bytes] of samples.slice(3)) {
    expect(readEnvelope(sealed(bytes), key)).toBeDefined()
    expect(readEnvelope(sealed(Uint8Array.from([...bytes, 0])), key)).toBeUndefined()
  }
})

test('arbitrary bytes are nothing', () => {
  const anything = fc.oneof(
    fc.uint8Array({ maxLength: 200 }),
    fc.uint8Array({ maxLength: 200 }).map((tail) => Uint8Array.from([0x48, 0x53, 1, 1, ...tail])),
  )
  fc.assert(
    fc.property(anything, fc.string(), (bytes, name) => {
      expect(readEnvelope(bytes, name)).toBeUndefined()
      readEnvelope(sealed(bytes), name)
    }),
    { numRuns: 20_000 },
  )
})

/** The store changes the stamp, so that no checksum covers it: another one only fails a comparison. */
describe('a counter', () => {
  const number = 1234
  const bytes = writeEntry({ ...rich, codec: counterCodec }, counterBytes(number), stamp)
  const outsideStamp = function* (): Iterable<Uint8Array> {
    for (const other of everyByteChanged(bytes)) {
      if (sameBytes(stampOf(other), stamp)) yield other
    }
  }

  test('is not read when any one byte is another', () => expectNothingIn(read, outsideStamp()))
  test('is not read when it is cut off anywhere', () =>
    expectNothingIn(read, everyTruncation(bytes)))
  test('is not read when there is more of it', () => expectNothingIn(read, everyExtension(bytes)))

  test('is read after anybody added to it, and the bytes are left alone', () => {
    const added = addToCounter(bytes, 1, Uint8Array.of(8, 7, 6, 5, 4, 3, 2, 1)) ?? bytes
    const copy = Buffer.from(added)
    expect(readEnvelope(copy, key)).toMatchObject({
      ...rich,
      codec: counterCodec,
      stamp: Buffer.from([8, 7, 6, 5, 4, 3, 2, 1]),
      payload: Buffer.from(counterBytes(number + 1)),
    })
    expect(Uint8Array.from(copy)).toEqual(added)
  })
})
