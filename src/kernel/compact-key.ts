import { sha256 } from './sha256.ts'

const longest = 200
const loneSurrogate = /\p{Surrogate}/u

/**
 * A key that every store takes as it is: short, and text that UTF-8 can carry. Others become `#`
 * and their SHA-256; keys of one's own making that begin with `#` would have to be told from these.
 */
export function compactKey(key: string): string {
  return key.length > longest || loneSurrogate.test(key) ? `#${sha256(key)}` : key
}
