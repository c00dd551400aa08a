import type { Bytes } from '../../contracts/store.ts'
import { CodecError } from '../../kernel/errors.ts'
import { decodeUtf8 } from '../utf8.ts'
import { formatVersion, headFlag } from './format.ts'
import { bigEndian } from './output.ts'

/** Where the structured format is read from. Trusts nothing: every length is held against what is left. */
export class StructuredInput {
  readonly #bytes: Bytes
  readonly #view: DataView
  #at = 1
  #end: number
  readonly #text: string
  #textAt = 0

  constructor(bytes: Bytes) {
    this.#bytes = bytes
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    this.#end = bytes.length
    const head = bytes[0]
    if (head === undefined || head >> 2 !== formatVersion) {
      throw new CodecError('The bytes are not in version 1 of the structured format')
    }
    if (((head & headFlag.bigEndian) !== 0) !== bigEndian) {
      throw new CodecError('The bytes come from a machine with the other byte order')
    }
    const length = this.count()
    this.#end = this.#at + length
    const text = bytes.subarray(this.#end)
    this.#text = head & headFlag.utf16 ? decodeUtf16(text) : decodeUtf8(text)
  }

  byte(): number {
    if (this.#at >= this.#end) throw truncated()
    return this.#bytes[this.#at++] as number
  }

  varint(): number {
    let value = 0
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.byte()
      value += (byte & 127) * 2 ** shift
      if (byte < 128) {
        if (value >= 2 ** 32) break
        return value
      }
    }
    throw new CodecError('The bytes hold a number that is too long')
  }

  /** How many bytes, or things of a byte or more, follow. */
  count(): number {
    const count = this.varint()
    if (count > this.#end - this.#at) throw truncated()
    return count
  }

  double(): number {
    if (this.#end - this.#at < 8) throw truncated()
    const value = this.#view.getFloat64(this.#at, true)
    this.#at += 8
    return value
  }

  characters(length: number): string {
    const start = this.#textAt
    if (length > this.#text.length - start) throw truncated()
    this.#textAt = start + length
    return this.#text.slice(start, this.#textAt)
  }

  text(): string {
    return this.characters(this.varint())
  }

  /** A copy, aligned for any typed array. */
  raw(): ArrayBuffer {
    const length = this.count()
    const copy = new Uint8Array(length)
    copy.set(this.#bytes.subarray(this.#at, this.#at + length))
    this.#at += length
    return copy.buffer
  }

  finish(): void {
    if (this.#at !== this.#end || this.#textAt !== this.#text.length) {
      throw new CodecError('The bytes go on after the value')
    }
  }
}

function truncated(): CodecError {
  return new CodecError('The bytes end before the value does')
}

function decodeUtf16(bytes: Bytes): string {
  if (bytes.length % 2 !== 0) throw truncated()
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const parts: string[] = []
  for (let start = 0; start < bytes.length; start += 8192) {
    const units: number[] = []
    for (let at = start; at < Math.min(start + 8192, bytes.length); at += 2) {
      units.push(view.getUint16(at, true))
    }
    parts.push(String.fromCharCode(...units))
  }
  return parts.join('')
}
