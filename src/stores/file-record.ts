import { closeSync, fstatSync, open as openFile, read as readFile, readSync } from 'node:fs'
import { promisify } from 'node:util'
import { crc32 } from 'node:zlib'
import type { StoreRecord } from '../contracts/store.ts'
import { ignoreMissing } from './system-error.ts'

// A file of the file store, little-endian:
//   0  4  'HSR1': a Hotset record, version 1
//   4  4  CRC-32 of all that follows; in native code, for it runs over every value that is read
//   8  8  expiresAt, a double
//  16  4  flags: bit 0 is `keep`
//  20  4  length of the key in bytes
//  24  8  length of the value in bytes, a double
//  32     the key in UTF-16, which keeps lone surrogates apart, then the value
const magic = 0x31525348
const headLength = 32
/** Enough of a file to hold the longest key and the stamp of the value. */
export const peekLength: number = 16 * 1024
/** Twice through the thread pool is half as long as the four times of `readFile`. */
const open = promisify(openFile)
const read = promisify(readFile)

export function encodeRecord({ key, value, expiresAt, keep }: StoreRecord): Buffer {
  const keyLength = key.length * 2
  const file = Buffer.allocUnsafe(headLength + keyLength + value.length)
  file.writeUInt32LE(magic, 0)
  file.writeDoubleLE(expiresAt, 8)
  file.writeUInt32LE(keep ? 1 : 0, 16)
  file.writeUInt32LE(keyLength, 20)
  file.writeDoubleLE(value.length, 24)
  file.write(key, headLength, 'utf16le')
  file.set(value, headLength + keyLength)
  file.writeUInt32LE(crc32(file.subarray(8)), 4)
  return file
}

/**
 * The record in a file, or undefined where there is none that is whole. Of `part` of a file of
 * `size` bytes the checksum cannot be checked, and the value is as much of it as there is.
 */
export function decodeRecord(part: Buffer, size: number = part.length): StoreRecord | undefined {
  if (part.length < headLength || part.readUInt32LE(0) !== magic) return undefined
  const keyLength = part.readUInt32LE(20)
  const valueAt = headLength + keyLength
  if (valueAt > part.length || valueAt + part.readDoubleLE(24) !== size) return undefined
  if (part.length === size && part.readUInt32LE(4) !== crc32(part.subarray(8))) return undefined
  return {
    key: part.toString('utf16le', headLength, valueAt),
    value: part.subarray(valueAt),
    expiresAt: part.readDoubleLE(8),
    keep: (part.readUInt32LE(16) & 1) === 1,
  }
}

export interface FileSurvey {
  readonly size: number
  /** Epoch milliseconds. */
  readonly writtenAt: number
  readonly record: StoreRecord | undefined
}

/** Undefined where there is no file. Of a larger one than `limit` only so many bytes are read. */
export async function surveyFile(
  path: string,
  limit: number = Infinity,
): Promise<FileSurvey | undefined> {
  const file = await open(path, 'r').catch(ignoreMissing)
  if (file === undefined) return undefined
  try {
    // Of an open file all but the content is in memory.
    const { size, mtimeMs } = fstatSync(file)
    const buffer = Buffer.allocUnsafeSlow(Math.min(size, limit))
    const { bytesRead } = await read(file, buffer, 0, buffer.length, 0)
    const record = decodeRecord(buffer.subarray(0, bytesRead), size)
    return { size, writtenAt: mtimeMs, record }
  } finally {
    closeSync(file)
  }
}

/** The record in an open file, if there is one, as `surveyFile` finds it. */
export function recordIn(
  file: number | undefined,
  limit: number = Infinity,
): StoreRecord | undefined {
  if (file === undefined) return undefined
  const { size } = fstatSync(file)
  const buffer = Buffer.allocUnsafeSlow(Math.min(size, limit))
  return decodeRecord(buffer.subarray(0, readSync(file, buffer, 0, buffer.length, 0)), size)
}
