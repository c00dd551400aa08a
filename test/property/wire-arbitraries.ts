import fc from 'fast-check'
import type { BusMessage } from '../../src/core/behind/bus-message.ts'
import type { EntryHeader } from '../../src/core/behind/envelope.ts'

const unit = fc
  .oneof(fc.integer({ min: 0x20, max: 0x7e }), fc.integer({ min: 0, max: 0xffff }))
  .map((code) => String.fromCharCode(code))

/** One-byte strings, any UTF-16 with lone surrogates, and some that are long. */
export const anyText: fc.Arbitrary<string> = fc.oneof(
  { weight: 4, arbitrary: fc.string({ maxLength: 40 }) },
  { weight: 4, arbitrary: fc.string({ unit, maxLength: 40 }) },
  { weight: 1, arbitrary: fc.constantFrom('', '\0', 'ÿ', 'Ā', '\ud800', '\udfff\ud800', '🗝️') },
  {
    weight: 1,
    arbitrary: fc
      .tuple(fc.string({ unit, minLength: 1, maxLength: 3 }), fc.integer({ min: 60, max: 5000 }))
      .map(([part, times]) => part.repeat(times)),
  },
)

export const anyStamp: fc.Arbitrary<Uint8Array> = fc.uint8Array({ minLength: 8, maxLength: 8 })

export const anyPayload: fc.Arbitrary<Uint8Array> = fc.uint8Array({ maxLength: 300 })

/** Often equal to each other, as the instants of an entry are. */
export const anyNumber: fc.Arbitrary<number> = fc.oneof(
  fc.constantFrom(0, -0, Infinity, -Infinity, NaN, 5, 1_700_000_000_000, 1_700_000_300_000),
  fc.double(),
)

const plain = { noNullPrototype: true }

export const anyHeader: fc.Arbitrary<EntryHeader> = fc.record(
  {
    key: anyText,
    createdAt: anyNumber,
    staleAt: anyNumber,
    revalidateUntil: anyNumber,
    errorUntil: anyNumber,
    sliding: anyNumber,
    slidingCap: anyNumber,
    eagerAt: anyNumber,
    retryAt: anyNumber,
    leaseUntil: anyNumber,
    loadMs: anyNumber,
    negative: fc.boolean(),
    etag: fc.option(anyText, { nil: undefined }),
    lastModified: fc.option(anyNumber, { nil: undefined }),
    tags: fc.array(fc.record({ tag: anyText, version: anyStamp }, plain), { maxLength: 6 }),
    codec: fc.integer({ min: 1, max: 255 }),
  },
  plain,
)

export const anyMessage: fc.Arbitrary<BusMessage> = fc.record(
  {
    origin: fc.string({
      unit: fc.constantFrom(...'0123456789abcdef'),
      minLength: 16,
      maxLength: 16,
    }),
    sequence: fc.oneof(fc.nat(), fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER })),
    cache: anyText,
    kind: fc.constantFrom('keys', 'tags', 'clear'),
    names: fc.array(anyText, { maxLength: 8 }),
  },
  plain,
)
