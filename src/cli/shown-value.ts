import { inspect } from 'node:util'
import { isJsonSafe } from '../codecs/json.ts'
import { jsonText, printable } from './printable.ts'

/** Bytes that are shown, sixteen in a row. */
const mostShown = 4096
const rowLength = 16

/** A value in JSON, or what stands for it where JSON would not bring it back. */
export interface JsonValue {
  readonly encoding: 'json' | 'base64' | 'inspect'
  readonly value: unknown
}

export function jsonValue(value: unknown): JsonValue {
  if (isJsonSafe(value)) return { encoding: 'json', value }
  if (value instanceof Uint8Array) {
    return { encoding: 'base64', value: Buffer.from(value).toString('base64') }
  }
  return { encoding: 'inspect', value: inspected(value) }
}

/** A value for people: JSON where it is plain, bytes in rows, anything else as Node shows it. */
export function shownValue(value: unknown): string {
  if (isJsonSafe(value)) return jsonText(value, 2)
  if (value instanceof Uint8Array) return hexRows(value)
  return inspected(value).split('\n').map(shownLine).join('\n')
}

/** What `--raw` writes: bytes as they are, a string as UTF-8, anything else as it is shown. */
export function rawValue(value: unknown): Uint8Array | string {
  if (value instanceof Uint8Array || typeof value === 'string') return value
  return isJsonSafe(value) ? JSON.stringify(value) : inspected(value)
}

function inspected(value: unknown): string {
  const all = { depth: null, maxArrayLength: null, maxStringLength: null, customInspect: false }
  return inspect(value, { ...all, colors: false, breakLength: 100 })
}

/** Its quotes are right as they are; what is left is what they do not cover. */
function shownLine(line: string): string {
  return printable(line).replaceAll('\\\\', '\\')
}

function hexRows(bytes: Uint8Array): string {
  const rows: string[] = []
  for (let at = 0; at < Math.min(bytes.length, mostShown); at += rowLength) {
    const row = bytes.subarray(at, Math.min(at + rowLength, mostShown))
    const digits = Array.from(row, (byte) => byte.toString(16).padStart(2, '0')).join(' ')
    const text = Array.from(row, (byte) =>
      byte < 0x20 || byte > 0x7e ? '.' : String.fromCharCode(byte),
    )
    rows.push(
      `${at.toString(16).padStart(8, '0')}  ${digits.padEnd(3 * rowLength)} ${text.join('')}`,
    )
  }
  if (bytes.length > mostShown) rows.push(`… and ${bytes.length - mostShown} bytes more`)
  return rows.length === 0 ? 'no bytes' : rows.join('\n')
}
