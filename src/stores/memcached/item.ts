import { keyHash } from '../key-bytes.ts'
import type { MemcachedClient } from './memcached-client.ts'

const longestDelay = 30 * 24 * 60 * 60
/** The server keeps instants in 32 bits, and takes what does not fit for the past. */
const lastInstant = 2 ** 31 - 1
const longestAscii = 250
/** In base64 it has 248 characters. */
const longestUtf8 = 186
const hashMark = 'sha256:'
const printable = /^[!-~]+$/
const loneSurrogate = /\p{Surrogate}/u

/**
 * When the server may forget an item, as the protocol has it. Its clock ticks once a second, so that
 * n seconds end up to one second early: one is added. A delay spares it from the difference of the
 * clocks, but only up to 30 days.
 */
export function expiryOf(expiresAt: number, now: number): number {
  const delay = Math.ceil((expiresAt - now) / 1000) + 1
  if (delay <= longestDelay) return delay
  const instant = Math.ceil(expiresAt / 1000) + 1
  return instant <= lastInstant ? instant : 0
}

/** The key of an item: as it is where the client takes it, else a hash. Different keys stay so. */
export function itemKey(key: string, keys: MemcachedClient['keys']): string {
  if (isFit(key, keys) && !key.startsWith(hashMark)) return key
  return hashMark + keyHash(key)
}

function isFit(key: string, keys: MemcachedClient['keys']): boolean {
  if (key.length > longestAscii) return false
  if (printable.test(key)) return true
  return keys === 'any' && !loneSurrogate.test(key) && Buffer.byteLength(key) <= longestUtf8
}
