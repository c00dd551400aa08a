import type { Bytes } from '../../contracts/store.ts'

/** Names for writes that nobody else gives: 64 random bits, and a number. */
export function idempotencyKeys(stamp: () => Bytes): () => string {
  let prefix: string | undefined
  let last = 0
  return () => {
    prefix ??= [...stamp()].map((byte) => byte.toString(16).padStart(2, '0')).join('')
    return `${prefix}-${++last}`
  }
}
