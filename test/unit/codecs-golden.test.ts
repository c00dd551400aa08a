import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import {
  autoCodec,
  type Codec,
  compressed,
  encrypted,
  jsonCodec,
  structuredCodec,
} from '../../src/codecs/index.ts'
import { portrait } from '../property/portrait.ts'

/**
 * What the codecs wrote when their formats were settled. These files are never written again: a cache
 * that survives a restart holds such bytes. A new format has a new version, and files of its own.
 */
function golden(name: string): Readonly<Record<string, string>> {
  const file = new URL(`../golden/codecs-v1/${name}.json`, import.meta.url)
  return JSON.parse(readFileSync(file, 'utf8'))
}

class Money {
  readonly cents: number
  constructor(cents: number) {
    this.cents = cents
  }
}
const structured = structuredCodec({
  classes: {
    money: {
      class: Money,
      encode: (money) => money.cents,
      decode: (cents) => new Money(Number(cents)),
    },
  },
})

function cycle(): unknown {
  const object: Record<string, unknown> = { list: [], map: new Map(), set: new Set() }
  const { list, map, set } = object
  Object.assign(object, { self: object })
  if (Array.isArray(list)) list.push(object, map, set)
  if (map instanceof Map) map.set(object, map).set('list', list)
  if (set instanceof Set) set.add(set).add(object)
  return object
}

function error(ErrorClass: new (message?: string, options?: ErrorOptions) => Error): Error {
  const error = new ErrorClass('out of paper', { cause: 'tray 2' })
  error.stack = 'a stack'
  return Object.assign(error, { code: 'E_PAPER' })
}

function aggregate(): Error {
  const error = new AggregateError([1, 'two'], 'both')
  error.stack = 'a stack'
  return error
}

function bareError(): Error {
  const error = new Error()
  Reflect.deleteProperty(error, 'stack')
  return error
}

function arrayWith(length: number, members: Record<string, unknown>): unknown {
  return Object.assign(new Array(length), members)
}

const eightBytes = () => Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8).buffer

const structuredValues: Readonly<Record<string, () => unknown>> = {
  undefined: () => undefined,
  null: () => null,
  false: () => false,
  true: () => true,
  zero: () => 0,
  'minus zero': () => -0,
  127: () => 127,
  128: () => 128,
  'minus one': () => -1,
  'greatest integer': () => 2 ** 31 - 1,
  'least integer': () => -(2 ** 31),
  'first double': () => 2 ** 31,
  fraction: () => 1.5,
  NaN: () => NaN,
  Infinity: () => Infinity,
  'minus Infinity': () => -Infinity,
  bigint: () => 0n,
  'minus bigint': () => -(2n ** 70n),
  'empty string': () => '',
  'string of 31': () => 'x'.repeat(31),
  'string of 32': () => 'x'.repeat(32),
  'string of 200': () => 'é'.repeat(200),
  emoji: () => '🙂',
  'lone surrogates': () => ['a\ud83d', '\ude42b', '\udc00'],
  'byte order mark': () => '\ufeffx',
  object: () => ({ a: 1, b: 'two', 'c d': 3 }),
  'empty object': () => ({}),
  'own __proto__': () => JSON.parse('{"__proto__":{"polluted":true},"constructor":1}'),
  'object without a prototype': () => Object.assign(Object.create(null), { a: 1 }),
  'same shapes': () => [
    { a: 1, b: 2 },
    { a: 3, b: 4 },
    { b: 1, a: 2 },
  ],
  '34 shapes': () => [
    ...Array.from({ length: 34 }, (_, i) => ({ [`name ${i}`]: i })),
    { 'name 31': 31 },
    { 'name 33': 33 },
  ],
  array: () => [1, [2, []], 'three'],
  holes: () => arrayWith(5, { 1: 'one', 3: undefined }),
  'named members': () => Object.assign([1, 2], { index: 0, input: 'x' }),
  'longest array': () => arrayWith(2 ** 32 - 1, { 4294967294: 'last' }),
  Map: () =>
    new Map<unknown, unknown>([
      [1, 'one'],
      ['two', new Map()],
    ]),
  Set: () => new Set([1, 'two', undefined]),
  cycle,
  'one object twice': () => [{ a: 1 }, [[1]]].flatMap((value) => [value, value]),
  Date: () => new Date(1_700_000_000_123),
  'invalid Date': () => new Date(NaN),
  RegExp: () => Object.assign(/a(?<b>c)\/\n/giu, { lastIndex: 3 }),
  URL: () => new URL('https://user:pass@example.com:8080/päth?q=1#f'),
  Number: () => Object(-0),
  String: () => Object('text'),
  Boolean: () => Object(false),
  BigInt: () => Object(12n),
  Error: () => error(Error),
  EvalError: () => error(EvalError),
  RangeError: () => error(RangeError),
  ReferenceError: () => error(ReferenceError),
  SyntaxError: () => error(SyntaxError),
  TypeError: () => error(TypeError),
  URIError: () => error(URIError),
  AggregateError: aggregate,
  'error without message and stack': bareError,
  ArrayBuffer: eightBytes,
  Int8Array: () => new Int8Array(eightBytes()),
  Uint8Array: () => new Uint8Array(eightBytes(), 2, 3),
  Uint8ClampedArray: () => new Uint8ClampedArray(eightBytes()),
  Int16Array: () => new Int16Array(eightBytes()),
  Uint16Array: () => new Uint16Array(eightBytes()),
  Int32Array: () => new Int32Array(eightBytes()),
  Uint32Array: () => new Uint32Array(eightBytes()),
  Float32Array: () => new Float32Array(eightBytes()),
  Float64Array: () => new Float64Array(eightBytes()),
  BigInt64Array: () => new BigInt64Array(eightBytes()),
  BigUint64Array: () => new BigUint64Array(eightBytes()),
  DataView: () => new DataView(eightBytes(), 1, 2),
  Buffer: () => Buffer.from('bytes'),
  'registered class': () => [new Money(1250), new Money(5)],
}

const text = () => ({ text: 'a '.repeat(2000) })
const otherCodecs: Readonly<Record<string, { codec: Codec; value: () => unknown }>> = {
  json: { codec: jsonCodec, value: () => ({ a: [1, 'é', null] }) },
  'auto, JSON': { codec: autoCodec(), value: () => ({ a: [1, 'é', null] }) },
  'auto, structured': { codec: autoCodec(), value: () => ({ at: new Date(0) }) },
  'compressed, but short': { codec: compressed(jsonCodec), value: () => 'short' },
  encrypted: {
    codec: encrypted(jsonCodec, {
      keys: [{ id: '2024', key: '00112233445566778899aabbccddeeff'.repeat(2) }],
      random: (bytes) => bytes.fill(9),
    }),
    value: () => 'secret',
  },
}

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex')
const bytes = (hex: string | undefined) => new Uint8Array(Buffer.from(hex ?? '', 'hex'))

describe('structured, version 1', () => {
  const files = golden('structured')
  test('there are bytes for each value', () => {
    expect(Object.keys(files).sort()).toEqual(Object.keys(structuredValues).sort())
  })
  test.each(Object.entries(structuredValues))('%s', (name, value) => {
    expect(hex(structured.encode(value(), ''))).toBe(files[name])
    expect(portrait(structured.decode(bytes(files[name]), ''))).toEqual(portrait(value()))
  })
})

describe('other codecs', () => {
  const files = golden('others')
  test.each(Object.entries(otherCodecs))('%s', (name, { codec, value }) => {
    expect(hex(codec.encode(value(), 'key'))).toBe(files[name])
    expect(codec.decode(bytes(files[name]), 'key')).toEqual(value())
  })

  // What zlib makes of a text differs between its versions; what it reads does not.
  test.each(['deflate', 'brotli'] as const)('compressed by %s is read', (method) => {
    const codec = compressed(jsonCodec, { method })
    expect(codec.decode(bytes(files[method]), 'key')).toEqual(text())
    expect(codec.decode(codec.encode(text(), 'key'), 'key')).toEqual(text())
  })
})
