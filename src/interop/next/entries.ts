import type { Cache } from '../../contracts/cache.ts'
import type { Clock } from '../../contracts/clock.ts'
import { compactKey } from '../../kernel/compact-key.ts'
import { entryKey } from '../entry-key.ts'
import { exactLife } from '../exact-life.ts'
import { Revalidations } from './revalidations.ts'

/** What Next keeps, for both of its handlers. */
export interface Entries {
  /** What is there, unless one of its tags or of these expired since it was begun. */
  read<T>(key: string, tags: readonly string[]): Promise<Found<T> | undefined>
  write<T>(key: string, value: T, about: About): Promise<void>
  /** The last revalidation that is known here, or was before an instant in epoch milliseconds. */
  known(instant?: number): number
  /**
   * What has one of the tags is stale, and gone `expire` seconds later; gone at once where that is
   * not said. Once it has resolved, nothing that was begun before is served here, and elsewhere
   * nothing from when its message arrives.
   */
  revalidate(tags: readonly string[], durations?: Durations): Promise<void>
}

export interface Found<T> {
  readonly value: T
  /** One of its tags was revalidated: to be served while it is renewed. */
  readonly isStale: boolean
}

/** What is said of an entry when it is written. */
export interface About {
  readonly tags: readonly string[]
  /** The last revalidation that was known here when it was begun. */
  readonly knew: number
  /** Milliseconds for which it is kept. */
  readonly ttl: number
}

/** What Next says of a revalidation. */
export interface Durations {
  /** Seconds for which what is stale may still be served. @default without end */
  readonly expire?: number | undefined
}

interface Kept<T> {
  readonly value: T
  readonly tags: readonly string[]
  readonly knew: number
}

/** For what is asked for by tags that it was not stored with. */
export const anyPath = 'next:any-path'
/** As many as the cache takes at a time. */
const mostTags = 64

/** Entries on a cache, in its namespace `next`, for all processes that share it. */
export function cacheEntries(cache: Cache, clock: Clock): Entries {
  const space = cache.namespace('next')
  const revalidations = new Revalidations(space, clock)

  async function invalidate(tags: readonly string[]): Promise<void> {
    const known = cacheTags(tags)
    for (let at = 0; at < known.length; at += mostTags) {
      await space.invalidate(known.slice(at, at + mostTags))
    }
  }

  return {
    async read<T>(key: string, tags: readonly string[]) {
      await revalidations.learn()
      const found = await space.lookup<Kept<T>>(entryKey(key))
      if (found.outcome !== 'hit') return undefined
      const { value, knew, tags: own } = found.value
      const standing = revalidations.standing([...own, ...tags], knew)
      return standing === 'expired' ? undefined : { value, isStale: standing === 'stale' }
    },
    async write(key, value, { tags, knew, ttl }) {
      const kept: Kept<unknown> = { value, tags, knew }
      // More tags than the cache takes the revalidations know alone.
      const known = cacheTags(tags).slice(0, mostTags)
      await space.set(entryKey(key), kept, { ...exactLife, ttl, tags: known })
    },
    known: (instant) => revalidations.known(instant),
    async revalidate(tags, durations) {
      const patience = durations === undefined ? 0 : (durations.expire ?? Infinity) * 1000
      const gone = patience > 0 ? undefined : invalidate(tags)
      try {
        await revalidations.add(tags, patience)
      } catch {
        // What is invalidated while the store is away is gone when it is back.
        await invalidate([anyPath, ...tags])
      }
      await gone
    },
  }
}

/** As the cache takes them: its own tags and Next's are the same, as far as they are short. */
function cacheTags(tags: readonly string[]): string[] {
  return tags.filter((tag) => tag !== '' && !tag.startsWith('\0')).map(compactKey)
}
