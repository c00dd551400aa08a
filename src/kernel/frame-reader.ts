import type { Bytes } from '../contracts/store.ts'
import { checksumOf } from './checksum.ts'

/** Up to so many units, a text is put together faster one by one. */
const shortText = 16
/** How many arguments a function is given at once, far below what any engine's stack holds. */
const mostArguments = 4096

/**
 * Reads a frame of `FrameWriter` field by field. It never throws: beyond the end there are zeros,
 * and the frame is not `intact` any more. Nothing it answers may be used before that was asked.
 */
export class FrameReader {
  readonly #bytes: Bytes
  readonly #view: DataView
  readonly #end: number
  #at = 0
  #intact: boolean

  /** Of a frame that has been cut off, nothing is checked but that each field is within it. */
  constructor(bytes: Bytes, extent: 'whole' | 'cut off' = 'whole') {
    this.#bytes = bytes
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
    this.#end = extent === 'whole' ? Math.max(0, bytes.length - 4) : bytes.length
    this.#intact =
      extent === 'cut off' ||
      (bytes.length > 4 &&
        this.#view.getUint32(this.#end, true) === checksumOf(this.#view, this.#end))
  }

  /** The checksum is right, and every field so far was within the frame. */
  get intact(): boolean {
    return this.#intact
  }

  /** It is intact, and no field is left. */
  get finished(): boolean {
    return this.#intact && this.#at === this.#end
  }

  uint8(): number {
    return this.#skip(1) ? this.#view.getUint8(this.#at - 1) : 0
  }

  uint32(): number {
    return this.#skip(4) ? this.#view.getUint32(this.#at - 4, true) : 0
  }

  float64(): number {
    return this.#skip(8) ? this.#view.getFloat64(this.#at - 8, true) : 0
  }

  integer(): number {
    let value = this.uint8()
    if (value < 0x80) return value
    value &= 0x7f
    for (let scale = 0x80; scale <= Number.MAX_SAFE_INTEGER; scale *= 0x80) {
      const byte = this.uint8()
      value += (byte & 0x7f) * scale
      if (byte < 0x80 && Number.isSafeInteger(value)) return value
    }
    this.#intact = false
    return 0
  }

  text(): string {
    const head = this.integer()
    const length = Math.floor(head / 2)
    const from = this.#at
    let text = ''
    if (!this.#skip(head % 2 === 0 ? length : length * 2)) return text
    if (length <= shortText) {
      for (let i = 0; i < length; i++) text += String.fromCharCode(this.#unit(head, from, i))
      return text
    }
    const units = new Uint16Array(length)
    for (let i = 0; i < length; i++) units[i] = this.#unit(head, from, i)
    for (let i = 0; i < length; i += mostArguments) {
      const part = units.subarray(i, i + mostArguments)
      text += Reflect.apply(String.fromCharCode, undefined, part)
    }
    return text
  }

  /** Reads a text and answers whether it is this one, without making a string of it. */
  matches(text: string): boolean {
    const head = this.integer()
    const length = Math.floor(head / 2)
    const from = this.#at
    if (!this.#skip(head % 2 === 0 ? length : length * 2) || length !== text.length) return false
    for (let i = 0; i < length; i++) {
      if (this.#unit(head, from, i) !== text.charCodeAt(i)) return false
    }
    return true
  }

  /** A view of the next bytes; empty if there are not as many. */
  raw(length: number): Bytes {
    const from = this.#at
    this.#skip(length)
    return this.#bytes.subarray(from, this.#at)
  }

  /** A view of all that is left. */
  rest(): Bytes {
    return this.raw(this.#end - this.#at)
  }

  /** One unit of the text that begins at `from`, after the head that says whether it is wide. */
  #unit(head: number, from: number, i: number): number {
    if (head % 2 === 0) return this.#view.getUint8(from + i)
    return this.#view.getUint16(from + i * 2, true)
  }

  /** Steps over the next bytes; false if there are not as many. */
  #skip(length: number): boolean {
    if (length <= this.#end - this.#at) {
      this.#at += length
      return true
    }
    this.#intact = false
    return false
  }
}
