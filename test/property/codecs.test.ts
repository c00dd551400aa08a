import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  autoCodec,
  type Codec,
  compressed,
  encrypted,
  isJsonSafe,
  jsonCodec,
  structuredCodec,
  validated,
} from '../../src/codecs/index.ts'
import { CodecError } from '../../src/kernel/errors.ts'
import { portrait } from './portrait.ts'
import { anyString, anyValue, nearlyJson } from './value-arbitraries.ts'

const structured = structuredCodec()
const auto = autoCodec()
const keys = [{ id: 'a', key: new Uint8Array(32).fill(7) }]
const anything = { '~standard': { version: 1, vendor: 'test', validate } } as const
function validate(value: unknown) {
  return { value }
}

function expectRoundTrip(codec: Codec, value: unknown): void {
  expect(portrait(codec.decode(codec.encode(value, 'key'), 'key'))).toEqual(portrait(value))
}

describe('what is encoded comes back as it was', () => {
  test.each([
    structured,
    auto,
    compressed(structured, { threshold: 0 }),
    compressed(auto, { threshold: 0, method: 'brotli' }),
    encrypted(structured, { keys }),
    encrypted(compressed(validated(auto, anything)), { keys }),
  ])('$name', (codec) => {
    fc.assert(
      fc.property(anyValue, (value) => expectRoundTrip(codec, value)),
      { numRuns: 500 },
    )
  })

  test('auto, where nearly everything is JSON', () => {
    fc.assert(fc.property(nearlyJson, (value) => expectRoundTrip(auto, value)))
  })

  test('strings of any kind next to each other', () => {
    fc.assert(fc.property(fc.array(anyString), (value) => expectRoundTrip(structured, value)))
  })
})

test('the same value makes the same bytes', () => {
  fc.assert(
    fc.property(anyValue, (value) => {
      expect(structured.encode(value, 'key')).toEqual(structured.encode(value, 'key'))
    }),
  )
})

test('JSON-safe is what JSON brings back, and nothing else', () => {
  fc.assert(
    fc.property(nearlyJson, (value) => {
      expect(isJsonSafe(value)).toBe(survivesJson(value))
    }),
    { numRuns: 1000 },
  )
})

test('the JSON codec encodes what is JSON-safe, and nothing else', () => {
  fc.assert(
    fc.property(nearlyJson, (value) => {
      if (isJsonSafe(value)) expectRoundTrip(jsonCodec, value)
      else expect(() => jsonCodec.encode(value, 'key')).toThrow(CodecError)
    }),
  )
})

function survivesJson(value: unknown): boolean {
  try {
    const copy: unknown = JSON.parse(JSON.stringify(value))
    return JSON.stringify(portrait(copy)) === JSON.stringify(portrait(value))
  } catch {
    return false
  }
}

describe('bytes of another arrangement of codecs are never decoded', () => {
  const inner = [jsonCodec, structured, auto]
  const wrappers = [
    (codec: Codec) => compressed(codec, { threshold: 0 }),
    (codec: Codec) => encrypted(codec, { keys }),
  ]
  const wrapped = (codecs: readonly Codec[]) =>
    codecs.flatMap((codec) => wrappers.map((wrapper) => wrapper(codec)))
  const arrangements = [...inner, ...wrapped(inner), ...wrapped(wrapped(inner))]
  const value = { users: [{ name: 'Ada' }, { name: 'Grace' }, { name: 'Edsger' }] }

  test.each(arrangements)('of $name', (writer) => {
    const bytes = writer.encode(value, 'key')
    for (const reader of arrangements) {
      if (reader === writer) expect(reader.decode(bytes, 'key')).toEqual(value)
      else if (reader.id === writer.id) {
        expect(() => reader.decode(bytes, 'key')).toThrow(CodecError)
      }
    }
  })
})
