import { createHash } from 'node:crypto'
import { createInterface } from 'node:readline'
import { Readable } from 'node:stream'
import { Failure } from './command.ts'
import {
  type FileEnd,
  type FileHead,
  fromLine,
  type PortableEntry,
  toLine,
} from './portable-entry.ts'
import { jsonText } from './printable.ts'
import type { StoredEntry } from './stored-entries.ts'
import { unzipped } from './unzipped.ts'

const version = 1

/** The lines of a file of entries. `told` is called with how many there are so far. */
export async function* entryLines(
  cache: string,
  entries: AsyncIterable<StoredEntry>,
  told: (count: number) => void,
): AsyncGenerator<string> {
  const hash = createHash('sha256')
  const lineOf = (value: object) => {
    const line = `${jsonText(value)}\n`
    hash.update(line)
    return line
  }
  const head: FileHead = { hotset: 'entries', version, cache, exportedAt: Date.now() }
  yield lineOf(head)
  let count = 0
  for await (const entry of entries) {
    yield lineOf(toLine(entry))
    told(++count)
  }
  const end: FileEnd = { entries: count, sha256: hash.digest('hex') }
  yield `${jsonText(end)}\n`
}

/**
 * The entries of such a file, compressed by gzip or not; `name` is what it is called in messages.
 * @throws Failure where it breaks the rules, which may be after some entries
 */
export async function* entriesIn(
  name: string,
  chunks: AsyncIterable<Uint8Array>,
): AsyncGenerator<PortableEntry> {
  const hash = createHash('sha256')
  let row = 0
  let end: FileEnd | undefined
  for await (const line of linesOf(name, chunks)) {
    row++
    const where = `${name}:${row}`
    if (end !== undefined) throw new Failure(`${where}: Expected the end of the file`)
    const value = parsed(line, where)
    if (row === 1) expectHead(value, where)
    else if (isEnd(value)) end = value
    else yield fromLine(value, where)
    if (end === undefined) hash.update(`${line}\n`)
  }
  if (end === undefined)
    throw new Failure(`${name}: It ends too early: it was not written to its end`)
  if (end.entries !== row - 2 || end.sha256 !== hash.digest('hex')) {
    throw new Failure(`${name}: It is damaged: its checksum is another`)
  }
}

async function* linesOf(name: string, chunks: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  try {
    yield* createInterface({ input: Readable.from(unzipped(chunks)), crlfDelay: Infinity })
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && String(error.code).startsWith('Z_')))
      throw error
    throw new Failure(`${name}: It is damaged: its gzip data cannot be read`)
  }
}

function parsed(line: string, where: string): unknown {
  try {
    return JSON.parse(line)
  } catch {
    throw new Failure(`${where}: Expected a line of JSON`)
  }
}

function expectHead(value: unknown, where: string): void {
  const { hotset, version: found } = { ...(value as Partial<FileHead> | null) }
  if (hotset !== 'entries') throw new Failure(`${where}: Expected what hotset export writes`)
  if (found === version) return
  throw new Failure(`${where}: Expected version ${version} of the format, got ${jsonText(found)}`)
}

function isEnd(value: unknown): value is FileEnd {
  return typeof value === 'object' && value !== null && 'sha256' in value && 'entries' in value
}
