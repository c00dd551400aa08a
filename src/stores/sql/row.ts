import type { StoreRecord } from '../../contracts/store.ts'
import { decodeKey, encodeKey, indexKey } from '../key-bytes.ts'
import { longestKeyBytes } from './layout.ts'

/** What stands for an instant or a rank that never comes; every driver takes it for exact. */
export const never: number = Number.MAX_SAFE_INTEGER
/** Ranks of records to keep come after those of all others. */
const keptRank = 1e15
/** What a row costs beside its key and its value: its header, and its place in three indexes. */
export const rowOverhead = 128

export interface RowKey {
  /** The bytes of the primary key, as text, a unit a byte: rows are compared and ordered by it. */
  readonly id: string
  readonly keyBytes: Buffer
  /** The key in full, where the primary key is only its hash. */
  readonly longKey: Buffer | null
}

export interface Row extends RowKey {
  readonly value: Uint8Array
  readonly expiresAt: number
  readonly rank: number
}

export interface StampedRow extends Row {
  /** What the value must carry now. */
  readonly stamp: Uint8Array
}

const nothing = new Uint8Array(0)

export function rowKey(key: string): RowKey {
  const encoded = encodeKey(key)
  const keyBytes = indexKey(encoded, longestKeyBytes)
  return { id: idOf(keyBytes), keyBytes, longKey: keyBytes === encoded ? null : encoded }
}

/** The key in full of a row as it was read. */
export function keyOf(keyBytes: Uint8Array, longKey: Uint8Array | null): string {
  return decodeKey(longKey ?? keyBytes)
}

/** What is dead already takes the place of what was there, but no room. */
export function rowOf({ key, value, expiresAt, keep }: StoreRecord, now: number): Row {
  const isLive = expiresAt > now
  return {
    ...rowKey(key),
    value: isLive ? value : nothing,
    expiresAt: isLive ? Math.min(Math.ceil(expiresAt), never) : 0,
    rank: Math.floor(now) + (keep ? keptRank : 0),
  }
}

/** What stands for a record that is not there: it goes with the next upkeep. */
export function deadRow(key: string): Row {
  return { ...rowKey(key), value: nothing, expiresAt: 0, rank: 0 }
}

export function idOf(bytes: unknown): string {
  const { buffer, byteOffset, length } = bytes as Uint8Array
  return Buffer.from(buffer, byteOffset, length).toString('latin1')
}

export function sizeOf({ keyBytes, longKey, value }: Row): number {
  return keyBytes.length + (longKey?.length ?? 0) + value.length + rowOverhead
}
