import { compactKey } from '../kernel/compact-key.ts'

/**
 * The key of an entry for a name that others chose, of any length and with any characters. No name
 * can imitate the digest of another: what begins with `#` is a digest, and names begin with `:`.
 */
export function entryKey(name: string): string {
  return compactKey(`:${name}`)
}
