import { readdirSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import {
  type Envelope,
  readEnvelope,
  writeEntry,
  writeLease,
  writeMark,
} from '../../src/core/behind/envelope.ts'

// Written once and never again: what version 1 wrote must be readable for as long as version 1 is.
const folder = new URL('../golden/envelope-v1/', import.meta.url)

/** Strings that begin with `0x` are bytes, and infinity is a string: JSON has neither. */
function revive(_name: string, value: unknown): unknown {
  if (value === 'Infinity') return Infinity
  if (typeof value !== 'string' || !value.startsWith('0x')) return value
  return Uint8Array.from(Buffer.from(value.slice(2), 'hex'))
}

const goldens: { readonly file: string; readonly holds: Envelope }[] = JSON.parse(
  readFileSync(new URL('index.json', folder), 'utf8'),
  revive,
)

function write(envelope: Envelope): Uint8Array {
  const { kind, key, stamp } = envelope
  if (kind === 'entry') return writeEntry(envelope, envelope.payload, stamp)
  if (kind === 'mark') return writeMark(key, envelope.keptUntil, stamp)
  return writeLease(key, envelope.leaseUntil, envelope.createdAt, stamp)
}

test.each(goldens)('$file is read and written as ever', ({ file, holds }) => {
  const bytes = Uint8Array.from(readFileSync(new URL(file, folder)))
  expect(readEnvelope(bytes, holds.key)).toEqual(holds)
  expect(write(holds)).toStrictEqual(bytes)
})

test('every file is in the index', () => {
  const files = readdirSync(folder).filter((file) => file.endsWith('.bin'))
  expect(goldens.map((golden) => golden.file).sort()).toStrictEqual(files.sort())
})
