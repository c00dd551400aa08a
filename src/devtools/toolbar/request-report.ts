import type { Outcome, Tier } from '../../contracts/events.ts'

/** What a request asked for. */
export interface RequestStart {
  readonly id: string
  readonly method: string
  /** Path and query. */
  readonly path: string
  /** Milliseconds since the epoch. */
  readonly startedAt: number
}

/** What the caches did for one request, as it is answered and shown. Durations are milliseconds. */
export interface RequestReport extends RequestStart {
  /** Up to the report, where the request is not complete. */
  readonly durationMs: number
  readonly complete: boolean
  readonly status: number | undefined
  /** What a page cache says that it did (RFC 9211). */
  readonly cacheStatus: string | undefined
  readonly totals: Totals
  readonly calls: readonly CallReport[]
  /** Calls beyond the most that are kept. */
  readonly omittedCalls: number
  /** What was renewed in the background: nobody waited for it. */
  readonly renewals: readonly RenewalReport[]
}

export interface Totals {
  readonly calls: number
  /** Keys that were asked for, and what came of it. */
  readonly reads: number
  readonly hits: number
  readonly stale: number
  readonly misses: number
  readonly coalesced: number
  /** Of each call, added up: less than that was waited if calls ran side by side. Without loaders. */
  readonly cacheMs: number
  /** The same of loaders, its own and those of others that it waited for. */
  readonly loadMs: number
  /** What it would have taken without: an estimate, from what is known of the loads of what was served. */
  readonly withoutCacheMs: number
  /** Keys that were served whose loads nothing is known of: they are not in the estimate. */
  readonly unknownLoads: number
}

export interface CallReport {
  readonly verb: string
  readonly cache: string
  readonly namespace: string | undefined
  /** Where the application called. */
  readonly line: string | undefined
  readonly caller: string | undefined
  /** Since the request began. */
  readonly atMs: number
  /** None where it has not ended, or its end is not told of. */
  readonly durationMs: number | undefined
  /** Keys or tags; of many, the first. */
  readonly names: readonly NameReport[]
  readonly nameCount: number
  /** The key whose loader made the call. */
  readonly within: string | undefined
  /** Times that this request asked for the same key, where that is more than once. */
  readonly sameKey: number
  /** Keys that this line asked for one by one, where that is more than a few. */
  readonly sameLine: number
}

export interface NameReport {
  readonly name: string
  readonly outcome: Outcome | undefined
  readonly tier: Tier | undefined
  readonly ageMs: number | undefined
  /** In memory, about. */
  readonly bytes: number | undefined
  /** Of the load that answered. */
  readonly load: LoadReport | undefined
  /** What loading it would have taken, as far as is known. */
  readonly sparedMs: number | undefined
}

export interface LoadReport {
  readonly durationMs: number | undefined
  readonly error: string | undefined
  /** The request whose loader ran, where it was another. */
  readonly of: { readonly id: string; readonly path: string } | undefined
}

export interface RenewalReport extends Omit<LoadReport, 'of'> {
  readonly cache: string
  readonly key: string
}

/** What a page is given to show. */
export interface PageData {
  readonly report: RequestReport
  /** Where other reports are, by their ids. */
  readonly reports: string
}

/** A line in the list of the last requests. */
export type RequestSummary = RequestStart &
  Pick<RequestReport, 'durationMs' | 'complete' | 'status' | 'totals'>
