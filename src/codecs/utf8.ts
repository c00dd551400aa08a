import type { Bytes } from '../contracts/store.ts'

const encoder = new TextEncoder()
/** Strict, and keeping a leading U+FEFF, which is a character like any other here. */
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** Texts up to this length go through one buffer: a copy out of it costs less than `encode`. */
const shortText = 16_384
const scratch: Uint8Array = new Uint8Array(shortText * 3)

export function encodeUtf8(text: string): Bytes {
  if (text.length > shortText) return encoder.encode(text)
  return scratch.slice(0, encoder.encodeInto(text, scratch).written)
}

/** Writes `text` from `offset` on, where there is room for three bytes a unit; answers how many. */
export function encodeUtf8Into(text: string, bytes: Bytes, offset: number): number {
  return encoder.encodeInto(text, bytes.subarray(offset)).written
}

/** Throws a `TypeError` for bytes that are not UTF-8. */
export function decodeUtf8(bytes: Bytes): string {
  // Where there are buffers they decode faster, but put U+FFFD in the place of what is not UTF-8.
  if (typeof Buffer === 'function' && bytes instanceof Buffer) {
    const text = bytes.toString()
    if (!text.includes('\ufffd')) return text
  }
  return decoder.decode(bytes)
}
