import type { Bytes } from '../contracts/store.ts'

/** Where every value that the core hands to a store carries its stamp. */
export const stampOffset = 4
export const stampLength = 8

/** Fills with random bytes; injected, so that tests can repeat themselves. */
export type FillRandom = (bytes: Uint8Array) => void

export function stampOf(value: Bytes): Bytes {
  return value.subarray(stampOffset, stampOffset + stampLength)
}

/** Whether `value` is a record that carries `stamp`. */
export function hasStamp(value: Bytes, stamp: Bytes): boolean {
  if (value.length < stampOffset + stampLength || stamp.length !== stampLength) return false
  for (let i = 0; i < stampLength; i++) if (value[stampOffset + i] !== stamp[i]) return false
  return true
}
