import type { Outcome } from '../../contracts/events.ts'
import { Call, type CallStart, shortened } from './call.ts'
import type { CallSite } from './call-site.ts'
import type { LoadRun } from './load-run.ts'
import { repeatedReadsIn } from './repeated-reads.ts'
import type { LoadReport, RequestReport, RequestStart, Totals } from './request-report.ts'

/** Calls of one request that are told one by one. */
const mostCalls = 1_000
const mostRenewals = 100

/** What one request has had from the caches so far. */
export class Profile {
  readonly start: RequestStart
  status: number | undefined
  cacheStatus: string | undefined
  readonly #precise: () => number
  readonly #begun: number
  readonly #calls: Call[] = []
  readonly #renewals: LoadRun[] = []
  #omitted = 0
  #endedAt: number | undefined
  /** The call that others in this turn may belong to. */
  #open: Call | undefined

  /** `precise` tells milliseconds from some instant on. */
  constructor(start: RequestStart, precise: () => number) {
    this.start = start
    this.#precise = precise
    this.#begun = precise()
  }

  get calls(): number {
    return this.#calls.length
  }

  /** What comes later is not of this request any more. */
  get isComplete(): boolean {
    return this.#endedAt !== undefined
  }

  complete(): void {
    this.#endedAt ??= this.#precise()
  }

  /** A call of the application. */
  call(start: CallStart, site: CallSite, within: LoadRun | undefined): Call {
    if (this.#open?.isContinuedBy(start, site)) {
      this.#open.extend(start.names)
      return this.#open
    }
    const call = new Call(start, site, within, this.#precise())
    if (this.#calls.length < mostCalls) this.#calls.push(call)
    else this.#omitted++
    this.#open = call
    queueMicrotask(() => {
      if (this.#open === call) this.#open = undefined
    })
    return call
  }

  /** It has caused a load that it does not wait for. */
  renewal(load: LoadRun): void {
    if (this.#renewals.length < mostRenewals) this.#renewals.push(load)
  }

  report(): RequestReport {
    const durationMs = (this.#endedAt ?? this.#precise()) - this.#begun
    const marks = repeatedReadsIn(this.#calls)
    const ofOther = (load: LoadRun) => this.#ownerOf(load)
    return {
      ...this.start,
      path: shortened(this.start.path),
      durationMs,
      complete: this.isComplete,
      status: this.status,
      cacheStatus: this.cacheStatus,
      totals: totalsOf(this.#calls, this.#omitted, durationMs),
      calls: this.#calls.map((call) => call.report(this.#begun, ofOther, marks(call))),
      omittedCalls: this.#omitted,
      renewals: this.#renewals.map((load) => ({
        ...{ cache: load.cache, key: shortened(load.key) },
        ...load.report(),
      })),
    }
  }

  #ownerOf({ owner }: LoadRun): LoadReport['of'] {
    if (owner === undefined || owner === this.start) return undefined
    return { id: owner.id, path: shortened(owner.path) }
  }
}

/** What is within a loader is in the time of that loader. */
function totalsOf(calls: readonly Call[], omitted: number, durationMs: number): Totals {
  const outcomes: Record<Outcome, number> = { hit: 0, stale: 0, miss: 0, coalesced: 0 }
  let [reads, cacheMs, loadMs, sparedMs, unknownLoads] = [0, 0, 0, 0, 0]
  for (const call of calls) {
    for (const { outcome, durationMs: taken, sparedMs: spared } of call.answers.values()) {
      reads++
      outcomes[outcome]++
      if (outcome !== 'hit' && outcome !== 'stale') continue
      if (spared === undefined) unknownLoads++
      else sparedMs += Math.max(0, spared - taken)
    }
    if (call.within !== undefined) continue
    loadMs += call.loadMs
    cacheMs += Math.max(0, (call.durationMs ?? 0) - call.loadMs)
  }
  const { hit: hits, stale, miss: misses, coalesced } = outcomes
  const withoutCacheMs = durationMs + sparedMs
  return {
    ...{ calls: calls.length + omitted, reads, hits, stale, misses, coalesced },
    ...{ cacheMs, loadMs, withoutCacheMs, unknownLoads },
  }
}
