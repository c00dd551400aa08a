import type { Duration, LoadContext, StaleEntry } from '../contracts/cache.ts'
import { LoaderFailedError } from '../kernel/errors.ts'
import type { Entry } from './entry.ts'
import type { Flight } from './flight.ts'

/** What one run of a loader is given, and what it decided. */
export class LoaderContext<T> implements LoadContext<T> {
  readonly key: string
  readonly stale: StaleEntry<T> | undefined
  ttl: Duration | null | undefined = undefined
  tags: readonly string[]
  etag: string | undefined = undefined
  lastModified: number | undefined = undefined
  skipped = false
  renewed = false
  readonly #flight: Flight

  constructor(flight: Flight, stale: Entry | undefined, tags: readonly string[], now: number) {
    this.key = flight.key
    this.#flight = flight
    this.tags = tags
    this.stale = stale && {
      value: stale.value as T,
      etag: stale.etag,
      lastModified: stale.lastModified,
      age: now - stale.createdAt,
    }
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
