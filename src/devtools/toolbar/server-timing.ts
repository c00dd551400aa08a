import type { RequestReport } from './request-report.ts'

/** The metric whose description is the request's id. */
const idMetric = 'hotset'

/**
 * What the caches did, as a `Server-Timing` field (W3C Server Timing §2): it may be read by whoever gets
 * the response, so there are numbers in it, and no keys.
 */
export function serverTiming({ id, totals }: RequestReport): string {
  const { calls, reads, hits, stale, misses, coalesced, cacheMs, loadMs } = totals
  const outcomes = { hits, stale, misses, coalesced }
  const told = Object.entries(outcomes).filter(([, count]) => count > 0)
  const counts = [`${calls} calls`, `${reads} reads`, ...told.map(([name, n]) => `${n} ${name}`)]
  return [
    `${idMetric};desc="${id}"`,
    `hotset-cache;dur=${rounded(cacheMs)};desc="${counts.join(', ')}"`,
    `hotset-load;dur=${rounded(loadMs)}`,
  ].join(', ')
}

function rounded(ms: number): number {
  return Math.round(ms * 10) / 10
}
