import type { Bytes } from '../contracts/store.ts'

/** Where every value that the core hands to a store carries its stamp. */
export const stampOffset = 4
export const stampLength = 8

/** Fills with random bytes; injected, so that tests can repeat themselves. */
export type FillRandom = (bytes: Uint8Array) => void

export function stampOf(value: Bytes): Bytes {
  return value.subarray(stampOffset, stampOffset + stampLength)
}

/** 48 bits of a stamp, which is enough to tell the writes of one key apart; 0 stands for none. */
export function stampNumber(stamp: Bytes): number {
  let number = 0
  for (let i = 0; i < 6; i++) number = number * 0x100 + (stamp[i] ?? 0)
  return number
}

/** Whether `value` is a record that carries `stamp`. */
export function hasStamp(value: Bytes, stamp: Bytes): boolean {
  if (stamp.length !== stampLength) return false
  for (let i = 0; i < stampLength; i++) if (value[stampOffset + i] !== stamp[i]) return false
  return true
}
