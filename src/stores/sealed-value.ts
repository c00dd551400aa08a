import type { Bytes, StoreRecord } from '../contracts/store.ts'

/** Where time is kept in seconds, or not at all, bytes begin with their last instant: a 64-bit float. */
const prefixLength = 8

/** What a record is kept as. */
export function sealed({ value, expiresAt }: StoreRecord): Buffer {
  const item = Buffer.allocUnsafe(prefixLength + value.length)
  item.writeDoubleBE(expiresAt, 0)
  item.set(value, prefixLength)
  return item
}

/** The value of an item that is live; nothing of what somebody else may have put there. */
export function unsealed(item: Bytes, now: number): Bytes | undefined {
  if (item.length < prefixLength) return undefined
  const expiresAt = new DataView(item.buffer, item.byteOffset).getFloat64(0)
  return expiresAt > now ? item.subarray(prefixLength) : undefined
}
