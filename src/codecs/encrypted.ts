import {
  createCipheriv,
  createDecipheriv,
  createSecretKey,
  type KeyObject,
  randomFillSync,
} from 'node:crypto'
import type { Codec } from '../contracts/codec.ts'
import type { Bytes } from '../contracts/store.ts'
import { CodecError, ConfigError } from '../kernel/errors.ts'
import { expectFunction, expectOptions } from '../kernel/expect.ts'
import type { FillRandom } from '../kernel/stamp.ts'
import { guarded } from './guarded.ts'
import { expectInnerId } from './inner-codec.ts'

const algorithm = 'aes-256-gcm'
const formatVersion = 1
const nonceLength = 12
const authTagLength = 16

/** A key of AES-256, and the name by which it is found again. */
export interface EncryptionKey {
  /** Names the key in the bytes, where anyone can read it: 1 to 64 visible ASCII characters. */
  readonly id: string
  /** 32 random bytes, as they are, as 64 hexadecimal digits or in base64. Never a password. */
  readonly key: Uint8Array | string
}

/** With which keys values are encrypted. */
export interface EncryptedOptions {
  /** The first one encrypts, all of them decrypt: to rotate, put a new one in front. */
  readonly keys: readonly EncryptionKey[]
  /** Fills the nonces, which must never repeat. @default the system's cryptographic generator */
  readonly random?: FillRandom | undefined
}

const known = new Set(['keys', 'random'])

/**
 * Encrypts what `codec` encodes by AES-256-GCM, bound to the key of its entry. Bytes that were altered,
 * moved to another entry, or encrypted by a key that is not among `keys` are a `CodecError`. Replace a
 * key before it has encrypted 2^32 values: random nonces carry no further (NIST SP 800-38D §8.3).
 *
 * Its bytes are a head (version, id of `codec`, length of the key's id, that id), the nonce, the
 * authentication tag and the ciphertext. The head is authenticated too.
 */
export function encrypted(codec: Codec, options: EncryptedOptions): Codec {
  expectOptions('encrypted()', options, known)
  const keys = importKeys(options.keys)
  const random: FillRandom = options.random ?? randomFillSync
  expectFunction('random', random)
  const [current] = keys
  const head = Buffer.from([formatVersion, codec.id, current.id.length, ...Buffer.from(current.id)])
  return {
    id: 5,
    name: `encrypted(${codec.name})`,
    encode(value, key) {
      const nonce = new Uint8Array(nonceLength)
      random(nonce)
      const cipher = createCipheriv(algorithm, current.secret, nonce, { authTagLength })
      cipher.setAAD(associatedData(head, key))
      const body = [cipher.update(codec.encode(value, key)), cipher.final()]
      return Buffer.concat([head, nonce, cipher.getAuthTag(), ...body])
    },
    decode(bytes, key) {
      const [version, innerId, idLength = 0] = bytes
      if (version !== formatVersion)
        throw new CodecError('The bytes are not encrypted in version 1')
      expectInnerId(codec, innerId)
      const head = bytes.subarray(0, 3 + idLength)
      const id = Buffer.from(head.subarray(3)).toString('latin1')
      const decryptingKey = keys.find((candidate) => candidate.id === id)
      if (!decryptingKey)
        throw new CodecError('The bytes are encrypted by a key that is not among `keys`')
      const plain = guarded('The bytes were altered, moved or encrypted by another key', () =>
        decrypt(decryptingKey.secret, head, bytes.subarray(head.length), key),
      )
      return codec.decode(plain, key)
    },
  }
}

function decrypt(secret: KeyObject, head: Bytes, rest: Bytes, key: string): Bytes {
  const nonce = rest.subarray(0, nonceLength)
  const tag = rest.subarray(nonceLength, nonceLength + authTagLength)
  const decipher = createDecipheriv(algorithm, secret, nonce, { authTagLength })
  decipher.setAAD(associatedData(head, key))
  decipher.setAuthTag(tag)
  const body = rest.subarray(nonceLength + authTagLength)
  return Buffer.concat([decipher.update(body), decipher.final()])
}

/** The key in UTF-16, which tells all strings apart; the head knows its own length. */
function associatedData(head: Bytes, key: string): Bytes {
  return Buffer.concat([head, Buffer.from(key, 'utf16le')])
}

interface ImportedKey {
  readonly id: string
  readonly secret: KeyObject
}

/** The messages never show a value: it could be a key in the wrong place. */
function importKeys(keys: readonly EncryptionKey[]): [ImportedKey, ...ImportedKey[]] {
  if (!Array.isArray(keys)) throw new ConfigError('Expected `keys` to be an array of keys')
  const [first, ...others] = keys.map(importKey)
  if (!first) throw new ConfigError('Expected `keys` to hold at least one key')
  if (new Set(keys.map((key) => key.id)).size < keys.length) {
    throw new ConfigError('Expected the ids of `keys` to be different')
  }
  return [first, ...others]
}

const idPattern = /^[\x21-\x7e]{1,64}$/
const hexPattern = /^[\da-f]{64}$/i
const base64Pattern = /^[\w+/-]{43}=?$/

function importKey(candidate: EncryptionKey, index: number): ImportedKey {
  const { id, key }: Partial<EncryptionKey> = Object(candidate)
  if (typeof id !== 'string' || !idPattern.test(id)) {
    throw new ConfigError(`Expected \`keys[${index}].id\` to be 1 to 64 visible ASCII characters`)
  }
  const bytes = typeof key === 'string' ? keyFromText(key) : key
  if (!(bytes instanceof Uint8Array) || bytes.length !== 32) {
    throw new ConfigError(
      `Expected \`keys[${index}].key\` to be 32 bytes, as a Uint8Array, 64 hexadecimal digits or base64`,
    )
  }
  return { id, secret: createSecretKey(bytes) }
}

function keyFromText(text: string): Bytes | undefined {
  if (hexPattern.test(text)) return Buffer.from(text, 'hex')
  return base64Pattern.test(text) ? Buffer.from(text, 'base64') : undefined
}
