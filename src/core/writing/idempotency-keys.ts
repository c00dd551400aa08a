import type { Bytes } from '../../contracts/store.ts'
import { hexOf } from '../../kernel/hex.ts'

/** Names for writes that nobody else gives: 64 random bits, and a number. */
export function idempotencyKeys(stamp: () => Bytes): () => string {
  let prefix: string | undefined
  let last = 0
  return () => {
    prefix ??= hexOf(stamp())
    return `${prefix}-${++last}`
  }
}
