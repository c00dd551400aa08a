const zero = 0x30
/** As many decimal digits as every number of which is a safe integer. */
const safeDigits = 15

/** The number that the bytes spell in decimal digits alone, or -1. */
export function decimal(bytes: Uint8Array, start: number, end: number): number {
  if (start === end || end - start > safeDigits) return -1
  let value = 0
  for (let i = start; i < end; i++) {
    const digit = (bytes[i] as number) - zero
    if (digit < 0 || digit > 9) return -1
    value = value * 10 + digit
  }
  return value
}

/**
 * The key that the bytes spell: a number where it is written as one, which costs no string.
 * Other bytes are taken one by one, so that no two different keys become one.
 */
export function keyToken(bytes: Buffer, start: number, end: number): string | number {
  const number = bytes[start] === zero && end - start > 1 ? -1 : decimal(bytes, start, end)
  return number === -1 ? bytes.toString('latin1', start, end) : number
}
