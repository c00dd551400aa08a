import type { Entry } from '../entry.ts'
import { anyTag } from '../keyspace.ts'
import type { Place } from '../place.ts'
import type { TagVersion } from './envelope.ts'
import type { Lease } from './lease.ts'
import type { OpenStore, Reading } from './open-store.ts'
import type { StoreBudget } from './store-budget.ts'

/** What was read of a key before its load began. */
export interface Begun {
  readonly open: OpenStore
  readonly place: Place
  /** Of the generations and of the tags that were known. */
  readonly versions: readonly TagVersion[]
  readonly anyVersion: TagVersion | undefined
  /** Undefined where the store cannot compare and set, or somebody else's lease was not waited for. */
  readonly lease: Lease | undefined
  /** What the store had under the key. */
  readonly reading: Reading
  readonly budget: StoreBudget
}

/** What a load may fill in, and where. */
export class Grant {
  readonly place: Place
  readonly lease: Lease | undefined
  readonly #begun: Begun

  constructor(begun: Begun) {
    this.place = begun.place
    this.lease = begun.lease
    this.#begun = begun
  }

  /**
   * Puts what was loaded into the store, unless that has changed since; answers whether it did.
   * Rejects when the store takes longer than a load may wait for it.
   */
  fill(entry: Entry): Promise<boolean> {
    return this.#begun.budget.within(this.#fill(entry))
  }

  /** Whether there is an entry that what is loaded will replace. */
  get replaces(): boolean {
    return this.#begun.reading.state === 'live'
  }

  /** Removes that entry, unless it has changed since; answers whether it did. */
  async drop(): Promise<boolean> {
    const { lease, open, place, reading } = this.#begun
    if (lease !== undefined) return lease.drop()
    if (reading.state !== 'live') return false
    if (open.store.atomic) {
      return open.store.replace(place.physicalKey, reading.stamp, undefined)
    }
    await open.store.remove([place.physicalKey])
    return true
  }

  async #fill(entry: Entry): Promise<boolean> {
    const { lease, open, place, reading } = this.#begun
    const versions = await this.#versionsOf(entry)
    if (versions === undefined) return false
    const record = open.seal(place, entry, versions)
    if (lease !== undefined) return lease.fill(record)
    if (open.store.atomic) return open.follow(reading, record)
    return (await open.store.write([record])).length === 0
  }

  /**
   * The versions that the entry embeds. Tags that the loader chose are read only now; so they count
   * only if nothing at all has been invalidated since the load began.
   */
  async #versionsOf(entry: Entry): Promise<TagVersion[] | undefined> {
    const { anyVersion, open, place, versions } = this.#begun
    const names = [...new Set([...place.space.generations, ...entry.tags])]
    const known = new Map(versions.map((version) => [version.tag, version]))
    const now = await open.marks.ensure(names, entry.expiresAt)
    const late = names.filter((name) => !known.has(name))
    if (late.length > 0 && anyVersion !== undefined) {
      const [after] = await open.marks.read([anyTag])
      const before = anyVersion.version
      if (after === undefined || before.some((byte, i) => byte !== after[i])) return undefined
    }
    return now.map((version) => known.get(version.tag) ?? version)
  }
}
