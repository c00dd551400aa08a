import type { Bytes } from '../contracts/store.ts'
import type { EntryHeader } from '../core/behind/envelope.ts'
import { Failure } from './command.ts'
import type { StoredEntry } from './stored-entries.ts'

/** The first line of a file of entries. */
export interface FileHead {
  readonly hotset: 'entries'
  /** Of the format. */
  readonly version: 1
  readonly cache: string
  /** Epoch milliseconds. */
  readonly exportedAt: number
}

/** The last one: how many lines are between, and the SHA-256 of all lines before this one. */
export interface FileEnd {
  readonly entries: number
  readonly sha256: string
}

/** The instants and lengths of an entry, epoch milliseconds and milliseconds; null is for ever. */
const numbers = [
  'createdAt',
  'staleAt',
  'revalidateUntil',
  'errorUntil',
  'sliding',
  'slidingCap',
  'eagerAt',
  'retryAt',
  'loadMs',
] as const satisfies readonly (keyof EntryHeader)[]

/** An entry as a file has it: nothing of it depends on the store, on its name or on its marks. */
export interface PortableEntry {
  readonly key: string
  readonly path: readonly string[]
  readonly version: number
  readonly tags: readonly string[]
  readonly header: Omit<EntryHeader, 'key' | 'tags' | 'leaseUntil'>
  readonly payload: Bytes
}

export function toLine({ key, path, version, tags, envelope }: StoredEntry): object {
  const { codec, negative, etag, lastModified, payload } = envelope
  return {
    key,
    ...(path.length > 0 && { path }),
    version,
    ...Object.fromEntries(
      numbers.map((name) => [name, envelope[name] === Infinity ? null : envelope[name]]),
    ),
    ...(negative && { negative }),
    ...(etag !== undefined && { etag }),
    ...(lastModified !== undefined && { lastModified }),
    ...(tags.length > 0 && { tags }),
    codec,
    payload: Buffer.from(payload).toString('base64'),
  }
}

/** @throws Failure for a line that is no entry */
export function fromLine(line: unknown, where: string): PortableEntry {
  const broken = (name: string) => new Failure(`${where}: Expected an entry, got a wrong ${name}`)
  if (typeof line !== 'object' || line === null) throw broken('line')
  const fields: Readonly<Record<string, unknown>> = { ...line }
  const take = <T>(name: string, is: (value: unknown) => value is T): T => {
    const value = fields[name]
    if (!is(value)) throw broken(name)
    return value
  }
  const optional = <T>(name: string, is: (value: unknown) => value is T): T | undefined =>
    fields[name] === undefined ? undefined : take(name, is)
  const instant = (name: string) => (fields[name] === null ? Infinity : take(name, isFiniteNumber))
  const [
    createdAt,
    staleAt,
    revalidateUntil,
    errorUntil,
    sliding,
    slidingCap,
    eagerAt,
    retryAt,
    loadMs,
  ] = numbers.map(instant) as Nine
  return {
    key: take('key', isKey),
    path: optional('path', isNames) ?? [],
    version: take('version', isWhole),
    tags: optional('tags', isTexts) ?? [],
    payload: Buffer.from(take('payload', isText), 'base64'),
    header: {
      ...{ createdAt, staleAt, revalidateUntil, errorUntil, sliding, slidingCap },
      ...{ eagerAt, retryAt, loadMs },
      negative: optional('negative', isTrue) ?? false,
      etag: optional('etag', isText),
      lastModified: optional('lastModified', isFiniteNumber),
      codec: take('codec', isWhole),
    },
  }
}

type Nine = [number, number, number, number, number, number, number, number, number]

function isText(value: unknown): value is string {
  return typeof value === 'string'
}

function isKey(value: unknown): value is string {
  return isText(value) && value.length >= 1 && value.length <= 4096
}

function isTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.every(isText)
}

function isNames(value: unknown): value is string[] {
  return isTexts(value) && value.every((name) => /^[^:/\0]{1,128}$/.test(name))
}

function isFiniteNumber(value: unknown): value is number {
  return Number.isFinite(value)
}

function isWhole(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0
}

function isTrue(value: unknown): value is true {
  return value === true
}
