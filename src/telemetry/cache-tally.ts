import type { CacheEvent, LoadEvent, Outcome, ReadEvent } from '../contracts/events.ts'
import { EntrySample } from './entry-sample.ts'
import { type GroupStatistics, GroupTally, groupStatistics } from './group-tally.ts'
import { SpaceSaving } from './space-saving.ts'

type OfKey = Extract<CacheEvent, { readonly key: string; readonly namespace: unknown }>

/** A key that is read often. */
export interface HotKey {
  /** The key within its namespace. */
  readonly key: string
  /** Its namespace, if it has one. */
  readonly namespace: string | undefined
  /** About how many of the reads of late; those of long ago count less and less. */
  readonly reads: number
  /** At most so many of them may have been of other keys. */
  readonly error: number
}

export interface TallySetup {
  readonly group: (key: string, namespace: string | undefined) => string
  readonly maxGroups: number
  readonly hotKeys: number
  readonly sampledKeys: number
  readonly seed: number
}

/** Keys whose groups are remembered: working one out takes longer than all else. */
const rememberedKeys = 4_096
/** Reads after which those before count half for the hottest keys. */
const readsOfLate = 2 ** 17

const counters: Readonly<Record<Outcome, 'hits' | 'stale' | 'misses' | 'coalesced'>> = {
  hit: 'hits',
  stale: 'stale',
  miss: 'misses',
  coalesced: 'coalesced',
}

/** What is counted of the keys of one cache. */
export class CacheTally {
  readonly #setup: TallySetup
  readonly #groups: SpaceSaving<GroupTally>
  readonly #other = new GroupTally()
  readonly #keys: SpaceSaving<undefined>
  readonly #sample: EntrySample
  readonly #groupOf = new Map<string, string>()
  #reads = 0

  constructor(setup: TallySetup) {
    this.#setup = setup
    this.#groups = new SpaceSaving(
      setup.maxGroups,
      () => new GroupTally(),
      (dropped) => this.#other.add(dropped),
    )
    this.#keys = new SpaceSaving(setup.hotKeys, () => undefined)
    const tallyOf = (group: string) => this.#groups.get(group) ?? this.#other
    this.#sample = new EntrySample(setup.sampledKeys, setup.seed, tallyOf)
  }

  read(event: ReadEvent): void {
    const name = nameOf(event)
    this.#groups.touch(this.#group(name, event))[counters[event.outcome]]++
    this.#keys.touch(name)
    if (event.outcome === 'hit' || event.outcome === 'stale') this.#sample.read(name)
    if (++this.#reads % readsOfLate === 0) this.#keys.halve()
  }

  load(event: LoadEvent): void {
    const name = nameOf(event)
    const group = this.#group(name, event)
    const tally = this.#groups.touch(group)
    tally.loads++
    tally.loadMs += event.durationMs
    if ('error' in event) tally.loadFailures++
    else if (event.kept) this.#sample.stored(name, group, event.value, true)
  }

  write(event: Extract<CacheEvent, { readonly type: 'write' }>): void {
    const name = nameOf(event)
    const group = this.#group(name, event)
    this.#groups.touch(group).writes++
    this.#sample.stored(name, group, event.value, false)
  }

  remove(event: Extract<CacheEvent, { readonly type: 'remove' }>): void {
    this.#sample.removed(nameOf(event), event.reason)
  }

  groups(): GroupStatistics[] {
    const nothing = { entries: 0, bytes: 0 }
    const live = this.#sample.live()
    const ranking = this.#groups.ranking()
    const known = ranking.map(({ name, item }) => {
      const held = live.get(name) ?? nothing
      live.delete(name)
      return groupStatistics(name, item, held)
    })
    const rest = { entries: 0, bytes: 0 }
    for (const { entries, bytes } of live.values()) {
      rest.entries += entries
      rest.bytes += bytes
    }
    const other = groupStatistics('other', this.#other, rest)
    const isEmpty = other.reads + other.loads + other.writes + other.entries === 0
    known.sort((a, b) => b.reads - a.reads)
    return isEmpty ? known : [...known, other]
  }

  hottest(): HotKey[] {
    return this.#keys.ranking().map(({ name, count, error }) => ({
      ...keyOf(name),
      ...{ reads: Math.round(count), error: Math.round(error) },
    }))
  }

  #group(name: string, { key, namespace }: OfKey): string {
    let group = this.#groupOf.get(name)
    if (group === undefined) {
      if (this.#groupOf.size >= rememberedKeys) this.#groupOf.clear()
      group = this.#setup.group(key, namespace)
      this.#groupOf.set(name, group)
    }
    return group
  }
}

/** What tells keys of different namespaces apart; most are in none. */
function nameOf({ key, namespace = '' }: OfKey): string {
  return namespace === '' && !key.includes('\0') ? key : `${namespace}\0${key}`
}

function keyOf(name: string): Pick<HotKey, 'key' | 'namespace'> {
  const end = name.indexOf('\0')
  return { key: name.slice(end + 1), namespace: name.slice(0, Math.max(0, end)) || undefined }
}
