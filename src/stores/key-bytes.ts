import { createHash } from 'node:crypto'

/**
 * Keys as bytes, for stores that order them: a tag, then the units of the key, a byte each where all
 * of them fit, and two otherwise. Keys that are too long for an index are hashed, under a third tag.
 */
const narrowTag = 0
const wideTag = 1
const hashedTag = 2

const wide = /[\u0100-\uffff]/

/** Bytes that are different for different strings, lone surrogates and NULs included. */
export function encodeKey(key: string): Buffer {
  return wide.test(key) ? encodeWide(key) : tagged(narrowTag, key, 'latin1', key.length)
}

export function decodeKey(encoded: Uint8Array): string {
  return Buffer.from(encoded.buffer, encoded.byteOffset, encoded.length).toString(
    encoded[0] === wideTag ? 'utf16le' : 'latin1',
    1,
  )
}

/** The encoded key itself where it has up to `longest` bytes, else the hash of it. */
export function indexKey(encodedKey: Buffer, longest: number): Buffer {
  if (encodedKey.length <= longest) return encodedKey
  return Buffer.concat([Buffer.of(hashedTag), createHash('sha256').update(encodedKey).digest()])
}

/** Whether it is a hash, and the key must be looked up in full elsewhere. */
export function isHashed(indexKey: Uint8Array): boolean {
  return indexKey[0] === hashedTag
}

/** First bytes of the ranges of an index in which there may be keys that begin with `prefix`. */
export function headsOf(prefix: string): Buffer[] {
  const others = [encodeWide(prefix), Buffer.of(hashedTag)]
  return wide.test(prefix) ? others : [encodeKey(prefix), ...others]
}

/** A name for a key where not every character, or not every length, may be one: 64 of 0-9 and a-f. */
export function keyHash(key: string): string {
  return createHash('sha256').update(key, 'utf16le').digest('hex')
}

function encodeWide(key: string): Buffer {
  return tagged(wideTag, key, 'utf16le', 2 * key.length)
}

function tagged(tag: number, key: string, encoding: BufferEncoding, length: number): Buffer {
  const bytes = Buffer.allocUnsafe(1 + length)
  bytes[0] = tag
  bytes.write(key, 1, encoding)
  return bytes
}
