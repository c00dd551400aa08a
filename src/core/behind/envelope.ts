import type { Bytes } from '../../contracts/store.ts'
import { counterIn, counterKind, counterLength, kindOffset } from '../../kernel/counter.ts'
import { FrameReader } from '../../kernel/frame-reader.ts'
import { FrameWriter } from '../../kernel/frame-writer.ts'
import { stampLength, stampOf, stampOffset } from '../../kernel/stamp.ts'
import type { Lifetime } from '../entry.ts'

export interface TagVersion {
  readonly tag: string
  /** The 8 bytes of the stamp that the tag's mark carried before the load. */
  readonly version: Bytes
}

/** All instants are epoch milliseconds. */
export interface EntryHeader extends Lifetime {
  /** The whole logical key; a record that holds another one is not answered. */
  readonly key: string
  /** Until then a failed load is not tried again; 0 is none. */
  readonly retryAt: number
  /** Until then somebody is renewing it; 0 is nobody. */
  readonly leaseUntil: number
  /** How many milliseconds the load took; 0 is unknown. */
  readonly loadMs: number
  /** The value says that there is nothing. */
  readonly negative: boolean
  readonly etag: string | undefined
  readonly lastModified: number | undefined
  /** Tags and generations, with their versions from before the load. */
  readonly tags: readonly TagVersion[]
  /** Id of the codec that made the payload, 1 to 255; 0 for a whole number to which a store can add. */
  readonly codec: number
}

export interface EntryEnvelope extends EntryHeader {
  readonly kind: 'entry'
  readonly stamp: Bytes
  readonly payload: Bytes
}

/** Holds the place of an entry that somebody loads. */
export interface LeaseEnvelope {
  readonly kind: 'lease'
  readonly stamp: Bytes
  readonly key: string
  readonly leaseUntil: number
  readonly createdAt: number
}

/** A tag's version is the stamp of its mark. */
export interface MarkEnvelope {
  readonly kind: 'mark'
  readonly stamp: Bytes
  readonly key: string
  /** Instant until which its record is kept; `Infinity` is for ever. */
  readonly keptUntil: number
}

export type Envelope = EntryEnvelope | LeaseEnvelope | MarkEnvelope

/** 'H', 'S', and the version of the format; the fourth byte is the kind. */
const format = 0x01_53_48
const kinds = { entry: 1, lease: 2, mark: 3, counter: counterKind } as const
const noStamp: Bytes = new Uint8Array(stampLength)
/** Stands for a codec where the payload is a number, as in `kernel/counter.ts`. */
export const counterCodec = 0
const writer = new FrameWriter()

const negativeFlag = 1
const etagFlag = 2
const lastModifiedFlag = 4

export function writeEntry(header: EntryHeader, payload: Bytes, stamp: Bytes): Bytes {
  const isCounter = header.codec === counterCodec
  begin(isCounter ? 'counter' : 'entry', isCounter ? noStamp : stamp, header.key)
  writer.uint8(flagsOf(header))
  writer.uint8(header.codec)
  // In an order in which those that are often equal follow each other.
  writeNumbers([
    header.createdAt,
    header.staleAt,
    header.slidingCap,
    header.errorUntil,
    header.revalidateUntil,
    header.eagerAt,
    header.sliding,
    header.retryAt,
    header.leaseUntil,
    header.loadMs,
    header.lastModified ?? 0,
  ])
  if (header.etag !== undefined) writer.text(header.etag)
  writer.integer(header.tags.length)
  for (const { tag, version } of header.tags) {
    writer.text(tag)
    writer.raw(version)
  }
  return isCounter ? writeCounter(writer.finish(), payload, stamp) : writer.finish(payload)
}

export function writeLease(
  key: string,
  leaseUntil: number,
  createdAt: number,
  stamp: Bytes,
): Bytes {
  begin('lease', stamp, key)
  writeNumbers([createdAt, leaseUntil])
  return writer.finish()
}

export function writeMark(key: string, keptUntil: number, stamp: Bytes): Bytes {
  begin('mark', stamp, key)
  writeNumbers([keptUntil])
  return writer.finish()
}

/**
 * What the bytes hold; `undefined` for all that is not an intact envelope of this version under
 * `key`. Never throws. Stamp, tag versions and payload are views of `bytes`.
 */
export function readEnvelope(bytes: Bytes, key: string): Envelope | undefined {
  if (bytes[kindOffset] === counterKind) return readCounter(bytes, key)
  const reader = new FrameReader(bytes)
  const envelope = readFrom(reader, key)
  return reader.finished ? envelope : undefined
}

/** The checksum of a counter's frame is from before it was given a stamp: the store changes that. */
function readCounter(bytes: Bytes, key: string): EntryEnvelope | undefined {
  // A copy, which `slice` of a Buffer is not.
  const frame = Uint8Array.from(bytes.subarray(0, -counterLength))
  frame.fill(0, stampOffset, stampOffset + stampLength)
  const reader = new FrameReader(frame)
  const envelope = readFrom(reader, key)
  if (!reader.finished || envelope?.kind !== 'entry' || counterIn(bytes) === undefined)
    return undefined
  return { ...envelope, stamp: stampOf(bytes), payload: bytes.subarray(-counterLength) }
}

function writeCounter(frame: Bytes, number: Bytes, stamp: Bytes): Bytes {
  const record = new Uint8Array(frame.length + number.length)
  record.set(frame)
  record.set(stamp, stampOffset)
  record.set(number, frame.length)
  return record
}

/**
 * The tags of an entry of which there are the first bytes alone, too few to show damage: for who
 * knows from its stamp what it is. `undefined` where they are not all there.
 */
export function readHeadOf(
  bytes: Bytes,
  key: string,
): Pick<EntryEnvelope, 'stamp' | 'tags'> | undefined {
  const reader = new FrameReader(bytes, 'cut off')
  const envelope = readFrom(reader, key)
  return reader.intact && envelope?.kind === 'entry' ? envelope : undefined
}

function begin(kind: keyof typeof kinds, stamp: Bytes, key: string): void {
  writer.begin(format | (kinds[kind] << 24))
  writer.raw(stamp)
  writer.text(key)
}

function readFrom(reader: FrameReader, key: string): Envelope | undefined {
  const head = reader.uint32()
  if (!reader.intact || (head & 0xffffff) !== format) return undefined
  const stamp = reader.raw(stampLength)
  return reader.matches(key) ? readFields(reader, head >>> 24, key, stamp) : undefined
}

function readFields(
  reader: FrameReader,
  kind: number,
  key: string,
  stamp: Bytes,
): Envelope | undefined {
  if (kind === kinds.entry || kind === kinds.counter) return readEntry(reader, key, stamp)
  const numbers = new NumberReader(reader)
  if (kind === kinds.mark) return { kind: 'mark', stamp, key, keptUntil: numbers.next() }
  if (kind !== kinds.lease) return undefined
  const createdAt = numbers.next()
  return { kind: 'lease', stamp, key, createdAt, leaseUntil: numbers.next() }
}

function readEntry(reader: FrameReader, key: string, stamp: Bytes): EntryEnvelope {
  const flags = reader.uint8()
  const codec = reader.uint8()
  const numbers = new NumberReader(reader)
  const createdAt = numbers.next()
  const staleAt = numbers.next()
  const slidingCap = numbers.next()
  const errorUntil = numbers.next()
  const revalidateUntil = numbers.next()
  const eagerAt = numbers.next()
  const sliding = numbers.next()
  const retryAt = numbers.next()
  const leaseUntil = numbers.next()
  const loadMs = numbers.next()
  const modified = numbers.next()
  const etag = flags & etagFlag ? reader.text() : undefined
  const tags = readTags(reader)
  return {
    kind: 'entry',
    stamp,
    key,
    createdAt,
    staleAt,
    revalidateUntil,
    errorUntil,
    sliding,
    slidingCap,
    eagerAt,
    retryAt,
    leaseUntil,
    loadMs,
    negative: (flags & negativeFlag) !== 0,
    etag,
    lastModified: flags & lastModifiedFlag ? modified : undefined,
    tags,
    codec,
    payload: reader.rest(),
  }
}

function readTags(reader: FrameReader): TagVersion[] {
  const count = reader.integer()
  if (count === 0) return []
  // Begun with one, for what is pushed into an empty array makes room for many.
  const tags = [readTag(reader)]
  while (tags.length < count && reader.intact) tags.push(readTag(reader))
  return tags
}

function readTag(reader: FrameReader): TagVersion {
  return { tag: reader.text(), version: reader.raw(stampLength) }
}

function flagsOf(header: EntryHeader): number {
  const { negative, etag, lastModified } = header
  return (
    (negative ? negativeFlag : 0) |
    (etag === undefined ? 0 : etagFlag) |
    (lastModified === undefined ? 0 : lastModifiedFlag)
  )
}

// The forms of a number, two bits each: most need no more, and only those in full take 64 besides.
const zero = 0
const infinite = 1
const asBefore = 2
const inFull = 3

/** The forms of up to 16 numbers, then those that are written in full. */
function writeNumbers(numbers: readonly number[]): void {
  const forms = numbers.map((number, i) => formOf(number, numbers[i - 1]))
  writer.uint32(forms.reduceRight((shape, form) => (shape << 2) | form, 0))
  numbers.forEach((number, i) => {
    if (forms[i] === inFull) writer.float64(number)
  })
}

function formOf(number: number, before: number | undefined): number {
  if (Object.is(number, 0)) return zero
  if (number === Infinity) return infinite
  return Object.is(number, before) ? asBefore : inFull
}

/** Numbers as `writeNumbers` writes them, one by one. */
class NumberReader {
  readonly #reader: FrameReader
  #forms: number
  #number = 0

  constructor(reader: FrameReader) {
    this.#reader = reader
    this.#forms = reader.uint32()
  }

  next(): number {
    const form = this.#forms & 3
    this.#forms >>>= 2
    if (form === zero) this.#number = 0
    else if (form === infinite) this.#number = Infinity
    else if (form === inFull) this.#number = this.#reader.float64()
    return this.#number
  }
}
