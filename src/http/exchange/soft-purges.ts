import type { Cache } from '../../contracts/cache.ts'
import type { Clock } from '../../contracts/clock.ts'
import { StoreError } from '../../kernel/errors.ts'

/** When tags were softly purged, the latest last. */
interface Purges {
  readonly tags: readonly (readonly [tag: string, at: number])[]
  /** What is older is stale, whatever its tags: where purges were too many to remember. */
  readonly floor: number
}

const none: Purges = { tags: [], floor: -Infinity }
/** Tags that are remembered. */
const mostTags = 1000
/** Times that another process may come between before a purge fails. */
const mostTries = 10

/**
 * Purges that leave what they concern in place, as stale: one entry of the cache, which every look-up
 * consults in memory.
 */
export class SoftPurges {
  readonly #cache: Cache
  readonly #clock: Clock
  readonly #key: string
  #known: Purges | undefined
  #byTag: ReadonlyMap<string, number> = new Map()

  constructor(cache: Cache, clock: Clock, key: string) {
    this.#cache = cache
    this.#clock = clock
    this.#key = key
  }

  /** Whether memory knows what has been purged; else `learn` asks. */
  get known(): boolean {
    return this.#remember(this.#cache.getSync<Purges>(this.#key))
  }

  async learn(): Promise<void> {
    this.#remember(await this.#cache.getOrSet(this.#key, () => none, { ttl: null }))
  }

  /** The last instant at which something with one of the tags was purged; `undefined` for never. */
  of(tags: readonly string[], since: number): number | undefined {
    const { floor } = this.#known ?? none
    let at = floor
    if (this.#byTag.size > 0) {
      for (const tag of tags) at = Math.max(at, this.#byTag.get(tag) ?? -Infinity)
    }
    return at >= since ? at : undefined
  }

  /** Throws a `StoreError` where the store cannot be told. */
  async add(tags: readonly string[]): Promise<void> {
    const at = this.#clock.now()
    for (let tries = 0; tries < mostTries; tries++) {
      const load = { refresh: true, ttl: null }
      await this.#cache.getOrSet<Purges>(
        this.#key,
        ({ stale }) => withPurged(stale?.value ?? none, tags, at),
        load,
      )
      // A load that somebody else's overtook is answered, and not kept.
      const kept = await this.#cache.get<Purges>(this.#key)
      this.#remember(kept)
      if (kept !== undefined && this.of(tags, at) !== undefined) return
    }
    throw new StoreError('The store did not keep the purge')
  }

  #remember(purges: Purges | undefined): boolean {
    if (purges !== undefined && purges !== this.#known) {
      this.#known = purges
      this.#byTag = new Map(purges.tags)
    }
    return purges !== undefined
  }
}

function withPurged(before: Purges, tags: readonly string[], at: number): Purges {
  const others = before.tags.filter(([tag]) => !tags.includes(tag))
  const all = [...others, ...tags.map((tag) => [tag, at] as const)]
  const forgotten = all.slice(0, Math.max(0, all.length - mostTags))
  return {
    tags: all.slice(forgotten.length),
    floor: forgotten.reduce((floor, [, purged]) => Math.max(floor, purged), before.floor),
  }
}
