import type { Bytes } from '../contracts/store.ts'
import { checksum } from './checksum.ts'

const nothing: Bytes = new Uint8Array(0)

/**
 * Builds frames, one at a time: fields one after the other, little-endian, then a body, then the
 * checksum of all that. `FrameReader` takes them apart. One writer serves for many frames, for the
 * memory in which it gathers the fields costs more than all the rest.
 */
export class FrameWriter {
  #bytes = new Uint8Array(256)
  #view = new DataView(this.#bytes.buffer)
  #length = 0

  /** Drops what was not finished, and writes the four bytes by which a reader knows the frame. */
  begin(head: number): void {
    this.#length = 0
    this.uint32(head)
  }

  uint8(value: number): void {
    const at = this.#reserve(1)
    this.#view.setUint8(at, value)
  }

  uint32(value: number): void {
    const at = this.#reserve(4)
    this.#view.setUint32(at, value, true)
  }

  float64(value: number): void {
    const at = this.#reserve(8)
    this.#view.setFloat64(at, value, true)
  }

  /** A whole number from 0 up, seven bits a byte, the low ones first (LEB128). */
  integer(value: number): void {
    let rest = value
    for (; rest > 0x7f; rest = Math.floor(rest / 0x80)) this.uint8((rest % 0x80) | 0x80)
    this.uint8(rest)
  }

  /**
   * Any string, lone surrogates included: twice its length, plus one if it is wide, and its UTF-16
   * units, in one byte each unless it is wide.
   */
  text(text: string): void {
    let bits = 0
    for (let i = 0; i < text.length; i++) bits |= text.charCodeAt(i)
    const wide = bits > 0xff
    this.integer(text.length * 2 + (wide ? 1 : 0))
    let at = this.#reserve(wide ? text.length * 2 : text.length)
    for (let i = 0; i < text.length; i++) {
      const unit = text.charCodeAt(i)
      this.#bytes[at++] = unit
      if (wide) this.#bytes[at++] = unit >>> 8
    }
  }

  /** Bytes whose number the reader knows. */
  raw(bytes: Bytes): void {
    const at = this.#reserve(bytes.length)
    this.#bytes.set(bytes, at)
  }

  finish(body: Bytes = nothing): Bytes {
    const end = this.#length + body.length
    const frame = new Uint8Array(end + 4)
    frame.set(this.#bytes.subarray(0, this.#length))
    frame.set(body, this.#length)
    new DataView(frame.buffer).setUint32(end, checksum(frame, end), true)
    return frame
  }

  /** Makes room, for which the buffer and its view may be replaced, and answers where it is. */
  #reserve(length: number): number {
    const at = this.#length
    this.#length += length
    if (this.#length > this.#bytes.length) {
      const larger = new Uint8Array(this.#length * 2)
      larger.set(this.#bytes)
      this.#bytes = larger
      this.#view = new DataView(larger.buffer)
    }
    return at
  }
}
