import type { Outcome, Tier } from '../../contracts/events.ts'

/** What a request asked for, and when. */
export interface RequestStart {
  /** By which its report is asked for. */
  readonly id: string
  /** Its method, such as `'GET'`. */
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
  /** Whether the answer has been sent. */
  readonly complete: boolean
  /** Status code of the answer; none where there is no answer yet. */
  readonly status: number | undefined
  /** What a page cache says that it did (RFC 9211). */
  readonly cacheStatus: string | undefined
  /** All calls together. */
  readonly totals: Totals
  /** Each call, in the order in which they began. */
  readonly calls: readonly CallReport[]
  /** Calls beyond the most that are kept. */
  readonly omittedCalls: number
  /** What was renewed in the background: nobody waited for it. */
  readonly renewals: readonly RenewalReport[]
}

/** All calls of a request together. */
export interface Totals {
  /** Calls of caches. */
  readonly calls: number
  /** Keys that were asked for, and what came of it. */
  readonly reads: number
  /** Keys that were found fresh. */
  readonly hits: number
  /** Keys that were served stale. */
  readonly stale: number
  /** Keys that were not found. */
  readonly misses: number
  /** Keys whose load somebody else had begun. */
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

/** One call of a verb. */
export interface CallReport {
  /** The method of the cache. */
  readonly verb: string
  /** The name of the cache. */
  readonly cache: string
  /** The namespace, where it was called on one. */
  readonly namespace: string | undefined
  /** Where the application called. */
  readonly line: string | undefined
  /** The function in which that is. */
  readonly caller: string | undefined
  /** Since the request began. */
  readonly atMs: number
  /** None where it has not ended, or its end is not told of. */
  readonly durationMs: number | undefined
  /** Keys or tags; of many, the first. */
  readonly names: readonly NameReport[]
  /** How many keys or tags there were in all. */
  readonly nameCount: number
  /** The key whose loader made the call. */
  readonly within: string | undefined
  /** Times that this request asked for the same key, where that is more than once. */
  readonly sameKey: number
  /** Keys that this line asked for one by one, where that is more than a few. */
  readonly sameLine: number
}

/** One key, or tag, of a call. */
export interface NameReport {
  /** The key or the tag. */
  readonly name: string
  /** What the read found; none where it was no read. */
  readonly outcome: Outcome | undefined
  /** Where it was found. */
  readonly tier: Tier | undefined
  /** Since it was created. */
  readonly ageMs: number | undefined
  /** In memory, about. */
  readonly bytes: number | undefined
  /** Of the load that answered. */
  readonly load: LoadReport | undefined
  /** What loading it would have taken, as far as is known. */
  readonly sparedMs: number | undefined
}

/** The load that a read was answered by. */
export interface LoadReport {
  /** None where it has not ended. */
  readonly durationMs: number | undefined
  /** What it failed with, shortened. */
  readonly error: string | undefined
  /** The request whose loader ran, where it was another. */
  readonly of: { readonly id: string; readonly path: string } | undefined
}

/** What was renewed with nobody waiting. */
export interface RenewalReport extends Omit<LoadReport, 'of'> {
  /** The name of the cache. */
  readonly cache: string
  /** The key that was renewed. */
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
