import type { Bytes } from '../../contracts/store.ts'
import { encodeUtf8Into } from '../utf8.ts'
import { formatVersion, headFlag } from './format.ts'

/** Room for the head and the longest varint, filled last. */
const headRoom = 6
const spareLimit = 65_536
/** The buffer of the last encoding, for the next one. */
let spare: Uint8Array | undefined

const loneSurrogate = /\p{Surrogate}/u

export const bigEndian: boolean = new Uint8Array(new Uint16Array([1]).buffer)[0] === 0

/** Where the structured format is written to. */
export class StructuredOutput {
  #bytes: Uint8Array
  #view: DataView
  #end: number = headRoom
  #text = ''

  constructor() {
    this.#bytes = spare ?? new Uint8Array(4096)
    spare = undefined
    this.#view = new DataView(this.#bytes.buffer)
  }

  byte(value: number): void {
    if (this.#end === this.#bytes.length) this.#reserve(1)
    this.#bytes[this.#end++] = value
  }

  varint(value: number): void {
    let rest = value
    while (rest > 127) {
      this.byte((rest & 127) | 128)
      rest >>>= 7
    }
    this.byte(rest)
  }

  double(value: number): void {
    this.#reserve(8)
    this.#view.setFloat64(this.#end, value, true)
    this.#end += 8
  }

  /** A string whose length is in the tag already. */
  characters(text: string): void {
    this.#text += text
  }

  text(text: string): void {
    this.varint(text.length)
    this.#text += text
  }

  raw(bytes: Uint8Array): void {
    if (bytes.length >= 2 ** 32) throw new RangeError('Binary data has to be shorter than 4 GB')
    this.varint(bytes.length)
    this.#reserve(bytes.length)
    this.#bytes.set(bytes, this.#end)
    this.#end += bytes.length
  }

  finish(): Bytes {
    const treeEnd = this.#end
    let head = formatVersion * 4 + (bigEndian ? headFlag.bigEndian : 0)
    if (!this.#writeUtf8()) {
      head += headFlag.utf16
      this.#writeUtf16()
    }
    const end = this.#end
    const length = treeEnd - headRoom
    const start = headRoom - 1 - varintLength(length)
    this.#end = start
    this.byte(head)
    this.varint(length)
    if (this.#bytes.length <= spareLimit) spare = this.#bytes
    return this.#bytes.slice(start, end)
  }

  #writeUtf8(): boolean {
    const text = this.#text
    this.#reserve(text.length * 3)
    const written = encodeUtf8Into(text, this.#bytes, this.#end)
    if (written !== text.length && loneSurrogate.test(text)) return false
    this.#end += written
    return true
  }

  #writeUtf16(): void {
    for (let i = 0; i < this.#text.length; i++) {
      this.#view.setUint16(this.#end, this.#text.charCodeAt(i), true)
      this.#end += 2
    }
  }

  #reserve(length: number): void {
    const needed = this.#end + length
    if (needed <= this.#bytes.length) return
    const larger = new Uint8Array(Math.max(needed, this.#bytes.length * 2))
    larger.set(this.#bytes)
    this.#bytes = larger
    this.#view = new DataView(larger.buffer)
  }
}

function varintLength(value: number): number {
  let length = 1
  for (let rest = value; rest > 127; rest >>>= 7) length++
  return length
}
