import type { Bytes } from '../../contracts/store.ts'

/** A payload has less than 8,000 bytes; in base64 so many become 7,600. */
const partBytes = 5_700
const form = /^(\d+)([+.])([A-Za-z0-9+/]*={0,2})$/

/**
 * Notifications for a message: `number`, `+` where more of the message follows or else `.`, and
 * base64. Sent by one statement they arrive in this order, with nobody else's between them. The
 * numbers, which rise, are there because the server tells of equal ones only once.
 */
export function partsOf(message: Bytes, number: number): string[] {
  const parts: string[] = []
  for (let at = 0; at < message.length || at === 0; at += partBytes) {
    const bytes = message.subarray(at, at + partBytes)
    const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('base64')
    const follows = at + partBytes < message.length ? '+' : '.'
    parts.push(`${number + parts.length}${follows}${text}`)
  }
  return parts
}

/** Puts messages together again. */
export class Joiner {
  #parts: Buffer[] = []
  #expected = Number.NaN

  /** The message that this part completes; `'damaged'` where something else was expected. */
  add(part: string): Bytes | 'incomplete' | 'damaged' {
    const [, number, follows, text = ''] = form.exec(part) ?? []
    const begun = this.#parts.length > 0
    if (number === undefined || (begun && Number(number) !== this.#expected)) {
      this.#parts = []
      return 'damaged'
    }
    this.#parts.push(Buffer.from(text, 'base64'))
    this.#expected = Number(number) + 1
    if (follows === '+') return 'incomplete'
    const message = Buffer.concat(this.#parts)
    this.#parts = []
    return message
  }
}
