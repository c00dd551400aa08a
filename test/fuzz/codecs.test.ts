import fc from 'fast-check'
import { afterEach, describe, expect, test } from 'vitest'
import {
  autoCodec,
  type Codec,
  compressed,
  encrypted,
  jsonCodec,
  structuredCodec,
} from '../../src/codecs/index.ts'
import { CodecError } from '../../src/kernel/errors.ts'
import { anyValue } from '../property/value-arbitraries.ts'
import { damaged, everyByteChanged, everyExtension, everyTruncation } from './damage.ts'

class Point {
  x: unknown = 1
}
const classes = {
  point: {
    class: Point,
    encode: (point: Point): unknown => point.x,
    decode: (x: unknown) => Object.assign(new Point(), { x }),
  },
}
const structured = structuredCodec({ classes })
const keys = [{ id: 'a', key: new Uint8Array(32) }]
const codecs: readonly Codec[] = [
  jsonCodec,
  structured,
  autoCodec({ classes }),
  compressed(structured, { threshold: 0 }),
  compressed(structured, { threshold: 0, method: 'brotli' }),
  encrypted(structured, { keys }),
]

/** Something of everything, each at least once as an object that others refer to. */
function specimen(): unknown {
  const shared = { a: 1, b: [1.5, 'text', null, undefined, true, 2n ** 65n] }
  const specimen = {
    shared: [shared, shared, Object.assign(Object.create(null), shared)],
    map: new Map<unknown, unknown>([[shared, new Set([1, 'é', '\ud800'])]]),
    array: Object.assign(new Array(3), { 1: new Date(0), name: /a+/g }),
    error: Object.assign(new TypeError('no', { cause: new URL('https://example.com/') }), {
      shared,
    }),
    bytes: [
      new Float64Array(2),
      new DataView(new ArrayBuffer(3)),
      Buffer.from('b'),
      Object('boxed'),
    ],
    point: new Point(),
    ['__proto__']: 1,
  }
  specimen.error.stack = 'Error\n    at somewhere'
  return Object.assign(specimen, { specimen })
}

const globals = [Object, Array, Map, Set, Error, TypeError, Date, RegExp, URL, Point, Uint8Array]
/** Every member of the prototypes, with what is behind it. */
const prototypes = () =>
  globals.flatMap(({ prototype }) =>
    Reflect.ownKeys(prototype).flatMap((key) => {
      const property = Object.getOwnPropertyDescriptor(prototype, key)
      return [key, property?.value, property?.get, property?.set]
    }),
  )
const intact = prototypes()

/** A value that can be encoded again, or a `CodecError`: anything else fails. */
function decodeAndEncode(codec: Codec, bytes: Uint8Array): void {
  try {
    codec.encode(codec.decode(bytes, 'key'), 'key')
  } catch (error) {
    if (!(error instanceof CodecError)) throw error
  }
}

afterEach(() => {
  const now = prototypes()
  expect(now).toHaveLength(intact.length)
  expect(now.every((part, i) => Object.is(part, intact[i]))).toBe(true)
})

describe('structured bytes with', () => {
  const bytes = structured.encode(specimen(), 'key')

  test.each([
    ['any byte changed', everyByteChanged],
    ['any part at either end missing', everyTruncation],
    ['any byte added', everyExtension],
  ])('%s', (_, damagedBytes) => {
    for (const damaged of damagedBytes(bytes)) decodeAndEncode(structured, damaged)
  })

  test('any part at either end missing are refused', () => {
    for (const part of everyTruncation(bytes)) {
      expect(() => structured.decode(part, 'key')).toThrow(CodecError)
    }
  })

  test('anything in the tree', () => {
    const byte = fc.oneof(
      fc.nat(0x1f),
      fc.nat(8),
      fc.integer({ min: 0x20, max: 0x3f }),
      fc.nat(255),
    )
    fc.assert(
      fc.property(
        fc.integer({ min: 4, max: 5 }),
        fc.array(byte),
        fc.string(),
        (head, tree, text) => {
          const parts = [head, tree.length % 128, ...tree.slice(0, 127), ...Buffer.from(text)]
          decodeAndEncode(structured, Uint8Array.from(parts))
        },
      ),
      { numRuns: 50_000 },
    )
  })
})

describe.each(codecs)('$name', (codec) => {
  test('bytes of any kind', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => decodeAndEncode(codec, bytes)),
      { numRuns: 5000 },
    )
  })

  test('damaged bytes of any value', () => {
    const bytesOfAny = (
      codec === jsonCodec ? fc.json().map((text): unknown => JSON.parse(text)) : anyValue
    ).map((value) => codec.encode(value, 'key'))
    fc.assert(
      fc.property(bytesOfAny.chain(damaged), (bytes) => decodeAndEncode(codec, bytes)),
      { numRuns: 2000 },
    )
  })
})
