import type { Stats } from '../contracts/cache.ts'
import type { CacheReport, ProcessReport } from '../telemetry/process-report.ts'
import type { Target } from './target.ts'

/** One process and what it says of the cache. */
export interface Peer {
  readonly process: ProcessReport
  readonly report: CacheReport
}

/** What the processes of a cache do together; they tell the store of it, where they report at all. */
export interface Totals {
  readonly reads: number
  readonly hits: number
  readonly stale: number
  readonly misses: number
  readonly coalesced: number
  readonly loads: number
  readonly loadFailures: number
  readonly loadMs: number
  readonly writes: number
  readonly storeErrors: number
}

/** Those that report, and say something of this cache. */
export async function peersOf({ store, cache }: Target): Promise<Peer[]> {
  if (store === undefined) return []
  const { readReports } = await import('../telemetry/read-reports.ts')
  const [root] = cache.name.split('/')
  const processes = await readReports(store)
  return processes.flatMap((process) => {
    const report = process.caches.find(({ inspection }) => inspection.name === root)
    return report === undefined ? [] : [{ process, report }]
  })
}

export function totalsOf(peers: readonly Peer[]): Totals {
  const all = peers.map(({ report }) => report.inspection.stats)
  const sum = (pick: (stats: Stats) => number) =>
    all.reduce((total, stats) => total + pick(stats), 0)
  return {
    reads: sum(readsOf),
    hits: sum(({ hits }) => hits),
    stale: sum(({ stale }) => stale),
    misses: sum(({ misses }) => misses),
    coalesced: sum(({ coalesced }) => coalesced),
    loads: sum(({ loads }) => loads),
    loadFailures: sum(({ loadFailures }) => loadFailures),
    loadMs: sum(({ loadMs }) => loadMs),
    writes: sum(({ writes }) => writes),
    storeErrors: sum(({ store }) => store.errors),
  }
}

export function readsOf({ hits, stale, misses }: Stats): number {
  return hits + stale + misses
}

/** Of all reads; undefined where there were none. */
export function hitRatioOf({
  reads,
  hits,
  stale,
}: Pick<Totals, 'reads' | 'hits' | 'stale'>): number | undefined {
  return reads === 0 ? undefined : (hits + stale) / reads
}
