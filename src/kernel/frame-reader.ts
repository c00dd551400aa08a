import type { Bytes } from '../contracts/store.ts'
import { checksum } from './checksum.ts'

const nothing: Bytes = new Uint8Array(0)
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

  constructor(bytes: Bytes) {
    this.#bytes = bytes
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
    this.#end = Math.max(0, bytes.length - 4)
    this.#intact =
      bytes.length > 4 && this.#view.getUint32(this.#end, true) === checksum(bytes, this.#end)
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
    let value = 0
    for (let scale = 1; scale <= Number.MAX_SAFE_INTEGER; scale *= 0x80) {
      const byte = this.uint8()
      value += (byte & 0x7f) * scale
      if (byte < 0x80 && Number.isSafeInteger(value)) return value
    }
    this.#intact = false
    return 0
  }

  text(): string {
    const units = this.#units()
    let text = ''
    for (let from = 0; from < units.length; from += mostArguments) {
      const part = units.subarray(from, from + mostArguments)
      text += Reflect.apply(String.fromCharCode, undefined, part)
    }
    return text
  }

  /** Reads a text and answers whether it is this one, without making a string of it. */
  matches(text: string): boolean {
    const units = this.#units()
    if (units.length !== text.length) return false
    for (let i = 0; i < units.length; i++) if (units[i] !== text.charCodeAt(i)) return false
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

  #units(): Uint8Array | Uint16Array {
    const head = this.integer()
    const length = Math.floor(head / 2)
    if (head % 2 === 0) return this.raw(length)
    const from = this.#at
    if (!this.#skip(length * 2)) return nothing
    const units = new Uint16Array(length)
    for (let i = 0; i < length; i++) units[i] = this.#view.getUint16(from + i * 2, true)
    return units
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
