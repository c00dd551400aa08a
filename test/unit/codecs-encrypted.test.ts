import { createHash } from 'node:crypto'
import { inspect } from 'node:util'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type EncryptedOptions, encrypted, jsonCodec } from '../../src/codecs/index.ts'
import { CodecError, ConfigError } from '../../src/kernel/errors.ts'

const secret = (text: string) => createHash('sha256').update(text).digest()
const may = { id: 'may', key: secret('may') }
const june = { id: 'june', key: secret('june') }
const value = { card: '4111 1111 1111 1111' }
const codec = encrypted(jsonCodec, { keys: [may] })

test('what is encrypted comes back, and shows nothing of itself', () => {
  const bytes = codec.encode(value, 'user:1')
  expect(codec.decode(bytes, 'user:1')).toEqual(value)
  expect(Buffer.from(bytes).toString('latin1')).not.toContain('4111')
})

test('equal values make different bytes', () => {
  expect(codec.encode(value, 'user:1')).not.toEqual(codec.encode(value, 'user:1'))
})

test('the nonce is what `random` fills', () => {
  const nonces: Uint8Array[] = []
  const own = encrypted(jsonCodec, { keys: [may], random: (bytes) => nonces.push(bytes.fill(5)) })
  expect(own.encode(value, 'a')).toEqual(own.encode(value, 'a'))
  expect(nonces).toHaveLength(2)
  expect(nonces[0]).toEqual(new Uint8Array(12).fill(5))
})

describe('rotation', () => {
  const before = codec.encode(value, 'a')
  const rotating = encrypted(jsonCodec, { keys: [june, may] })

  test('the new key in front encrypts, the old one still decrypts', () => {
    expect(rotating.decode(before, 'a')).toEqual(value)
    expect(encrypted(jsonCodec, { keys: [june] }).decode(rotating.encode(value, 'a'), 'a')).toEqual(
      value,
    )
  })
  test('a key that is gone decrypts no more', () => {
    expect(() => encrypted(jsonCodec, { keys: [june] }).decode(before, 'a')).toThrow(
      'encrypted by a key that is not among `keys`',
    )
  })
  test('another key under the same id does not decrypt', () => {
    const impostor = encrypted(jsonCodec, { keys: [{ id: 'may', key: june.key }] })
    expect(() => impostor.decode(before, 'a')).toThrow(CodecError)
  })
  test('one key under two ids is two keys', () => {
    const renamed = encrypted(jsonCodec, { keys: [{ id: 'mai', key: may.key }] })
    const forged = Uint8Array.from(before)
    forged.set(Buffer.from('mai'), 3)
    expect(() => renamed.decode(forged, 'a')).toThrow(CodecError)
  })
})

describe('refuses', () => {
  test('bytes under another key of the cache', () => {
    const bytes = codec.encode(value, 'user:1')
    expect(() => codec.decode(bytes, 'user:2')).toThrow('altered, moved or encrypted')
    expect(() => codec.decode(codec.encode(value, '\ud800'), '\ud801')).toThrow(CodecError)
  })

  test('bytes that differ in a single bit', () => {
    const bytes = codec.encode(value, 'a')
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const changed = Uint8Array.from(bytes)
      changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7))
      expect(() => codec.decode(changed, 'a')).toThrow(CodecError)
    }
  })

  test('bytes that were cut or added to', () => {
    const bytes = codec.encode(value, 'a')
    for (let length = 0; length < bytes.length; length++) {
      expect(() => codec.decode(bytes.subarray(0, length), 'a')).toThrow(CodecError)
    }
    expect(() => codec.decode(Uint8Array.from([...bytes, 0]), 'a')).toThrow(CodecError)
  })

  test('bytes of any kind', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        expect(() => codec.decode(bytes, 'a')).toThrow(CodecError)
        expect(() =>
          codec.decode(Uint8Array.from([1, 1, 3, ...Buffer.from('may'), ...bytes]), 'a'),
        ).toThrow(CodecError)
      }),
    )
  })
})

describe('keys', () => {
  test.each([
    ['bytes', Uint8Array.from(may.key)],
    ['hexadecimal', may.key.toString('hex')],
    ['base64', may.key.toString('base64')],
    ['base64url', may.key.toString('base64url')],
  ])('as %s', (_, key) => {
    const bytes = encrypted(jsonCodec, { keys: [{ id: 'may', key }] }).encode(value, 'a')
    expect(codec.decode(bytes, 'a')).toEqual(value)
  })

  const password = 'correct horse battery staple'
  test.each<[message: string, options: unknown]>([
    ['Expected `keys` to be an array', { keys: password }],
    ['Expected `keys` to be an array', {}],
    ['Expected `keys` to hold at least one', { keys: [] }],
    ['Expected `keys[0].key` to be 32 bytes', { keys: [{ id: 'a', key: password }] }],
    [
      'Expected `keys[1].key` to be 32 bytes',
      { keys: [may, { id: 'a', key: may.key.subarray(1) }] },
    ],
    [
      'Expected `keys[0].key` to be 32 bytes',
      { keys: [{ id: 'a', key: may.key.toString('hex').slice(2) }] },
    ],
    ['Expected `keys[0].key` to be 32 bytes', { keys: [{ id: 'a' }] }],
    ['Expected `keys[0].id`', { keys: [{ id: password, key: 'a' }] }],
    ['Expected `keys[0].id`', { keys: [{ id: '', key: may.key }] }],
    ['Expected `keys[0].id`', { keys: [{ id: 'x'.repeat(65), key: may.key }] }],
    ['Expected `keys[0].id`', { keys: [null] }],
    ['Expected the ids of `keys` to be different', { keys: [may, { id: 'may', key: june.key }] }],
    ['Unknown option `key` of encrypted()', { keys: [may], key: password }],
    ['Expected `random` to be a function', { keys: [may], random: 1 }],
  ])('%s', (message, options) => {
    const make = () => encrypted(jsonCodec, options as EncryptedOptions)
    expect(make).toThrow(ConfigError)
    expect(make).toThrow(message)
    expect(make).not.toThrow(/correct|horse/)
  })

  test('are nowhere in what can be printed', () => {
    const hex = inspect(codec, { depth: 9, showHidden: true })
    expect(hex).not.toContain(may.key.toString('hex').slice(0, 8))
  })
})
