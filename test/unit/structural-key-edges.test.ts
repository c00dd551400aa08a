import { describe, expect, test } from 'vitest'
import { cacheKey, structuralKey } from '../../src/kernel/structural-key.ts'

const key = (...values: unknown[]) => structuralKey(values)
const symbol = Symbol.for('inner')

describe('anything may be nested 250 deep, and no deeper', () => {
  test.each<[string, (inner: unknown) => object]>([
    ['object', (inner) => ({ inner })],
    ['object without a prototype', (inner) => Object.assign(Object.create(null), { inner })],
    ['property under a symbol', (inner) => ({ [symbol]: inner })],
    ['array', (inner) => [inner]],
    ['array with holes', (inner) => Object.assign(new Array(2), [inner])],
    ['set', (inner) => new Set([inner])],
    ['key of a map', (inner) => new Map([[inner, 1]])],
    ['value of a map', (inner) => new Map([[1, inner]])],
    ['what says itself what it is', (inner) => ({ [cacheKey]: inner })],
  ])('%s', (_, around) => {
    let value: unknown = 1
    for (let depth = 0; depth < 250; depth++) value = around(value)
    expect(() => key(value)).not.toThrow()
    expect(() => key(0, value)).not.toThrow()
    expect(() => key(around(value))).toThrow('is nested deeper than 250 levels')
  })
})

test('what has the prototype of an array, or is one of a class of its own, is none', () => {
  class List extends Array {}
  expect(() => key(new List())).toThrow('is an instance of List, which says nothing')
  expect(() => key(Object.create(Array.prototype))).toThrow('is an instance of Array')
})

test('a class may have no name', () => {
  const nameless = Object.create(Object.create(null))
  expect(() => key(nameless)).toThrow('argument 1 is an instance of a nameless class')
  const said = Object.create(Object.create(null), { [cacheKey]: { value: 5 } })
  expect(key(said)).toBe('@0:(5)')
  expect(key(Object.assign(Object.create(null), { [cacheKey]: 5 }))).toBe('@0:(5)')
})

test('a property under a symbol counts if it is enumerable', () => {
  const hidden = Object.defineProperty({ a: 1 }, symbol, { value: 2, enumerable: false })
  expect(key(hidden)).toBe(key({ a: 1 }))
  expect(key({ a: 1, [symbol]: 2 })).not.toBe(key({ a: 1 }))
})

test('arrays are dense where each index is there', () => {
  expect(key([])).toBe('[]')
  expect(key([[]], 1)).toBe('[ []],1')
  expect(key(Object.assign(new Array(1), { x: undefined }))).not.toBe(key([undefined]))
  expect(key(Object.assign([1], { x: 1 }))).not.toBe(key([1]))
})

test('zeros are told apart by their sign', () => {
  expect(key(0)).toBe('0')
  expect(key(-0)).toBe('-0')
})

test('a buffer is its bytes, as a view is those it shows', () => {
  const bytes = Uint8Array.of(97, 98, 99)
  expect(key(bytes.buffer)).toBe('ArrayBuffer(3:abc)')
  expect(key(bytes.subarray(1))).toBe('Uint8Array(2:bc)')
  expect(key(new DataView(bytes.buffer, 0, 2))).toBe('DataView(2:ab)')
})

describe('bytes are known by their kind and what is in them', () => {
  type Kind = new (buffer: ArrayBuffer) => ArrayBufferView
  const kinds: readonly Kind[] = [
    ...[Int8Array, Uint8Array, Uint8ClampedArray, Int16Array, Uint16Array, Int32Array, Uint32Array],
    ...[Float32Array, Float64Array, BigInt64Array, BigUint64Array, DataView],
  ]

  test.each(kinds.map((kind) => [kind.name, kind] as const))('%s', (_, kind) => {
    const filled = (byte: number) => new kind(new Uint8Array(16).fill(byte).buffer)
    expect(key(filled(1))).toBe(key(filled(1)))
    expect(key(filled(1))).not.toBe(key(filled(2)))
    for (const other of kinds) {
      if (other !== kind) expect(key(new other(new ArrayBuffer(8)))).not.toBe(key(filled(0)))
    }
  })
})

describe('names that are not remembered are told apart all the same', () => {
  const many = (count: number) =>
    Object.fromEntries(Array.from({ length: count }, (_, i) => [`n${i}`, i]))

  test.each<[string, object, object]>([
    ['a long one', { ['x'.repeat(100)]: 1 }, { ['x'.repeat(101)]: 1 }],
    ['one after a long one', { ['x'.repeat(100)]: 1, a: 1 }, { ['x'.repeat(100)]: 1, b: 1 }],
    ['many', many(40), many(41)],
  ])('%s', (_, one, other) => {
    expect(key(one)).toBe(key({ ...one }))
    expect(key(one)).not.toBe(key(other))
  })
})
