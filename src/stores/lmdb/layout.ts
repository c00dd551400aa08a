import { indexKey } from '../key-bytes.ts'

/**
 * How records become rows of three tables:
 *
 *   entries  key of the record                    -> when it expires, its id, length of its body
 *   bodies   id, number of the piece              -> a piece of the body: the key in full, and the value
 *   expiries when it expires, id                  -> nothing
 *
 * Ids grow with time, so bodies are written at one end of their table and evicted at the other,
 * whole pages at a time. A piece never needs more than one page: two pages that must lie side by
 * side might not be found in a file that is full of holes, and the file would have to grow.
 */
export const pageSize = 8192
export const pieceBytes: number = pageSize - 24

/** LMDB's limit for keys, however large the page. */
const longestKey = 1978

/** Names one write, and orders it among the others: by rank, then by version. */
export interface Id {
  /** When it was written; see `rankOf`. */
  readonly rank: number
  /** Unlike that of any other write; LMDB compares it when a record is replaced. */
  readonly version: number
}

export interface Entry extends Id {
  readonly expiresAt: number
  /** Length of the body. */
  readonly bytes: number
}

/** Ranks of records to keep begin here. */
const keptRank = 1e15

/** The rank by which records are evicted: oldest write first, and those to keep after all others. */
export function rankOf(now: number, keep: boolean): number {
  return keep ? now + keptRank : now
}

export function isKept({ rank }: Id): boolean {
  return rank >= keptRank
}

/** The row key of a key: its hash where it is too long to be one itself. */
export function entryKey(encodedKey: Buffer): Buffer {
  return indexKey(encodedKey, longestKey)
}

export function encodeEntry(entry: Entry): Buffer {
  const row = Buffer.allocUnsafe(20)
  row.writeDoubleBE(entry.expiresAt, 0)
  row.writeDoubleBE(entry.rank, 8)
  row.writeUInt32BE(entry.bytes, 16)
  return row
}

export function decodeEntry(row: Uint8Array, version: number): Entry {
  const view = new DataView(row.buffer, row.byteOffset, row.length)
  return {
    expiresAt: view.getFloat64(0),
    rank: view.getFloat64(8),
    bytes: view.getUint32(16),
    version,
  }
}

/** Doubles that are not negative sort as their bytes do, the most significant first. */
export function pieceKey(id: Id, piece: number): Buffer {
  const key = Buffer.allocUnsafe(20)
  key.writeDoubleBE(id.rank, 0)
  key.writeDoubleBE(id.version, 8)
  key.writeUInt32BE(piece, 16)
  return key
}

export function decodePiece(key: Uint8Array): Id {
  const view = new DataView(key.buffer, key.byteOffset, key.length)
  return { rank: view.getFloat64(0), version: view.getFloat64(8) }
}

export function expiryKey(entry: Entry): Buffer {
  const key = Buffer.allocUnsafe(24)
  key.writeDoubleBE(entry.expiresAt, 0)
  key.writeDoubleBE(entry.rank, 8)
  key.writeDoubleBE(entry.version, 16)
  return key
}

export function decodeExpiry(key: Uint8Array): Id & { readonly expiresAt: number } {
  const view = new DataView(key.buffer, key.byteOffset, key.length)
  return { expiresAt: view.getFloat64(0), rank: view.getFloat64(8), version: view.getFloat64(16) }
}

export function encodeBody(encodedKey: Buffer, value: Uint8Array): Buffer {
  const body = Buffer.allocUnsafe(4 + encodedKey.length + value.length)
  body.writeUInt32BE(encodedKey.length, 0)
  body.set(encodedKey, 4)
  body.set(value, 4 + encodedKey.length)
  return body
}

/** The key in full that a body begins with, or less of it where `body` is only the first piece. */
export function keyOfBody(body: Uint8Array): Buffer {
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.length)
  return bytes.subarray(4, 4 + bytes.readUInt32BE(0))
}
