import { afterEach, describe, expect, test, vi } from 'vitest'
import { type Codec, type StructuredOptions, structuredCodec } from '../../src/codecs/index.ts'
import { CodecError, ConfigError } from '../../src/kernel/errors.ts'
import { portrait } from '../property/portrait.ts'

const codec = structuredCodec()
const roundTrip = (value: unknown, by: Codec = codec): unknown =>
  by.decode(by.encode(value, ''), '')
const nested = (depth: number): unknown => JSON.parse('['.repeat(depth) + ']'.repeat(depth))
const accessor = { get: vi.fn(), enumerable: true }

class Point {
  x: number
  constructor(x: number) {
    this.x = x
  }
}
class FarPoint extends Point {}

describe('refuses what it cannot bring back, and says where', () => {
  test.each<[message: string, value: unknown]>([
    ['value.user.callback: it is a function', { user: { callback() {} } }],
    ['value: it is a symbol', Symbol('s')],
    ['value[1]: it is an instance of Point, which is not', [1, new Point(1)]],
    ['value["a b"]: it is an instance of WeakMap, which is not', { 'a b': new WeakMap() }],
    ['value.p: it is an instance of Promise, which is not', { p: Promise.resolve() }],
    ['value: it is an instance of a nameless class, which is not', new (class {})()],
    ['value: it is an instance of Row, which is not', new (class Row extends Array {})()],
    ['value: it is an instance of Object, which is not', Object.create({})],
    ['value[0]: it is a symbol', new Map([['key', Symbol('s')]])],
    ['value[1]: it is a function', new Set([1, () => 1])],
    ['value.cause: it is a function', new Error('x', { cause: () => 1 })],
    ['value.code: it is an accessor', Object.defineProperty(new Error('x'), 'code', accessor)],
    ['value.errors[0]: it is a symbol', new AggregateError([Symbol('s')])],
    ['value.a: it is an accessor', Object.defineProperty({}, 'a', accessor)],
    ['value[0]: it is an accessor', Object.defineProperty(new Array(2), 0, accessor)],
    ['value: it has members that are hidden', Object.defineProperty({}, 'a', { value: 1 })],
    ['value: it has members that are hidden or have symbols', { [Symbol('s')]: 1 }],
    ['value: it has members that are hidden or have', Object.assign([], { [Symbol('s')]: 1 })],
    ['value: it is an instance of Map with members of its own', Object.assign(new Map(), { a: 1 })],
    ['value: it is no Date, for all', Object.create(Date.prototype)],
    ['value: it is no Map, for all', Object.create(Map.prototype)],
    ['value: it is no Error, for all', Object.create(Error.prototype)],
    ['value: it is no Uint8Array, for all', Object.create(Uint8Array.prototype)],
    ['value: it is no String, for all', Object.create(String.prototype)],
    ['it is nested more than 256 deep', nested(257)],
  ])('%s', (message, value) => {
    expect(() => codec.encode(value, '')).toThrow(CodecError)
    expect(() => codec.encode(value, '')).toThrow(message)
    expect(accessor.get).not.toHaveBeenCalled()
  })

  test('whatever a strange object throws is a CodecError', () => {
    const { proxy, revoke } = Proxy.revocable({}, {})
    revoke()
    expect(() => codec.encode(proxy, '')).toThrow(CodecError)
  })
})

describe('keeps', () => {
  test.each<[name: string, value: unknown]>([
    ['256 containers inside each other', nested(256)],
    ['a long string', 'é'.repeat(1_000_000)],
    ['many objects', Array.from({ length: 30_000 }, (_, id) => ({ id, name: `user ${id}` }))],
    [
      'shapes that look alike',
      Array.from({ length: 9 }, (_, i) => [
        { axc: i },
        { ayc: i },
        Object.assign(Object.create(null), { axc: i }),
      ]),
    ],
    ['names with separators in them', [{ 'a\0b': 1, c: 2 }, { a: 1, 'b\0c': 2 }, { '': 0 }, {}]],
    ['bytes that begin in the middle of a buffer', new Uint16Array(new ArrayBuffer(12), 6, 2)],
  ])('%s', (_, value) => {
    expect(portrait(roundTrip(value))).toEqual(portrait(value))
  })

  test('what an error of Node says', () => {
    const error = roundTrip(errorOf(() => new URL('no')))
    expect(error).toBeInstanceOf(TypeError)
    expect(error).toMatchObject({ message: 'Invalid URL', code: 'ERR_INVALID_URL', input: 'no' })
  })

  test('an error without its stack, where that cannot be had', () => {
    const error = Object.defineProperty(new RangeError('message'), 'stack', {
      get() {
        throw new TypeError('no stack')
      },
    })
    const other = roundTrip(error) as RangeError
    expect(other).toBeInstanceOf(RangeError)
    expect([other.message, other.stack]).toEqual(['message', undefined])
  })

  // Of those the stack is made when it is first read, in Node; or not at all, which is no error either.
  test.each(['name', 'message'])('an error whose %s is no text', (name) => {
    const error = Object.assign(new RangeError(), { code: 1, [name]: Object.create(null) })
    const other = roundTrip(error) as typeof error
    expect(other).toBeInstanceOf(RangeError)
    expect(other.code).toBe(1)
    expect(Object.getPrototypeOf(Reflect.get(other, name))).toBe(null)
  })

  test('its own bytes when the next value is encoded', () => {
    const first = codec.encode('first', '')
    codec.encode('other', '')
    expect(codec.decode(first, '')).toBe('first')
  })

  test('ten bytes of a large buffer in few bytes', () => {
    const view = new Uint8Array(new ArrayBuffer(100_000), 50_000, 10)
    expect(codec.encode(view, '').length).toBeLessThan(20)
  })

  test('a view decoded from an odd offset', () => {
    const bytes = codec.encode([1.5, new Float64Array([2.5])], '')
    const shifted = new Uint8Array([0, ...bytes, 0]).subarray(1, -1)
    expect(codec.decode(shifted, '')).toEqual([1.5, new Float64Array([2.5])])
    expect(codec.decode(Buffer.from(bytes), '')).toEqual([1.5, new Float64Array([2.5])])
  })
})

describe('registered classes', () => {
  const point = {
    class: Point,
    encode: (point: Point): unknown => ({ x: point.x }),
    decode: (value: unknown) => new Point(Number(Object(value).x)),
  }
  const registered = structuredCodec({ classes: { point } })

  test('come back as instances, one instance as one', () => {
    const one = new Point(1)
    const shared = { after: 'instances' }
    const value = { list: [one, new Point(2), one], map: new Map([[one, shared]]), shared }
    expect(portrait(roundTrip(value, registered))).toEqual(portrait(value))
  })

  test('may hold anything, other instances included', () => {
    class Line {
      readonly ends: readonly [Point, Point]
      constructor(from: Point, to: Point) {
        this.ends = [from, to]
      }
    }
    const lines = structuredCodec({
      classes: {
        point,
        line: {
          class: Line,
          encode: (line) => new Set(line.ends),
          decode: (ends) => {
            const [from, to] = ends as Set<Point>
            if (!from || !to) throw new TypeError('a line needs two ends')
            return new Line(from, to)
          },
        },
      },
    })
    const value = [new Line(new Point(1), new Point(2)), { after: 1 }]
    expect(portrait(roundTrip(value, lines))).toEqual(portrait(value))
  })

  test('do not include their subclasses', () => {
    expect(() => registered.encode(new FarPoint(1), '')).toThrow('an instance of FarPoint')
  })

  test('cannot hold themselves', () => {
    const around = structuredCodec({
      classes: { point: { ...point, encode: (point) => [point] } },
    })
    expect(() => around.encode({ p: new Point(1) }, '')).toThrow(
      'value.p.encode()[0]: it leads back to an instance of a registered class',
    )
    const endless = structuredCodec({
      classes: { point: { ...point, encode: ({ x }) => new Point(x + 1) } },
    })
    expect(() => endless.encode(new Point(1), '')).toThrow('nested more than 256 deep')
  })

  test('are not built where they are not registered', () => {
    const bytes = registered.encode([new Point(1)], '')
    expect(() => codec.decode(bytes, '')).toThrow('hold an instance of "point", which is not')
    const renamed = structuredCodec({
      classes: { constructor: point, toString: { ...point, class: FarPoint } },
    })
    expect(() => renamed.decode(bytes, '')).toThrow(CodecError)
  })

  test('that fail are a CodecError with the cause', () => {
    const cause = new Error('no')
    const fail = () => {
      throw cause
    }
    const failing = structuredCodec({
      classes: { point: { ...point, encode: fail, decode: fail } },
    })
    expect(() => failing.encode(new Point(1), '')).toThrow(
      expect.objectContaining({ code: 'ERR_CACHE_CODEC', cause }),
    )
    expect(() => failing.decode(registered.encode(new Point(1), ''), '')).toThrow(
      expect.objectContaining({ code: 'ERR_CACHE_CODEC', cause }),
    )
  })

  test.each([{ x: 1 }, undefined, new FarPoint(1)])(
    'that answer something else are refused',
    (other) => {
      const lying = structuredCodec({
        classes: { point: { ...point, decode: () => other as Point } },
      })
      expect(() => roundTrip(new Point(1), lying)).toThrow(CodecError)
    },
  )

  test('may encode by the same codec', () => {
    const inner = structuredCodec({
      classes: {
        point: {
          class: Point,
          encode: ({ x }) => codec.encode({ x }, ''),
          decode: (bytes) => new Point(Number(Object(codec.decode(bytes as Uint8Array, '')).x)),
        },
      },
    })
    const value = ['before', new Point(1), 'after']
    expect(portrait(roundTrip(value, inner))).toEqual(portrait(value))
  })

  test.each<[rule: string, options: unknown]>([
    ['Unknown option `class` of structuredCodec()', { class: {} }],
    ['Expected `a name in classes`', { classes: { '': point } }],
    ['Expected `classes.a`', { classes: { a: 1 } }],
    ['Expected `classes.a.decode`', { classes: { a: { class: Point, encode: String } } }],
    ['`classes.b` registers a class that is known already', { classes: { a: point, b: point } }],
    ['`classes.a` registers a class that is known', { classes: { a: { ...point, class: Map } } }],
    [
      '`classes.a` registers a class that is known',
      { classes: { a: { ...point, class: Object } } },
    ],
    ['`classes.a` registers a class that is known', { classes: { a: { ...point, class: Array } } }],
  ])('%s', (message, options) => {
    const make = () => structuredCodec(options as StructuredOptions)
    expect(make).toThrow(ConfigError)
    expect(make).toThrow(message)
  })
})

const varint = (value: number): number[] =>
  value < 128 ? [value] : [(value % 128) + 128, ...varint(Math.floor(value / 128))]
const bytesOf = (tree: readonly number[], text = '') =>
  Uint8Array.from([4, ...varint(tree.length), ...tree, ...new TextEncoder().encode(text)])
const fourBillion = varint(2 ** 32 - 1)

describe('refuses bytes', () => {
  const version = 'not in version 1'
  const early = 'end before the value does'
  const late = 'go on after the value'
  const long = 'a number that is too long'
  const deep = 'nested more than 256 deep'
  const broken = 'cannot be decoded'

  test.each<[what: string, message: string, bytes: Uint8Array]>([
    ['that are none', version, new Uint8Array(0)],
    ['of a later version', version, Uint8Array.of(8, 1, 0)],
    ['of JSON', version, Uint8Array.of(0x7b, 0x7d)],
    ['of the other byte order', 'the other byte order', Uint8Array.of(6, 1, 0)],
    ['that are a head only', early, Uint8Array.of(4)],
    ['without a value', early, bytesOf([])],
    ['without a value, but with text', early, bytesOf([], 'x')],
    ['that end inside the tree', early, Uint8Array.of(4, 2, 0)],
    ['that hold two values', late, bytesOf([0, 0])],
    ['whose text goes on', late, bytesOf([0], 'x')],
    ['with half a unit of UTF-16', early, Uint8Array.of(5, 1, 0, 0x61)],
    ['with text that is no UTF-8', broken, Uint8Array.of(4, 1, 0x61, 0xff)],
    ['with an unknown tag', 'unknown tag', bytesOf([0x0f])],
    ['with a number of six bytes', long, bytesOf([0x08, 0x80, 0x80, 0x80, 0x80, 0x80, 0])],
    ['with a number of 33 bits', long, bytesOf([0x08, 0xff, 0xff, 0xff, 0xff, 0x1f])],
    ['with half a double', early, bytesOf([0x05, 0, 0])],
    ['with a string longer than the text', early, bytesOf([0x64], 'abc')],
    ['with a string of 4 billion units', early, bytesOf([0x07, ...fourBillion])],
    ['with 4 billion elements', early, bytesOf([0x0c, ...fourBillion, 0])],
    ['with 4 billion members', early, bytesOf([0x0d, 1, ...fourBillion, 0])],
    ['with 4 billion entries of a Map', early, bytesOf([0x12, ...fourBillion, 0])],
    ['with 4 billion elements of a Set', early, bytesOf([0x13, ...fourBillion, 0])],
    ['with 4 billion names', early, bytesOf([0x0a, ...fourBillion, 0])],
    ['with an ArrayBuffer of 4 GB', early, bytesOf([0x15, ...fourBillion, 0])],
    ['with more elements than bytes', early, bytesOf([0x0c, 3, 0x81, 0x81], 'abc')],
    ['with an array with two lengths', broken, bytesOf([0x0d, 1, 1, 6, 0x81], 'length')],
    ['with a bigint that is none', broken, bytesOf([0x06, 3], 'xyz')],
    ['with a bigint without digits', broken, bytesOf([0x06, 1], '-')],
    ['with a RegExp that is none', broken, bytesOf([0x11, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0], '(')],
    ['with a URL that is none', broken, bytesOf([0x14, 2], 'no')],
    ['with half an element of a typed array', broken, bytesOf([0x33, 1, 0])],
    ['with a reference to nothing', 'an object that is not there', bytesOf([0x08, 0])],
    ['with a reference ahead', 'object that is not there', bytesOf([0x0c, 2, 0x08, 1, 0x0c, 0])],
    ['with a shape that is not there', 'a shape that is not there', bytesOf([0x40])],
    ['with a box in a box', 'around something', bytesOf([0x0c, 2, 0x16, 0x81, 0x16, 0x08, 1])],
    ['with a Number around a string', 'around something else', bytesOf([0x16, 0x61], 'a')],
    ['with a Number around null', 'around something else', bytesOf([0x16, 0])],
    ['with arrays in arrays', deep, bytesOf([...Array(100_000).fill([0x0c, 1]).flat(), 0])],
    ['with boxes in boxes', deep, bytesOf([...Array(100_000).fill(0x16), 0x81])],
    ['with 257 Maps in each other', deep, bytesOf([...Array(257).fill([0x12, 1, 0]).flat(), 0])],
  ])('%s', (_, message, bytes) => {
    expect(() => codec.decode(bytes, '')).toThrow(CodecError)
    expect(() => codec.decode(bytes, '')).toThrow(message)
  })

  test('of classes that the runtime does not have, but takes a Buffer for its bytes', async () => {
    vi.stubGlobal('Buffer', undefined)
    vi.stubGlobal('Float16Array', undefined)
    vi.resetModules()
    const elsewhere = (await import('../../src/codecs/structured.ts')).structuredCodec()
    expect(elsewhere.decode(bytesOf([0x3d, 1, 9]), '')).toStrictEqual(Uint8Array.of(9))
    expect(() => elsewhere.decode(bytesOf([0x37, 2, 0, 0]), '')).toThrow('a Float16Array, which')
  })
  afterEach(() => vi.unstubAllGlobals())
})

describe('decoding', () => {
  test('defines what could be a setter, and touches no prototype', () => {
    const value = JSON.parse(
      '{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}',
    )
    const error = Object.defineProperties(new Error(), Object.getOwnPropertyDescriptors(value))
    expect(portrait(roundTrip([value, error]))).toEqual(portrait([value, error]))
    expect('polluted' in {}).toBe(false)
  })

  test('sets no room aside for what is only claimed', () => {
    const claims = [
      bytesOf([0x0d, ...varint(30_000_000), 0]),
      bytesOf([
        0x0c,
        1,
        ...Array(200)
          .fill([0x0d, ...varint(1_000_000), 1, 0])
          .flat(),
        0x81,
      ]),
    ]
    const before = process.memoryUsage()
    const kept = claims.map((bytes) => codec.decode(bytes, ''))
    const after = process.memoryUsage()
    expect(kept[0]).toHaveLength(30_000_000)
    expect(after.heapUsed - before.heapUsed).toBeLessThan(20_000_000)
  })
})

function errorOf(action: () => unknown): unknown {
  try {
    return action()
  } catch (error) {
    return error
  }
}
