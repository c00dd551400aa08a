import type { Duration, LoadContext, StaleEntry } from '../../contracts/cache.ts'
import type { Clock } from '../../contracts/clock.ts'
import { LoaderFailedError } from '../../kernel/errors.ts'
import type { Entry } from '../entry.ts'
import type { ResolvedOptions } from '../entry-options.ts'
import type { Flight } from './flight.ts'

/** What one run of a loader is given, and what it decided. */
export class LoaderContext<T = unknown> implements LoadContext<T> {
  readonly key: string
  readonly stale: StaleEntry<T> | undefined
  ttl: Duration | null | undefined
  tags: readonly string[]
  etag: string | undefined = undefined
  lastModified: number | undefined = undefined
  skipped = false
  renewed = false
  readonly #flight: Flight
  readonly #options: ResolvedOptions

  constructor(flight: Flight, options: ResolvedOptions, clock: Clock) {
    this.key = flight.key
    this.#flight = flight
    this.#options = options
    this.ttl = options.ttl === Infinity ? null : options.ttl
    this.tags = options.tags
    this.stale = flight.fallback && staleEntry<T>(flight.fallback, clock.now())
  }

  /** The loader has decided nothing: all is as the options say. */
  get isAsGiven(): boolean {
    const { ttl, tags } = this.#options
    return (
      (this.ttl === null ? Infinity : this.ttl) === ttl &&
      this.tags === tags &&
      this.etag === undefined &&
      this.lastModified === undefined &&
      !this.skipped &&
      !this.renewed
    )
  }

  get signal(): AbortSignal {
    return this.#flight.signal
  }

  skip(): void {
    this.skipped = true
  }

  fail(reason: string | Error): never {
    if (reason instanceof Error) throw reason
    throw new LoaderFailedError(`Loading "${this.key}" failed: ${reason}`)
  }

  notModified(): T {
    if (this.stale === undefined) {
      throw new LoaderFailedError(
        `Expected \`notModified\` to be called where there is a stale entry, got none for "${this.key}"`,
      )
    }
    this.renewed = true
    return this.stale.value
  }
}

function staleEntry<T>(
  { value, etag, lastModified, createdAt }: Entry,
  now: number,
): StaleEntry<T> {
  return { value: value as T, etag, lastModified, age: now - createdAt }
}
