import { MissingKeyError, NotANumberError } from '../kernel/errors.ts'
import { show } from '../kernel/expect.ts'
import { type Entry, type Lifetime, lifetimeFrom } from './entry.ts'
import type { ResolvedOptions } from './entry-options.ts'
import type { CacheState } from './state.ts'
import type { Decide } from './writer.ts'

/** What each atomic verb makes of the entry that it finds, fresh, stale or none. */
export class Changes {
  readonly #state: CacheState

  constructor(state: CacheState) {
    this.#state = state
  }

  /** A new entry, from now. `scopes` are the generations of its namespaces. */
  entry(value: unknown, options: ResolvedOptions, scopes: readonly string[]): Entry {
    const lifetime = lifetimeFrom(options, options.ttl, this.#state.clock.now(), this.#state.random)
    const tags = [...options.tags, ...scopes]
    return this.#state.recollection.entry(value, lifetime, { tags, weight: options.weight })
  }

  /**
   * The entry with another lifetime or another value. It is known to stand since the one that it
   * follows was: what was invalidated while that was read stays so.
   */
  follow(entry: Entry, lifetime: Lifetime, value: unknown = entry.value): Entry {
    const { retryAt, loadMs, negative, etag, lastModified, tags, checked, weight, epoch } = entry
    const origin = { retryAt, loadMs, negative, etag, lastModified }
    const details = { ...origin, tags, checked, weight, epoch }
    return this.#state.recollection.entry(value, lifetime, details)
  }

  add(value: unknown, options: ResolvedOptions, scopes: readonly string[]): Decide<boolean> {
    return (current, now) => {
      if (isFresh(current, now)) return { answer: false }
      if (!(options.ttl > 0)) return { answer: true }
      return { answer: true, next: this.entry(value, options, scopes) }
    }
  }

  replace(
    value: unknown,
    options: ResolvedOptions,
    scopes: readonly string[],
    stays: (current: unknown) => boolean,
  ): Decide<boolean> {
    return (current) => {
      if (current !== undefined && stays(current.value)) return { answer: false }
      if (!(options.ttl > 0)) return { answer: true, next: 'nothing' }
      return { answer: true, next: this.entry(value, options, scopes) }
    }
  }

  touch(options: ResolvedOptions): Decide<boolean> {
    return (current, now) => {
      if (!isFresh(current, now)) return { answer: false }
      if (!(options.ttl > 0)) return { answer: true, next: 'nothing' }
      const { createdAt, sliding } = current
      const lifetime = lifetimeFrom({ ...options, sliding }, options.ttl, now, this.#state.random)
      const windows = {
        revalidateUntil: lifetime.staleAt + window(current, current.revalidateUntil),
        errorUntil: lifetime.staleAt + window(current, current.errorUntil),
        eagerAt: lifetime.slidingCap - beforeEnd(current),
      }
      const next = this.follow(current, { ...lifetime, ...windows, createdAt })
      return { answer: true, next, follows: true }
    }
  }

  increment<N extends number | bigint>(
    key: string,
    delta: N,
    initial: number | bigint | undefined,
    options: ResolvedOptions,
    scopes: readonly string[],
  ): Decide<N> {
    return (current, now) => {
      if (isFresh(current, now)) {
        const answer = sum(key, current.value, delta)
        return { answer, next: this.follow(current, current, answer), follows: true }
      }
      if (initial === undefined) throw new MissingKeyError(`There is no "${key}" to add to`)
      const answer = sum(key, initial, delta)
      if (!(options.ttl > 0)) return { answer }
      return { answer, next: this.entry(answer, options, scopes) }
    }
  }

  /** The entry itself, which is here no more. */
  depart(): Decide<Entry | undefined> {
    return (current, now) =>
      isFresh(current, now) ? { answer: current, next: 'nothing' } : { answer: undefined }
  }

  take(): Decide<unknown> {
    return (current, now) => ({
      answer: isFresh(current, now) ? this.#state.recollection.give(current.value) : undefined,
      next: 'nothing',
    })
  }

  /** Even where there is nothing to expire, what is being loaded now must not become fresh. */
  expire(): Decide<boolean> {
    return (current, now) => {
      if (current === undefined) return { answer: false, next: 'nothing' }
      const ended: Lifetime = {
        createdAt: current.createdAt,
        staleAt: now,
        revalidateUntil: now,
        errorUntil: Math.max(current.errorUntil, current.staleAt),
        sliding: 0,
        slidingCap: now,
        eagerAt: Infinity,
      }
      const next = this.follow(current, isFresh(current, now) ? ended : current)
      return { answer: true, next, follows: true }
    }
  }
}

function isFresh(entry: Entry | undefined, now: number): entry is Entry {
  return entry !== undefined && now < entry.staleAt
}

/** Length of a window that begins where the entry gets stale. */
function window(entry: Entry, until: number): number {
  return entry.staleAt === Infinity ? 0 : until - entry.staleAt
}

/** How long before its end an entry begins to be renewed; `-Infinity` where it is not. */
function beforeEnd({ slidingCap, eagerAt }: Entry): number {
  return eagerAt === Infinity ? -Infinity : slidingCap - eagerAt
}

/** `value + delta`, both numbers or both bigints. */
function sum<N extends number | bigint>(key: string, value: unknown, delta: N): N {
  if (typeof value === 'number' && typeof delta === 'number') return (value + delta) as N
  if (typeof value === 'bigint' && typeof delta === 'bigint') return (value + delta) as N
  throw new NotANumberError(
    `Expected the value of "${key}" to be a ${typeof delta} to add ${show(delta)} to, got ${show(value)} (${typeof value})`,
  )
}
