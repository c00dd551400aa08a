import type { Bytes } from '../../contracts/store.ts'
import { decodeKey, encodeKey, headsOf, isHashed } from '../key-bytes.ts'
import type { Driver, FileStats, KeyRange, Root, Table } from './driver.ts'
import type { Gate } from './gate.ts'
import {
  decodeEntry,
  decodeExpiry,
  decodePiece,
  type Entry,
  encodeEntry,
  entryKey,
  expiryKey,
  type Id,
  keyOfBody,
  pieceBytes,
  pieceKey,
} from './layout.ts'

/** Rows of one record, met on the way through a table. */
export interface Met {
  /** Key of the record; none where these rows belong to no record (any more). */
  readonly key: string | undefined
  readonly id: Id
  /** Removes the rows that were met, for they belong to no record. */
  sweep(): Promise<unknown>
}

const binary = { encoding: 'binary', keyEncoding: 'binary' }
const nothing = new Uint8Array(0)
const first = Uint8Array.of(0)
const keysOfPage = 256
/** How many rows to look at for each record that is looked for; a large one has more. */
const rowsOfRecord = 4

export function piecesOf(entry: Entry): number {
  return Math.ceil(entry.bytes / pieceBytes)
}

/** Opens the tables, and makes them in a new file. */
export function tablesOf(root: Root): Record<'entries' | 'bodies' | 'expiries', Table> {
  return {
    entries: root.openDB('entries', { ...binary, useVersions: true }),
    bodies: root.openDB('bodies', binary),
    expiries: root.openDB('expiries', binary),
  }
}

/** Records as rows of the three tables. */
export class Records {
  readonly #driver: Driver
  readonly #root: Root
  readonly #gate: Gate
  readonly #entries: Table
  readonly #bodies: Table
  readonly #expiries: Table

  constructor(driver: Driver, root: Root, gate: Gate) {
    this.#driver = driver
    this.#root = root
    this.#gate = gate
    const { entries, bodies, expiries } = tablesOf(root)
    this.#entries = entries
    this.#bodies = bodies
    this.#expiries = expiries
  }

  /**
   * Runs what reads: it sees one state of the file, with all that any process has committed before.
   * No state is kept for longer, for pages that were part of it cannot be reused.
   */
  view<T>(read: () => T): T {
    this.#root.resetReadTxn()
    try {
      return read()
    } finally {
      this.#root.resetReadTxn()
    }
  }

  /** Commits what `stage` puts and removes in this turn, as one transaction. */
  async commit<T>(stage: () => Promise<T>): Promise<T> {
    await this.#gate.enter()
    try {
      return await this.view(stage)
    } catch (cause) {
      // The driver puts a promise into its error, and rejects that too.
      const { commitError } = cause as { readonly commitError?: Promise<unknown> }
      commitError?.catch(() => {})
      throw cause
    } finally {
      this.#gate.leave()
    }
  }

  find(row: Uint8Array): Entry | undefined {
    const bytes = this.#entries.getBinary(row)
    return bytes && decodeEntry(bytes, this.#driver.getLastVersion())
  }

  read(key: string, now: number): Bytes | undefined {
    const encoded = encodeKey(key)
    const entry = this.find(entryKey(encoded))
    return entry && entry.expiresAt > now ? this.value(entry, encoded) : undefined
  }

  /** None where the key is another one that hashes to the same row. */
  value(entry: Entry, encodedKey: Buffer): Bytes | undefined {
    const body = this.#body(entry, entry.bytes)
    return body && keyOfBody(body).equals(encodedKey)
      ? body.subarray(4 + encodedKey.length)
      : undefined
  }

  /** The body, or as many whole pieces as hold its first `bytes`. */
  #body(id: Id, bytes: number): Uint8Array | undefined {
    const pieces: Uint8Array[] = []
    for (let at = 0; at < bytes; at += pieceBytes) {
      const piece = this.#bodies.getBinary(pieceKey(id, pieces.length))
      if (!piece) return undefined
      pieces.push(piece)
    }
    return pieces.length === 1 ? pieces[0] : Buffer.concat(pieces)
  }

  /** Does what `action` puts and removes, if the row is still as it was found; answers whether. */
  change(row: Uint8Array, found: Entry | undefined, action: () => void): Promise<boolean> {
    return found
      ? this.#entries.ifVersion(row, found.version, action)
      : this.#entries.ifNoExists(row, action)
  }

  put(row: Uint8Array, entry: Entry): void {
    this.#entries.put(row, encodeEntry(entry), entry.version)
    if (entry.expiresAt < Infinity) this.#expiries.put(expiryKey(entry), nothing)
  }

  putPieces(id: Id, body: Buffer, from: number, to: number): Promise<unknown> {
    let done: Promise<unknown> = Promise.resolve()
    for (let piece = from; piece < to; piece++) {
      const bytes = body.subarray(piece * pieceBytes, (piece + 1) * pieceBytes)
      done = this.#bodies.put(pieceKey(id, piece), bytes)
    }
    return done
  }

  removePieces(id: Id, count: number): Promise<unknown> {
    let done: Promise<unknown> = Promise.resolve()
    for (let piece = 0; piece < count; piece++) done = this.#bodies.remove(pieceKey(id, piece))
    return done
  }

  /** Removes a record, or all of one whose row is put anew. */
  remove(row: Uint8Array, entry: Entry, replaced: boolean): void {
    if (!replaced) this.#entries.remove(row)
    this.removePieces(entry, piecesOf(entry))
    if (entry.expiresAt < Infinity) this.#expiries.remove(expiryKey(entry))
  }

  /** What was written longest ago, up to so many, and remains of writes that nobody finished. */
  oldest(limit: number): Met[] {
    const rows = this.#bodies.getKeys({ start: first, limit: limit * rowsOfRecord })
    return this.#meet(this.#bodies, decodePiece, rows, limit)
  }

  /** What had expired by `now`, up to so many, the first first. */
  expired(now: number, limit: number): Met[] {
    const rows: Uint8Array[] = []
    for (const row of this.#expiries.getKeys({ start: first, limit })) {
      if (decodeExpiry(row).expiresAt > now) break
      rows.push(row)
    }
    return this.#meet(this.#expiries, decodeExpiry, rows, limit)
  }

  #meet(
    table: Table,
    decode: (row: Uint8Array) => Id,
    rows: Iterable<Uint8Array>,
    limit: number,
  ): Met[] {
    const met = new Map<number, { id: Id; rows: Uint8Array[] }>()
    for (const row of rows) {
      const id = decode(row)
      const known = met.get(id.version)
      if (known) known.rows.push(row)
      else met.set(id.version, { id, rows: [row] })
    }
    return [...met.values()].slice(0, limit).map(({ id, rows }) => ({
      id,
      key: this.#keyOf(id),
      sweep: () => this.commit(() => Promise.all(rows.map((row) => table.remove(row)))),
    }))
  }

  #keyOf(id: Id): string | undefined {
    const encoded = this.#encodedKeyOf(id)
    return encoded && this.find(entryKey(encoded))?.version === id.version
      ? decodeKey(encoded)
      : undefined
  }

  #encodedKeyOf(id: Id): Buffer | undefined {
    const head = this.#body(id, 1)
    if (!head) return undefined
    const bytes = 4 + Buffer.from(head.buffer, head.byteOffset, 4).readUInt32BE()
    const body = bytes <= head.length ? head : this.#body(id, bytes)
    return body && keyOfBody(body)
  }

  /** The live keys that begin with `prefix`, page by page, each as of its own moment. */
  *pages(prefix: string, now: () => number): Generator<string[]> {
    for (const head of headsOf(prefix)) {
      let range: KeyRange | undefined = { start: head, limit: keysOfPage }
      while (range) {
        const { keys, next } = this.#page(head, range, now())
        yield keys.filter((key) => key.startsWith(prefix))
        range = next
      }
    }
  }

  #page(
    head: Buffer,
    range: KeyRange,
    now: number,
  ): { keys: string[]; next: KeyRange | undefined } {
    return this.view(() => {
      const rows = [...this.#entries.getKeys(range)].filter((row) =>
        head.equals(row.subarray(0, head.length)),
      )
      const keys = rows.flatMap((row) => this.#liveKey(row, now) ?? [])
      const start = rows.length === range.limit ? rows.at(-1) : undefined
      return { keys, next: start && { ...range, start, exclusiveStart: true } }
    })
  }

  #liveKey(row: Uint8Array, now: number): string | undefined {
    const entry = this.find(row)
    if (!entry || entry.expiresAt <= now) return undefined
    const encoded = isHashed(row) ? this.#encodedKeyOf(entry) : row
    return encoded && decodeKey(encoded)
  }

  /** Pages and rows, as of the last commit of anybody. */
  stats(): { readonly entries: number; readonly usedPages: number; readonly file: FileStats } {
    const [file, ...others] = this.view((): [FileStats, ...FileStats[]] => [
      this.#entries.getStats() as FileStats,
      this.#bodies.getStats() as FileStats,
      this.#expiries.getStats() as FileStats,
    ])
    const metaPages = 2
    let usedPages = metaPages
    for (const tree of [file, ...others, file.root, file.free]) {
      usedPages += tree.treeBranchPageCount + tree.treeLeafPageCount + tree.overflowPages
    }
    return { entries: file.entryCount, usedPages, file }
  }
}
