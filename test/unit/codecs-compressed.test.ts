import * as zlib from 'node:zlib'
import { describe, expect, test } from 'vitest'
import {
  type CompressedOptions,
  type CompressionMethod,
  compressed,
  jsonCodec,
} from '../../src/codecs/index.ts'
import { CodecError, ConfigError } from '../../src/kernel/errors.ts'

const hasZstd = 'zstdCompressSync' in zlib
const methods: readonly CompressionMethod[] = hasZstd
  ? ['deflate', 'brotli', 'zstd']
  : ['deflate', 'brotli']
const text = 'as good as it gets '.repeat(500)
const mark = (bytes: Uint8Array) => bytes[1]

describe.each(methods)('%s', (method) => {
  const codec = compressed(jsonCodec, { method })

  test('makes bytes smaller', () => {
    const bytes = codec.encode(text, 'key')
    expect(bytes.length).toBeLessThan(text.length / 20)
    expect(codec.decode(bytes, 'key')).toBe(text)
  })

  test('is read whatever the method of the reader', () => {
    const bytes = codec.encode(text, 'key')
    for (const other of methods) {
      expect(compressed(jsonCodec, { method: other }).decode(bytes, 'key')).toBe(text)
    }
  })

  test('tries as hard as it is told to', () => {
    const value = Array.from({ length: 3000 }, (_, i) => `item ${(i * i) % 977} of ${i % 13}`)
    const sizes = [1, 9].map((level) => compressed(jsonCodec, { method, level }))
    const [fast, small] = sizes.map((codec) => codec.encode(value, 'key').length)
    expect(small).toBeLessThan(Number(fast))
  })

  test('refuses bytes that swell beyond the bound', () => {
    const patient = compressed(jsonCodec, { method, maxOutput: '65mb' })
    const bomb = patient.encode('0'.repeat(2 ** 26), 'key')
    expect(bomb.length).toBeLessThan(2 ** 19)
    expect(() => codec.decode(bomb, 'key')).toThrow(CodecError)

    const bytes = codec.encode(text, 'key')
    const exact = compressed(jsonCodec, { maxOutput: text.length + 2 })
    const narrow = compressed(jsonCodec, { maxOutput: text.length + 1 })
    expect(exact.decode(bytes, 'key')).toBe(text)
    expect(() => narrow.decode(bytes, 'key')).toThrow(CodecError)
  })

  test('refuses bytes that were cut short or are something else', () => {
    const bytes = codec.encode(text, 'key')
    expect(() => codec.decode(bytes.subarray(0, -3), 'key')).toThrow(CodecError)
    expect(() => codec.decode(bytes.subarray(0, 2), 'key')).toThrow(CodecError)
    const noise = Uint8Array.of(bytes[0] ?? 0, bytes[1] ?? 0, 0xff, 0xff, 0xff, 0xff)
    expect(() => codec.decode(noise, 'key')).toThrow(CodecError)
  })
})

test('deflate is what every runtime reads, and the default', () => {
  expect(mark(compressed(jsonCodec).encode(text, 'key'))).toBe(1)
})

test('zstd where the runtime has none: a ConfigError to write, a CodecError to read', () => {
  const bytes = Uint8Array.of(jsonCodec.id, 3, 0x28, 0xb5, 0x2f, 0xfd)
  expect(() => compressed(jsonCodec).decode(bytes, 'key')).toThrow(CodecError)
  if (!hasZstd) expect(() => compressed(jsonCodec, { method: 'zstd' })).toThrow(ConfigError)
})

test('leaves alone what is short, long or does not shrink', () => {
  const short = 'x'.repeat(2045)
  expect(mark(compressed(jsonCodec).encode(short, 'key'))).toBe(0)
  expect(mark(compressed(jsonCodec).encode(`${short}x`, 'key'))).toBe(1)
  expect(mark(compressed(jsonCodec, { threshold: 10 }).encode('x'.repeat(8), 'key'))).toBe(1)
  expect(mark(compressed(jsonCodec, { threshold: 0 }).encode(1, 'key'))).toBe(0)
  const bounded = compressed(jsonCodec, { maxOutput: '1kb', threshold: 0 })
  const long = bounded.encode('x'.repeat(1023), 'key')
  expect(mark(long)).toBe(0)
  expect(bounded.decode(long, 'key')).toBe('x'.repeat(1023))
})

test.each([
  ['This runtime knows no compression method 9', Uint8Array.of(1, 9, 1)],
  ['This runtime knows no compression method undefined', Uint8Array.of(1)],
  ['The bytes are for codec undefined, and json is codec 1', new Uint8Array(0)],
  ['The bytes are for codec 2, and json is codec 1', Uint8Array.of(2, 0, 0x31)],
])('%s', (message, bytes) => {
  expect(() => compressed(jsonCodec).decode(bytes, 'key')).toThrow(CodecError)
  expect(() => compressed(jsonCodec).decode(bytes, 'key')).toThrow(message)
})

test.each<[message: string, options: unknown]>([
  ['Unknown option `limit`', { limit: 1 }],
  ['Expected `method`', { method: 'gzip' }],
  ['Expected `method`', { method: 'toString' }],
  ['Expected `level`', { level: 0 }],
  ['Expected `level`', { level: 10 }],
  ['Expected `level`', { method: 'brotli', level: 12 }],
  ['Expected `threshold`', { threshold: 'large' }],
  ['Expected `maxOutput`', { maxOutput: 0 }],
  ['Expected `maxOutput`', { maxOutput: '4gb' }],
])('%s', (message, options) => {
  const make = () => compressed(jsonCodec, options as CompressedOptions)
  expect(make).toThrow(ConfigError)
  expect(make).toThrow(message)
})
