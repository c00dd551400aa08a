import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { type Database, open } from 'lmdb'
import { decodeKey, encodeKey } from '../../src/stores/key-bytes.ts'
import {
  decodeEntry,
  entryKey,
  expiryKey,
  keyOfBody,
  pageSize,
  pieceKey,
} from '../../src/stores/lmdb/layout.ts'

export interface Inspected {
  /** What does not fit together; remains of a body that was being written are no fault. */
  readonly faults: readonly string[]
  readonly keys: ReadonlySet<string>
  /** Rows of bodies that belong to no entry. */
  readonly remains: number
}

type Rows = Database<Buffer, Buffer>

export function dataFile(directory: string): string {
  const file = readdirSync(directory).find((name) => name.endsWith('.mdb'))
  if (!file) throw new Error(`There is no data file in ${directory}`)
  return join(directory, file)
}

export function sizeOfFile(directory: string): number {
  return statSync(dataFile(directory)).size
}

/** Reads all rows of a closed store, and checks that the three tables agree. */
export async function inspect(directory: string): Promise<Inspected> {
  const binary = { encoding: 'binary', keyEncoding: 'binary' } as const
  const root = open(dataFile(directory), { ...binary, noSubdir: true, noSync: true, pageSize })
  const entries: Rows = root.openDB('entries', { ...binary, useVersions: true })
  const bodies: Rows = root.openDB('bodies', binary)
  const expiries: Rows = root.openDB('expiries', binary)
  const faults: string[] = []
  const keys = new Set<string>()
  const owned = { pieces: new Set<string>(), expiries: new Set<string>() }
  for (const { key: row, value, version } of entries.getRange({ versions: true })) {
    const entry = decodeEntry(value, version as number)
    const body: Buffer[] = []
    for (let length = 0; length < entry.bytes; length += body.at(-1)?.length ?? Infinity) {
      const key = pieceKey(entry, body.length)
      owned.pieces.add(key.toString('hex'))
      body.push(bodies.get(key) ?? Buffer.alloc(0))
    }
    const whole = Buffer.concat(body)
    if (whole.length !== entry.bytes) {
      faults.push(`an entry has a body of ${whole.length} bytes instead of ${entry.bytes}`)
      continue
    }
    const key = decodeKey(keyOfBody(whole))
    keys.add(key)
    if (!entryKey(encodeKey(key)).equals(row)) faults.push(`the entry of ${key} has another body`)
    if (entry.expiresAt === Infinity) continue
    owned.expiries.add(expiryKey(entry).toString('hex'))
    if (!expiries.doesExist(expiryKey(entry))) faults.push(`${key} has no row of its expiry`)
  }
  for (const row of expiries.getKeys()) {
    if (!owned.expiries.has(row.toString('hex'))) faults.push('an expiry belongs to no entry')
  }
  let remains = 0
  for (const row of bodies.getKeys()) if (!owned.pieces.has(row.toString('hex'))) remains++
  await root.close()
  return { faults, keys, remains }
}
