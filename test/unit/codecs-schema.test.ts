import { describe, expect, test } from 'vitest'
import {
  jsonCodec,
  type SchemaResult,
  type StandardSchema,
  structuredCodec,
  validated,
} from '../../src/codecs/index.ts'
import { CodecError, ConfigError } from '../../src/kernel/errors.ts'

function schema(
  validate: (value: unknown) => SchemaResult | Promise<SchemaResult>,
): StandardSchema {
  return { '~standard': { version: 1, vendor: 'test', validate } }
}

/** `{ name: string, visits: number }`, where `visits` was added later. */
const user = schema((value) => {
  const { name, visits = 0 }: { name?: unknown; visits?: unknown } = Object(value)
  if (typeof name === 'string') return { value: { name, visits } }
  return { issues: [{ message: 'Expected a string', path: ['users', 0, { key: 'name' }] }] }
})
const codec = validated(jsonCodec, user)

test('what the schema accepts comes back', () => {
  const value = { name: 'Ada', visits: 3 }
  expect(codec.decode(codec.encode(value, 'a'), 'a')).toEqual(value)
})

test('a value of an old shape is brought up to date where the schema can', () => {
  expect(codec.decode(jsonCodec.encode({ name: 'Ada' }, 'a'), 'a')).toEqual({
    name: 'Ada',
    visits: 0,
  })
})

test('a value of an old shape is a CodecError where it cannot', () => {
  const bytes = jsonCodec.encode({ fullName: 'Ada' }, 'a')
  expect(() => codec.decode(bytes, 'a')).toThrow(CodecError)
  expect(() => codec.decode(bytes, 'a')).toThrow('refuses value.users[0].name: Expected a string')
})

test('what would be refused later is not written', () => {
  expect(() => codec.encode({ fullName: 'Ada' }, 'a')).toThrow(CodecError)
})

test('what is written is the value, not what the schema made of it', () => {
  const value = { name: 'Ada' }
  expect(codec.encode(value, 'a')).toEqual(jsonCodec.encode(value, 'a'))
})

test('a schema comes and goes without losing what is cached', () => {
  expect(codec.id).toBe(jsonCodec.id)
  expect(validated(structuredCodec(), user).id).toBe(structuredCodec().id)
})

describe('a schema that', () => {
  const decodedBy = (own: StandardSchema) => () =>
    validated(jsonCodec, own).decode(jsonCodec.encode(1, 'a'), 'a')

  test.each([
    ['answers', () => Promise.resolve({ value: 1 })],
    ['fails', () => Promise.reject(new Error('late'))],
  ])('is asynchronous is refused, and nothing of it is left when it %s', (_, result) => {
    expect(decodedBy(schema(result))).toThrow(CodecError)
    expect(decodedBy(schema(result))).toThrow('asynchronous')
  })
  test('throws is a CodecError with the cause', () => {
    const cause = new TypeError('no')
    const failing = schema(() => {
      throw cause
    })
    expect(decodedBy(failing)).toThrow(expect.objectContaining({ code: 'ERR_CACHE_CODEC', cause }))
  })
  test('names no place, or a symbol', () => {
    expect(decodedBy(schema(() => ({ issues: [{ message: 'no' }] })))).toThrow('refuses value: no')
    const path = [Symbol('s')]
    expect(decodedBy(schema(() => ({ issues: [{ message: 'no', path }] })))).toThrow(
      'value["Symbol(s)"]: no',
    )
  })
  test('is a function is fine', () => {
    const callable = Object.assign(() => {}, user)
    expect(
      validated(jsonCodec, callable).decode(jsonCodec.encode({ name: 'Ada' }, ''), ''),
    ).toEqual({ name: 'Ada', visits: 0 })
  })
})

test.each([
  undefined,
  {},
  { '~standard': { version: 2, validate() {} } },
  { '~standard': { version: 1 } },
])('a ConfigError for what is no schema', (other) => {
  expect(() => validated(jsonCodec, other as StandardSchema)).toThrow(ConfigError)
})
