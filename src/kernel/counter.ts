import type { Bytes } from '../contracts/store.ts'
import { stampLength, stampOffset } from './stamp.ts'

/** Which byte of a record says whether it is a counter, and what it says then. */
export const kindOffset = 3
export const counterKind = 4
/** A whole number is ASCII digits and a sign, behind as many blanks as it takes. */
export const numberLength = 17
/** A counter ends with a number, twice: whoever adds to it cannot renew a checksum, but say it twice. */
export const counterLength: number = 2 * numberLength

/** The number as the last bytes of a counter; any safe integer fits. */
export function counterBytes(number: number): Bytes {
  const text = `${number}`.padStart(numberLength).repeat(2)
  return Uint8Array.from(text, (_, i) => text.charCodeAt(i))
}

/** The number at the end of these bytes; `undefined` if there is none. */
export function counterIn(bytes: Bytes): number | undefined {
  const text = String.fromCharCode(...bytes.subarray(-counterLength))
  const [once, again] = [text.slice(0, numberLength), text.slice(numberLength)]
  if (once !== again || !/^ *-?\d+$/.test(once)) return undefined
  const number = Number(once)
  return Number.isSafeInteger(number) ? number : undefined
}

/**
 * The record with a greater number and another stamp; `undefined` if it is not a counter, or if the
 * sum is no safe integer.
 */
export function addToCounter(record: Bytes, by: number, stamp: Bytes): Bytes | undefined {
  if (record[kindOffset] !== counterKind) return undefined
  const number = counterIn(record)
  const sum = (number ?? Number.NaN) + by
  if (!Number.isSafeInteger(sum)) return undefined
  const next = new Uint8Array(record.length)
  next.set(record)
  next.set(stamp.subarray(0, stampLength), stampOffset)
  next.set(counterBytes(sum), record.length - counterLength)
  return next
}
