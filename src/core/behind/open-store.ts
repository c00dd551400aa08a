import type { Clock } from '../../contracts/clock.ts'
import type { Codec } from '../../contracts/codec.ts'
import type { Bytes, StoreRecord } from '../../contracts/store.ts'
import { counterBytes, counterIn } from '../../kernel/counter.ts'
import { stampLength, stampNumber, stampOf } from '../../kernel/stamp.ts'
import { Entry, endOf } from '../entry.ts'
import type { Place } from '../place.ts'
import type { Recollection } from '../recollection.ts'
import {
  counterCodec,
  type EntryEnvelope,
  type EntryHeader,
  readEnvelope,
  readHeadOf,
  type TagVersion,
  writeEntry,
  writeLease,
} from './envelope.ts'
import type { Marks } from './marks.ts'
import type { StoreTier } from './store-tier.ts'

/** What the store has under a key, after all checks. */
export type Reading =
  | { readonly state: 'absent' }
  /** Bytes that are not ours, or no longer. */
  | { readonly state: 'unreadable'; readonly stamp: Bytes }
  | { readonly state: 'lease'; readonly stamp: Bytes; readonly leaseUntil: number }
  | {
      readonly state: 'expired' | 'invalidated'
      readonly stamp: Bytes
      readonly envelope: EntryEnvelope
    }
  | {
      readonly state: 'live'
      readonly stamp: Bytes
      readonly envelope: EntryEnvelope
      readonly entry: Entry
    }

/** What memory has is what the store has. */
export interface Confirmation {
  readonly state: 'confirmed'
  readonly entry: Entry
}

type Learning = Pick<Entry, 'checked' | 'epoch'>

/** Bytes from which it is worth a step more to find out that a value need not be read again. */
const largePayload = 2048

/** What it needs of the cache that it is open for. */
export interface OpenStoreParts {
  readonly clock: Clock
  readonly recollection: Recollection
  readonly leaseTime: number
  readonly stamp: () => Bytes
  /** What time it is, as of this turn of the event loop. */
  recent(): number
  failed(error: unknown, key?: string): void
}

/** A store that is open: entries to records and back, the one place where codec and envelope meet. */
export class OpenStore {
  readonly store: StoreTier
  readonly marks: Marks
  readonly #codec: Codec
  readonly #parts: OpenStoreParts

  constructor(store: StoreTier, marks: Marks, codec: Codec, parts: OpenStoreParts) {
    this.store = store
    this.marks = marks
    this.#codec = codec
    this.#parts = parts
  }

  /** Reads a key, with everything on which the validity of its entry depends. */
  async read(place: Place): Promise<Reading> {
    const learning = this.#learning()
    const versions = this.marks.ask(place.space.generations)
    const found = await this.store.find(place.physicalKey)
    const known = versions.known ?? (await versions.answered)
    return this.#reading(place, found.get(place.physicalKey), known, learning)
  }

  /**
   * What may be served of a key. Where memory has an entry that it may not trust, it is enough if the
   * store still has that same record, and all that it depends on is as it was.
   */
  serve(place: Place): Promise<Reading | Confirmation> {
    const entry = this.store.readsHeads ? this.#suspect(place) : undefined
    return entry === undefined ? this.read(place) : this.#confirm(place, entry)
  }

  /** As `serve`, for several of one space, together. */
  serveMany(places: readonly Place[]): Promise<(Reading | Confirmation)[]> {
    return this.store.readsHeads && places.some((place) => this.#suspect(place) !== undefined)
      ? Promise.all(places.map((place) => this.serve(place)))
      : this.readMany(places)
  }

  #suspect({ memoryKey }: Place): Entry | undefined {
    return this.#parts.recollection.suspect(memoryKey, this.#parts.recent())
  }

  async #confirm(place: Place, entry: Entry): Promise<Reading | Confirmation> {
    const { checked, epoch } = this.#learning()
    if (!(await this.confirms(place, entry))) return this.read(place)
    entry.checked = checked
    entry.epoch = epoch
    return { state: 'confirmed', entry }
  }

  /** Whether the store still has the record of an entry, and all that this depends on is as it was. */
  async confirms(place: Place, entry: Entry): Promise<boolean> {
    const { generations } = place.space
    const versions = this.marks.read(generations)
    const head = await this.store.readHead(place.physicalKey)
    const known = head && readHeadOf(head, place.physicalKey)
    if (known === undefined || stampNumber(known.stamp) !== entry.stamp) return false
    return this.#stands(known.tags, generations, await versions)
  }

  /** The same for several of one space, together. */
  async readMany(places: readonly Place[]): Promise<Reading[]> {
    const learning = this.#learning()
    const versions = this.marks.ask(places[0]?.space.generations ?? [])
    const found = await this.store.findMany(places.map(({ physicalKey }) => physicalKey))
    const known = versions.known ?? (await versions.answered)
    const readings = places.map((place) =>
      this.#reading(place, found.get(place.physicalKey), known, learning),
    )
    return readings.every(isKnown) ? readings : Promise.all(readings)
  }

  /**
   * What a counter in the store is once the store has added to it; `undefined` where it did not, as
   * there is no such counter.
   */
  async increment(place: Place, by: number): Promise<Reading | undefined> {
    const learning = this.#learning()
    const { generations } = place.space
    const versions = this.marks.read(generations)
    const bytes = await this.store.increment(place.physicalKey, by, this.#parts.stamp())
    return bytes && this.#reading(place, bytes, await versions, learning)
  }

  /** Which tags and generations of an entry still have the versions that it embeds. */
  async validity(envelope: EntryEnvelope): Promise<{ tag: string; valid: boolean }[]> {
    const versions = await this.marks.read(envelope.tags.map(({ tag }) => tag))
    return envelope.tags.map(({ tag, version }, i) => ({ tag, valid: same(version, versions[i]) }))
  }

  /** The record of an entry. Throws a `CodecError` for a value that cannot be encoded. */
  seal(place: Place, entry: Entry, tags: readonly TagVersion[]): StoreRecord {
    const codec = this.#codec
    const { value: number } = entry
    const counts = codec.counts === true && Number.isSafeInteger(number) && !Object.is(number, -0)
    const payload = counts
      ? counterBytes(number as number)
      : codec.encode(entry.value, place.physicalKey)
    const header = {
      ...entry,
      key: place.physicalKey,
      tags,
      leaseUntil: 0,
      codec: counts ? counterCodec : codec.id,
    }
    const stamp = this.#parts.stamp()
    if (payload.length >= largePayload) entry.stamp = stampNumber(stamp)
    const value = writeEntry(header, payload, stamp)
    return { key: place.physicalKey, value, expiresAt: entry.expiresAt }
  }

  /** The record with some instants changed, under another stamp. */
  reseal(envelope: EntryEnvelope, changes: Partial<EntryHeader>, stamp: Bytes): StoreRecord {
    const header = { ...envelope, ...changes }
    const value = writeEntry(header, envelope.payload, stamp)
    return { key: envelope.key, value, expiresAt: Math.max(endOf(header), header.leaseUntil) }
  }

  /** A placeholder. It outlives its lease a little, so that who waits sees it end. */
  lease(place: Place, leaseUntil: number, stamp: Bytes): StoreRecord {
    const value = writeLease(place.physicalKey, leaseUntil, this.#parts.clock.now(), stamp)
    return { key: place.physicalKey, value, expiresAt: leaseUntil + this.#parts.leaseTime }
  }

  /** Puts a record where `reading` was found, if that is still there. */
  async put(reading: Reading, record: StoreRecord): Promise<boolean> {
    const { store } = this
    if (reading.state === 'absent') return store.add(record)
    if (reading.stamp.length === stampLength)
      return store.replace(record.key, reading.stamp, record)
    // Too short to have a stamp: nobody of ours wrote it.
    await store.remove([record.key])
    return store.add(record)
  }

  /**
   * Puts a record in the place of what `reading` found, if anything: a change of the key since then
   * took that away. Where nothing was found, nothing would show the change.
   */
  async follow(reading: Reading, record: StoreRecord): Promise<boolean> {
    if (reading.state === 'absent' || reading.stamp.length !== stampLength) return false
    return this.store.replace(record.key, reading.stamp, record)
  }

  /** What an entry is known by that is read from now on. */
  #learning(): Learning {
    const { recollection } = this.#parts
    return { checked: recollection.tags.now, epoch: recollection.epoch }
  }

  /** `versions` are those of the generations of the place. */
  #reading(
    place: Place,
    bytes: Bytes | undefined,
    versions: readonly (Bytes | undefined)[],
    learning: Learning,
  ): Reading | Promise<Reading> {
    if (bytes === undefined) return { state: 'absent' }
    const envelope = readEnvelope(bytes, place.physicalKey)
    if (envelope === undefined || envelope.kind === 'mark') {
      return { state: 'unreadable', stamp: stampOf(bytes) }
    }
    const { stamp } = envelope
    if (envelope.kind === 'lease') {
      return { state: 'lease', stamp, leaseUntil: envelope.leaseUntil }
    }
    if (this.#parts.recent() >= endOf(envelope)) return { state: 'expired', stamp, envelope }
    const { generations } = place.space
    const stands = this.#stands(envelope.tags, generations, versions)
    if (stands === true) return this.#live(place, envelope, learning)
    // No store promises to read all at one instant: the record may be one that was made after the
    // versions were read. Who took it for outdated would write over what others were told is there.
    const judged = stands || this.#standsNow(envelope.tags, generations)
    return judged.then((stand) =>
      stand
        ? this.#live(place, envelope, learning)
        : { state: 'invalidated', stamp: envelope.stamp, envelope },
    )
  }

  async #standsNow(
    embedded: readonly TagVersion[],
    generations: readonly string[],
  ): Promise<boolean> {
    return this.#stands(embedded, generations, await this.marks.read(generations))
  }

  #live(place: Place, envelope: EntryEnvelope, { checked, epoch }: Learning): Reading {
    const { stamp, retryAt, loadMs, negative, etag, lastModified } = envelope
    const { recollection } = this.#parts
    const codec = this.#codec
    const counts = envelope.codec === counterCodec && codec.counts === true
    if (!counts && envelope.codec !== codec.id) return { state: 'unreadable', stamp }
    try {
      const value = counts
        ? counterIn(envelope.payload)
        : recollection.keep(codec.decode(envelope.payload, place.physicalKey))
      const tags: string[] = []
      for (const { tag } of envelope.tags) if (tag !== place.space.generations[0]) tags.push(tag)
      // Written out: this is made for each hit, and a spread costs more than all the rest of it.
      const details = {
        retryAt,
        loadMs,
        negative,
        etag,
        lastModified,
        tags,
        checked,
        weight: recollection.weightSaid(place.memoryKey, this.#parts.recent()),
        epoch,
      }
      const entry = new Entry(value, envelope, details)
      if (envelope.payload.length >= largePayload) entry.stamp = stampNumber(stamp)
      return { state: 'live', stamp, envelope, entry }
    } catch (error) {
      this.#parts.failed(error, place.key)
      return { state: 'unreadable', stamp }
    }
  }

  /** Whether all marks still have the versions that an entry embeds; `known` are of the generations. */
  #stands(
    embedded: readonly TagVersion[],
    generations: readonly string[],
    known: readonly (Bytes | undefined)[],
  ): boolean | Promise<boolean> {
    const others: TagVersion[] = []
    for (const mark of embedded) {
      const i = generations.indexOf(mark.tag)
      if (i < 0) others.push(mark)
      else if (!same(mark.version, known[i])) return false
    }
    if (others.length === 0) return true
    return this.marks
      .read(others.map(({ tag }) => tag))
      .then((versions) => others.every(({ version }, i) => same(version, versions[i])))
  }
}

function isKnown(reading: Reading | Promise<Reading>): reading is Reading {
  return !(reading instanceof Promise)
}

function same(a: Bytes, b: Bytes | undefined): boolean {
  if (b === undefined || a.length !== b.length) return false
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false
  return true
}
