import { forever } from '../kernel/forever.ts'
import { Entry, type Kept } from './entry.ts'
import type { ResolvedOptions } from './entry-options.ts'

/**
 * Of most entries of a cache that is memory alone nothing is to be known that its defaults do not
 * say, but when they end. Of such a one memory keeps the value and the deadline, in a seventh of
 * the room, and the entry is made again when it is asked for.
 */
export class UsualEntries {
  /** NaN where more is to be known of every entry. */
  readonly #ttl: number

  /** `trusted` is whether memory is served unasked, whatever comes. */
  constructor(defaults: ResolvedOptions, trusted: boolean) {
    const { ttl, jitter, sliding, staleWhileRevalidate, staleIfError } = defaults
    const { eagerRefresh, tags, weight } = defaults
    const windows = jitter + sliding + staleWhileRevalidate + staleIfError
    const isPlain = windows === 0 && eagerRefresh === Infinity && weight === undefined
    const isUsual = trusted && isPlain && tags.length === 0 && ttl > 0
    this.#ttl = isUsual ? Math.min(ttl, forever) : Number.NaN
  }

  /** Whether a value that was made now, as the defaults say, need be kept with nothing beside it. */
  includes(value: unknown): boolean {
    return this.#ttl > 0 && value !== null && value !== undefined
  }

  /** The end of what is kept from now on. */
  deadline(now: number): number {
    return now + this.#ttl
  }

  /** The entry or, if that says it all, its value; both end at `deadline`. */
  kept(entry: Entry, deadline: number): Kept {
    const { value, createdAt, staleAt, revalidateUntil, errorUntil, tags } = entry
    const isUsual =
      deadline - this.#ttl === createdAt &&
      this.includes(value) &&
      revalidateUntil === staleAt &&
      errorUntil === staleAt &&
      entry.sliding === 0 &&
      entry.eagerAt === Infinity &&
      tags.length === 0 &&
      entry.retryAt === 0 &&
      entry.etag === undefined &&
      entry.lastModified === undefined &&
      entry.weight === undefined
    return isUsual ? value : entry
  }

  /** When an entry ends, written so that `kept` and `whole` can tell when it was created. */
  deadlineOf({ createdAt, expiresAt }: Entry): number {
    return expiresAt === Infinity && this.#ttl === forever ? createdAt + forever : expiresAt
  }

  /** The entry that a value was kept of. */
  whole(value: unknown, deadline: number): Entry {
    const createdAt = deadline - this.#ttl
    const staleAt = this.#ttl === forever ? Infinity : deadline
    const windows = { revalidateUntil: staleAt, errorUntil: staleAt, eagerAt: Infinity }
    const lifetime = { createdAt, staleAt, ...windows, sliding: 0, slidingCap: staleAt }
    return new Entry(value, lifetime, unknown)
  }
}

/** Nothing that need be known. */
const unknown = {
  retryAt: 0,
  loadMs: 0,
  negative: false,
  etag: undefined,
  lastModified: undefined,
  tags: [],
  checked: 0,
  weight: undefined,
  epoch: 0,
}
