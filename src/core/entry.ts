import type { ResolvedOptions } from './entry-options.ts'

/** The instants in an entry's life, epoch milliseconds; all computed once, when it is written. */
export interface Lifetime {
  readonly createdAt: number
  /** End of freshness; `Infinity` is never. */
  readonly staleAt: number
  /** End of the window in which it is served while being renewed; `staleAt` or later. */
  readonly revalidateUntil: number
  /** End of the window in which it is served when the loader fails. */
  readonly errorUntil: number
  /** Idle lifetime in milliseconds; 0 is none. */
  readonly sliding: number
  /** Instant past which sliding never extends; means something only where there is `sliding`. */
  readonly slidingCap: number
  /** Instant from which a read renews it in the background; `Infinity` is never. */
  readonly eagerAt: number
}

/** The lifetime of what is written at `now`. A random share of the TTL is taken off, never added. */
export function lifetimeFrom(
  options: ResolvedOptions,
  ttl: number,
  now: number,
  random: () => number,
): Lifetime {
  const length =
    options.jitter === 0 ? ttl : ttl - (ttl === Infinity ? 0 : ttl * options.jitter * random())
  const cap = now + length
  const staleAt = options.sliding === 0 ? cap : Math.min(cap, now + options.sliding)
  return {
    createdAt: now,
    staleAt,
    revalidateUntil: staleAt + options.staleWhileRevalidate,
    errorUntil: staleAt + options.staleIfError,
    sliding: options.sliding,
    slidingCap: cap,
    eagerAt: options.eagerRefresh === Infinity ? Infinity : now + length * options.eagerRefresh,
  }
}

/** An entry as memory keeps it: the value as it is, and what decides how long it may be served. */
export class Entry {
  readonly value: unknown
  readonly createdAt: number
  staleAt: number
  revalidateUntil: number
  errorUntil: number
  readonly sliding: number
  readonly slidingCap: number
  readonly eagerAt: number
  expiresAt: number
  /** Until then a failed load is not tried again. */
  retryAt: number
  readonly loadMs: number
  readonly negative: boolean
  readonly etag: string | undefined
  readonly lastModified: number | undefined
  /** The tags, and the names of the namespaces' generations. */
  readonly tags: readonly string[]
  /** The tick of the tags' change log up to which the entry is known to stand. */
  checked: number
  readonly weight: number | undefined
  /** The synchronizer's epoch in which it was learned; an entry of an earlier one is suspect. */
  epoch: number
  /** Names the write to the store that it is known from, as `stampNumber`; 0 is not worth knowing. */
  stamp = 0
  /** From then on it is not served before the store has been asked. */
  suspectAt: number = Infinity
  /** The end of its freshness of which the store was last told. */
  toldUntil: number

  constructor(value: unknown, lifetime: Lifetime, details: EntryDetails) {
    this.value = value
    this.createdAt = lifetime.createdAt
    this.staleAt = lifetime.staleAt
    this.toldUntil = lifetime.staleAt
    this.revalidateUntil = lifetime.revalidateUntil
    this.errorUntil = lifetime.errorUntil
    this.sliding = lifetime.sliding
    this.slidingCap = lifetime.slidingCap
    this.eagerAt = lifetime.eagerAt
    this.expiresAt = endOf(lifetime)
    this.retryAt = details.retryAt
    this.loadMs = details.loadMs
    this.negative = details.negative
    this.etag = details.etag
    this.lastModified = details.lastModified
    this.tags = details.tags
    this.checked = details.checked
    this.weight = details.weight
    this.epoch = details.epoch
  }

  /** A read at `now` moves the end of a sliding entry, and the windows after it. */
  slide(now: number): void {
    const gained = Math.min(this.slidingCap, now + this.sliding) - this.staleAt
    if (gained <= 0) return
    this.staleAt += gained
    this.revalidateUntil += gained
    this.errorUntil += gained
    this.expiresAt += gained
  }
}

/** What memory keeps: an entry or, where all about that is usual, its value alone. */
export type Kept = unknown

export function valueIn(kept: Kept): unknown {
  return kept instanceof Entry ? kept.value : kept
}

export interface EntryDetails {
  readonly retryAt: number
  readonly loadMs: number
  readonly negative: boolean
  readonly etag: string | undefined
  readonly lastModified: number | undefined
  readonly tags: readonly string[]
  readonly checked: number
  readonly weight: number | undefined
  readonly epoch: number
}

/** The instant from which nothing of the entry may be served, not even as a fallback. */
export function endOf(
  lifetime: Pick<Lifetime, 'staleAt' | 'revalidateUntil' | 'errorUntil'>,
): number {
  return Math.max(lifetime.staleAt, lifetime.revalidateUntil, lifetime.errorUntil)
}
