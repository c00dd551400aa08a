import type { Cache, Loader } from '../../contracts/cache.ts'
import type { Clock } from '../../contracts/clock.ts'
import type { Lock } from '../../contracts/locks.ts'
import { StoreError } from '../../kernel/errors.ts'
import { forEver } from '../exact-life.ts'

/** How something stands to all that was revalidated since it was begun. */
export type Standing = 'fresh' | 'stale' | 'expired'

/** What a tag was revalidated for, by the numbers of revalidations. */
interface Mark {
  /** Who did not know of this one when it was begun is not to be served. */
  readonly expired: number
  /** Who did not know of this one is stale … */
  readonly stale: number
  /** … and not to be served from here on, in epoch milliseconds. */
  readonly end: number
}

interface Journal {
  /** Of the last revalidation. */
  readonly number: number
  /** The tag that was revalidated last comes last. */
  readonly tags: readonly (readonly [tag: string, mark: Mark])[]
  /** Concerns everything, whatever its tags: the marks that were too many to remember. */
  readonly floor: Mark
}

const unmarked: Mark = { expired: -Infinity, stale: -Infinity, end: Infinity }
const place = 'revalidations'
/** Tags that are remembered. */
const mostTags = 1000
/** Times that a reader may come between before a revalidation fails. */
const mostTries = 10

/**
 * What was revalidated, in which order: one entry of the cache, which every read consults in memory.
 * Next asks for things by tags that they were not stored with, and wants some to be served while they
 * are renewed: tags of the cache can do neither. What is made of other things from the cache is
 * concerned unless all of what was revalidated was known here when it was begun: no clock tells that.
 */
export class Revalidations {
  readonly #cache: Cache
  readonly #clock: Clock
  /** One at a time in all processes. What asks for it fails where the store does. */
  readonly #turn: Lock
  #known: Journal | undefined
  #byTag: ReadonlyMap<string, Mark> = new Map()
  /** Which number was known here from when on, the latest last. */
  readonly #learned: { readonly at: number; readonly number: number }[] = []

  constructor(cache: Cache, clock: Clock) {
    this.#cache = cache
    this.#clock = clock
    this.#turn = cache.lock(place, { ttl: '5s' })
  }

  /** Asks what was revalidated: in memory, where that is known. */
  async learn(): Promise<void> {
    const journal = this.#cache.getSync<Journal>(place)
    this.#remember(journal ?? (await this.#cache.getOrSet(place, () => this.#empty(), forEver)))
  }

  /** The number that is known here, or was before an instant. */
  known(instant: number = Infinity): number {
    return this.#learned.findLast(({ at }) => at <= instant)?.number ?? -Infinity
  }

  /** How something with these tags stands, as was learned last, that was begun knowing `number`. */
  standing(tags: readonly string[], number: number): Standing {
    // The store lost what was known then: it may have been more.
    if (this.#known === undefined || number > this.#known.number) return 'expired'
    const now = this.#clock.now()
    let mark = settled(this.#known.floor, now)
    for (const tag of tags) mark = both(mark, settled(this.#byTag.get(tag) ?? unmarked, now))
    if (mark.expired > number) return 'expired'
    return mark.stale > number ? 'stale' : 'fresh'
  }

  /**
   * What has one of the tags is stale from now on, and not served any more after `patience`
   * milliseconds. Rejects where the store cannot be told.
   */
  async add(tags: readonly string[], patience: number): Promise<void> {
    await this.#turn.run(() => this.#add(tags, this.#clock.now() + patience))
  }

  async #add(tags: readonly string[], end: number): Promise<void> {
    for (let tries = 0; tries < mostTries; tries++) {
      let written: Journal | undefined
      const load: Loader<Journal> = ({ stale }) => {
        written = withMark(stale?.value ?? this.#empty(), tags, end, this.#clock.now())
        return written
      }
      await this.#cache.getOrSet(place, load, { ...forEver, refresh: true })
      // It is not asked where a reader is about to find nothing, and not kept where one came between.
      const kept = await this.#cache.get<Journal>(place)
      if (kept === undefined || kept.number !== written?.number) continue
      this.#remember(kept)
      return
    }
    throw new StoreError('The store did not keep the revalidation')
  }

  /** Begins above all numbers that there were, if they are lost. */
  #empty(): Journal {
    return { number: this.#clock.now(), tags: [], floor: unmarked }
  }

  #remember(journal: Journal): void {
    if (journal === this.#known) return
    this.#known = journal
    this.#byTag = new Map(journal.tags)
    if (journal.number === this.known()) return
    // Next's instants have fractions: what was begun in this millisecond may have been begun before.
    this.#learned.push({ at: this.#clock.now() + 1, number: journal.number })
    if (this.#learned.length > mostTags) this.#learned.shift()
  }
}

/** What is stale and at its end has expired. */
function settled(mark: Mark, now: number): Mark {
  if (mark.end > now) return mark
  return { ...unmarked, expired: Math.max(mark.expired, mark.stale) }
}

/** Both in one, which may let what is stale end sooner, and never later. */
function both(a: Mark, b: Mark): Mark {
  return {
    expired: Math.max(a.expired, b.expired),
    stale: Math.max(a.stale, b.stale),
    end: Math.min(a.end, b.end),
  }
}

function withMark(before: Journal, tags: readonly string[], end: number, now: number): Journal {
  const number = before.number + 1
  const mark = settled({ ...unmarked, stale: number, end }, now)
  const marks = new Map(before.tags)
  for (const tag of tags) {
    const earlier = settled(marks.get(tag) ?? unmarked, now)
    marks.delete(tag)
    marks.set(tag, both(earlier, mark))
  }
  const all = [...marks]
  const forgotten = all.slice(0, Math.max(0, all.length - mostTags))
  return {
    number,
    tags: all.slice(forgotten.length),
    floor: forgotten.reduce((floor, [, mark]) => both(floor, settled(mark, now)), before.floor),
  }
}
