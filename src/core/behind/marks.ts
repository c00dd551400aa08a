import type { Clock } from '../../contracts/clock.ts'
import type { Bytes } from '../../contracts/store.ts'
import { stampOf } from '../../kernel/stamp.ts'
import { type MarkEnvelope, readEnvelope, type TagVersion, writeMark } from './envelope.ts'
import type { StoreTier } from './store-tier.ts'

/** Least time for which the mark of a tag is kept past its last use. */
const leastLife = 86_400_000

/** The versions of some marks, in the order in which they were asked for. */
export class Versions {
  /** There before anything that is asked for later, but in the same batch. */
  known: readonly (Bytes | undefined)[] | undefined
  readonly answered: Promise<readonly (Bytes | undefined)[]>

  constructor(keys: readonly string[], store: StoreTier) {
    this.answered = store.findMany(keys).then((found) => {
      this.known = keys.map((key) => markOf(key, found.get(key))?.stamp)
      return this.known
    })
    // Who reads a record at the same time waits for that first, and may not come to ask for this.
    this.answered.catch(() => {})
  }
}

/**
 * The versions of tags and generations in the store. A mark is a record whose stamp is the version:
 * an entry embeds the versions from before its load and stands as long as they are still the ones in
 * the store. A mark that is missing counts as changed, so losing one can only cause a miss.
 */
export class Marks {
  readonly #store: StoreTier
  readonly #clock: Clock
  readonly #stamp: () => Bytes
  readonly #keyOf: (name: string) => string
  /** What was asked for last, in which batch of reads, and the answer. */
  #last: { names: readonly string[]; batch: number; versions: Versions } | undefined

  constructor(store: StoreTier, clock: Clock, stamp: () => Bytes, keyOf: (name: string) => string) {
    this.#store = store
    this.#clock = clock
    this.#stamp = stamp
    this.#keyOf = keyOf
  }

  /** The versions as they are now. */
  read(names: readonly string[]): Promise<readonly (Bytes | undefined)[]> {
    return this.ask(names).answered
  }

  /** The same, for who waits for a record besides. All who give the same array for one batch share it. */
  ask(names: readonly string[]): Versions {
    const batch = this.#store.readBatches
    const last = this.#last
    if (last?.names === names && last.batch === batch) return last.versions
    const versions = new Versions(names.map(this.#keyOf), this.#store)
    this.#last = { names, batch, versions }
    return versions
  }

  /** The versions as they are now, begun where there are none, and kept at least until `until`. */
  ensure(names: readonly string[], until: number): Promise<TagVersion[]> {
    return Promise.all(names.map(async (tag) => ({ tag, version: await this.#ensure(tag, until) })))
  }

  /** New versions: whatever embeds an older one is gone. */
  async renew(names: readonly string[]): Promise<void> {
    const now = this.#clock.now()
    const records = names.map((name) => this.#record(name, lifeEnd(name, now, 0), this.#stamp()))
    const refused = await this.#store.write(records)
    // A mark that is not there counts as changed, so a refusal has the same effect.
    if (refused.length > 0) await this.#store.remove(refused)
  }

  async #ensure(name: string, until: number): Promise<Bytes> {
    const now = this.#clock.now()
    for (let attempt = 0; attempt < 3; attempt++) {
      const mark = await this.#read(name)
      if (mark === undefined) {
        const stamp = this.#stamp()
        const record = this.#record(name, lifeEnd(name, now, until), stamp)
        if (!this.#store.atomic) await this.#store.write([record])
        else if (await this.#store.add(record)) return stamp
      } else if (mark.keptUntil >= until || !this.#store.atomic) {
        return mark.stamp
      } else {
        const longer = this.#record(name, lifeEnd(name, now, until), mark.stamp)
        if (await this.#store.replace(longer.key, mark.stamp, longer)) return mark.stamp
      }
    }
    // Something unreadable is in the way: begin anew, which can only cause misses.
    const record = this.#record(name, lifeEnd(name, now, until), this.#stamp())
    await this.#store.write([record])
    return stampOf(record.value)
  }

  async #read(name: string): Promise<MarkEnvelope | undefined> {
    const key = this.#keyOf(name)
    return markOf(key, await this.#store.read(key))
  }

  #record(name: string, keptUntil: number, stamp: Bytes) {
    const key = this.#keyOf(name)
    const expiresAt = this.#store.atomic ? keptUntil : Infinity
    return { key, value: writeMark(key, expiresAt, stamp), expiresAt, keep: true }
  }
}

function markOf(key: string, bytes: Bytes | undefined): MarkEnvelope | undefined {
  const envelope = bytes === undefined ? undefined : readEnvelope(bytes, key)
  return envelope?.kind === 'mark' ? envelope : undefined
}

/**
 * How long a mark is kept: generations for ever; a tag twice as long as the entry that needs it, so
 * that the next entry of the same lifetime finds it long enough.
 */
function lifeEnd(name: string, now: number, until: number): number {
  return name.startsWith('\0') ? Infinity : Math.max(now + 2 * (until - now), now + leastLife)
}
