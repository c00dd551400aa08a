import { describe, expect, test, vi } from 'vitest'
import { autoCodec, isJsonSafe, jsonCodec, structuredCodec } from '../../src/codecs/index.ts'
import { CodecError } from '../../src/kernel/errors.ts'
import { portrait } from '../property/portrait.ts'

const inUtf8 = (text: string) => new TextEncoder().encode(text)
const symbol = Symbol('s')

class Point {
  x = 1
}
const cycle: unknown[] = []
cycle.push({ cycle })
const nested = (depth: number) => JSON.parse('['.repeat(depth) + ']'.repeat(depth)) as unknown

const safe: Readonly<Record<string, unknown>> = {
  null: null,
  booleans: [true, false],
  numbers: [0, -1, 1.5, 1e300, 5e-324, Number.MAX_SAFE_INTEGER],
  strings: ['', 'é', '\ud800', '\ufeff', '\0', '"\\\n'],
  arrays: [[], [[]], [null]],
  objects: { a: { b: {} }, '': 1, 'b c': 2 },
  'own __proto__': JSON.parse('{"__proto__":{"a":1}}'),
  'a toJSON that is no function': { toJSON: 1 },
  'an array as deep as may be': nested(256),
  'more than fits in one go': 'é'.repeat(20_000),
}

const unsafe: Readonly<Record<string, readonly [value: unknown, message: string]>> = {
  undefined: [undefined, 'value back as it is: it is undefined'],
  'an undefined member': [{ a: undefined }, 'value.a back as it is: it is undefined'],
  'an undefined element': [[1, undefined], 'value[1] back as it is: it is undefined'],
  NaN: [[NaN], 'value[0] back as it is: it is NaN'],
  Infinity: [{ 'b c': [-Infinity] }, 'value["b c"][0] back as it is: it is -Infinity'],
  'minus zero': [-0, 'value back as it is: it is -0'],
  bigint: [1n, 'is a bigint'],
  symbol: [symbol, 'is a symbol'],
  function: [{ user: { callback() {} } }, 'value.user.callback back as it is: it is a function'],
  toJSON: [{ toJSON: () => 1 }, 'value.toJSON back as it is: it is a function'],
  Date: [{ at: new Date(0) }, 'value.at back as it is: it is an instance of Date'],
  Map: [new Map(), 'is an instance of Map'],
  Set: [new Set(), 'is an instance of Set'],
  'typed array': [new Uint8Array(1), 'is an instance of Uint8Array'],
  'boxed number': [Object(1), 'is an instance of Number'],
  'class instance': [[new Point()], 'value[0] back as it is: it is an instance of Point'],
  'array of a subclass': [new (class Row extends Array {})(), 'is an instance of Row'],
  'no prototype': [Object.create(null), 'is an object without a prototype'],
  'another prototype': [Object.create({ a: 1 }), 'is an instance of Object'],
  'an array in name only': [Object.create(Array.prototype), 'is an instance of Array'],
  hole: [new Array(1), 'is an array with holes or named members'],
  'hole and named member': [Object.assign(new Array(1), { a: 1 }), 'is undefined'],
  'named member of an array': [Object.assign([1], { a: 1 }), 'holes or named members'],
  'symbol on an array': [Object.assign([1], { [symbol]: 1 }), 'holes or named members'],
  'symbol for a name': [{ [symbol]: 1 }, 'members that are hidden or have symbols for names'],
  'hidden member': [
    Object.defineProperty({}, 'a', { value: 1 }),
    'members that are hidden or have symbols for names',
  ],
  getter: [
    {
      get a() {
        return 1
      },
    },
    'value.a back as it is: it is an accessor',
  ],
  setter: [{ set a(_: unknown) {} }, 'value.a back as it is: it is an accessor'],
  cycle: [cycle, 'value[0].cycle back as it is: it is an object that was met before'],
  'too deep': [nested(257), 'is nested more than 256 deep'],
  'a proxy that fails': [
    new Proxy(
      {},
      {
        ownKeys: () => {
          throw new Error('no')
        },
      },
    ),
    'cannot be written as JSON',
  ],
}

describe('JSON-safe', () => {
  test.each(Object.entries(safe))('%s', (_, value) => {
    expect(isJsonSafe(value)).toBe(true)
    expect(portrait(jsonCodec.decode(jsonCodec.encode(value, ''), ''))).toEqual(portrait(value))
  })
})

describe('not JSON-safe', () => {
  test.each(Object.entries(unsafe))('%s', (_, [value, message]) => {
    expect(() => jsonCodec.encode(value, '')).toThrow(CodecError)
    expect(() => jsonCodec.encode(value, '')).toThrow(message)
  })
  test.each(Object.entries(unsafe).filter(([name]) => name !== 'a proxy that fails'))(
    'isJsonSafe: %s',
    (_, [value]) => {
      expect(isJsonSafe(value)).toBe(false)
    },
  )
})

test('no getter is run', () => {
  const get = vi.fn()
  expect(isJsonSafe(Object.defineProperty({}, 'a', { get, enumerable: true }))).toBe(false)
  expect(get).not.toHaveBeenCalled()
})

test('an object met twice is written twice', () => {
  const twice = { a: 1 }
  expect(isJsonSafe([twice, twice])).toBe(true)
  expect(jsonCodec.decode(jsonCodec.encode([twice, twice], ''), '')).toEqual([twice, twice])
})

test('bytes that were handed out do not change with the next value', () => {
  const first = jsonCodec.encode('first', '')
  jsonCodec.encode('other', '')
  expect(jsonCodec.decode(first, '')).toBe('first')
})

test.each([
  ['no bytes', inUtf8('')],
  ['half a text', inUtf8('{"a":')],
  ['two texts', inUtf8('1 2')],
  ['no UTF-8', Uint8Array.of(0x22, 0xff, 0x22)],
  ['a byte order mark', inUtf8('\ufeff1')],
])('%s: a CodecError', (_, bytes) => {
  expect(() => jsonCodec.decode(bytes, '')).toThrow(CodecError)
})

describe('auto', () => {
  const auto = autoCodec()
  test('is JSON where JSON keeps everything', () => {
    const value = { a: [1, 'two'] }
    expect(auto.encode(value, '')).toEqual(jsonCodec.encode(value, ''))
  })
  test('is structured where it does not', () => {
    const value = { at: new Date(0) }
    expect(auto.encode(value, '')).toEqual(structuredCodec().encode(value, ''))
  })
  test('keeps one object met twice one object', () => {
    const twice = {}
    const [first, second] = auto.decode(auto.encode([twice, twice], ''), '') as unknown[]
    expect(first).toBe(second)
  })
  test('a graph whose paths are too many to walk is no trouble', () => {
    let value: unknown = 'leaf'
    for (let i = 0; i < 200; i++) value = [value, value]
    expect(portrait(auto.decode(auto.encode(value, ''), ''))).toEqual(portrait(value))
  })
  test('no bytes: a CodecError', () => {
    expect(() => auto.decode(new Uint8Array(0), '')).toThrow(CodecError)
  })
})
