import type { Clock } from '../contracts/clock.ts'
import type { Bytes } from '../contracts/store.ts'
import { type EntryEnvelope, readEnvelope } from '../core/behind/envelope.ts'
import { Marks } from '../core/behind/marks.ts'
import { StoreTier } from '../core/behind/store-tier.ts'
import { endOf } from '../core/entry.ts'
import type { Keyspace } from '../core/keyspace.ts'
import { stampSource } from '../kernel/random.ts'
import { stampOf } from '../kernel/stamp.ts'
import { systemClock } from '../kernel/system-clock.ts'
import { Failure } from './command.ts'
import { everything, type Pattern } from './glob.ts'
import type { Stored } from './target.ts'

/** An entry as the store has it, of which a read would find the value. */
export interface StoredEntry {
  readonly key: string
  /** The namespaces, from the outside in, and the version. */
  readonly path: readonly string[]
  readonly version: number
  readonly tags: readonly string[]
  readonly envelope: EntryEnvelope
}

export interface Range {
  readonly pattern?: Pattern
  /** @default the cache's */
  readonly version?: number | undefined
  /** All versions, and what is in namespaces. @default false */
  readonly deep?: boolean
  readonly clock?: Clock
}

const together = 250
const timeoutMs = 10_000

/** What is under a key of a store. */
export interface RawReading {
  /** Names the record that is there; undefined where there is none. */
  readonly stamp: Bytes | undefined
  /** What a read of the cache would find, fresh or stale. */
  readonly entry: EntryEnvelope | undefined
}

/** Reads a store as a cache does, but for the values. */
export interface RawReader {
  /** One element a key, in order. */
  read(physicalKeys: readonly string[]): Promise<RawReading[]>
  readonly marks: Marks
}

export function rawReader({ store, space }: Stored, clock: Clock = systemClock): RawReader {
  const tier = new StoreTier(store, clock, timeoutMs)
  const marks = new Marks(tier, clock, stampSource(), (name) => space.markKey(name))
  const standing = async ({ tags }: EntryEnvelope) => {
    const versions = await marks.read(tags.map(({ tag }) => tag))
    return tags.every(({ version }, i) => isSame(version, versions[i]))
  }
  return {
    marks,
    async read(physicalKeys) {
      const found = await tier.findMany(physicalKeys)
      const now = clock.now()
      return Promise.all(
        physicalKeys.map(async (key) => {
          const bytes = found.get(key)
          const stamp = bytes && stampOf(bytes)
          const envelope = bytes && readEnvelope(bytes, key)
          const isEntry = envelope?.kind === 'entry' && endOf(envelope) > now
          const entry = isEntry && (await standing(envelope)) ? envelope : undefined
          return { stamp, entry }
        }),
      )
    },
  }
}

/** The entries of a cache that stand, fresh or stale, in no particular order. */
export async function* storedEntries(
  stored: Stored,
  range: Range = {},
): AsyncGenerator<StoredEntry> {
  const { clock = systemClock } = range
  const reader = rawReader(stored, clock)
  for await (const names of namesIn(stored, range)) {
    const readings = await reader.read(names.map(({ physicalKey }) => physicalKey))
    for (const [i, { key, path, version }] of names.entries()) {
      const envelope = readings[i]?.entry
      if (envelope === undefined) continue
      yield { key, path, version, tags: tagsOf(envelope), envelope }
    }
  }
}

/** Without the generations, which are no tags of anybody's. */
export function tagsOf({ tags }: EntryEnvelope): string[] {
  return tags.map(({ tag }) => tag).filter((tag) => tag[0] !== '\0')
}

interface Name {
  readonly physicalKey: string
  readonly key: string
  readonly path: readonly string[]
  readonly version: number
}

/** What may be entries, by their names, some at a time. */
async function* namesIn(
  { store, space }: Stored,
  { pattern = everything, version = space.version, deep = false }: Range,
): AsyncGenerator<Name[]> {
  const { scan } = store
  if (scan === undefined)
    throw new Failure(`A store of the kind ${store.name} does not list its keys`)
  const prefixes = deep
    ? [`${space.prefix}:`, `${space.prefix}/`]
    : [`${space.prefix}:${version}:${pattern.prefix}`]
  let names: Name[] = []
  for (const prefix of prefixes) {
    for await (const physicalKey of scan.call(store, prefix)) {
      const name = nameOf(physicalKey, space)
      if (name === undefined || !pattern.matches(name.key)) continue
      names.push({ physicalKey, ...name })
      if (names.length < together) continue
      yield names
      names = []
    }
  }
  if (names.length > 0) yield names
}

/** Undefined for marks, and for what locks and counts are kept in. */
function nameOf(physicalKey: string, space: Keyspace): Omit<Name, 'physicalKey'> | undefined {
  const rest = /^((?:\/[^:/]+)*):(\d+):(.+)$/s.exec(physicalKey.slice(space.prefix.length))
  if (rest === null) return undefined
  const [, path = '', version, key = ''] = rest
  return { key, path: path.split('/').slice(1), version: Number(version) }
}

function isSame(a: Bytes, b: Bytes | undefined): boolean {
  return b !== undefined && Buffer.compare(a, b) === 0
}
