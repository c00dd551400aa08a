import type { Stats } from '../../contracts/cache.ts'
import type { RemovalReason } from '../../contracts/events.ts'
import type { CacheState } from '../state.ts'

const noRemovals: Record<RemovalReason, number> = {
  evicted: 0,
  expired: 0,
  deleted: 0,
  replaced: 0,
  invalidated: 0,
}

/** What a cache has counted, as a report. */
export function stats({ connection, counters, memory }: CacheState): Stats {
  const hits = counters.memoryHits + counters.storeHits
  const stale = counters.memoryStale + counters.storeStale
  const reads = hits + stale + counters.misses
  return {
    hits,
    stale,
    misses: counters.misses,
    coalesced: counters.coalesced,
    hitRatio: reads === 0 ? 1 : (hits + stale) / reads,
    loads: counters.loads,
    loadFailures: counters.loadFailures,
    loadMs: counters.loadMs,
    writes: counters.writes,
    memory: {
      hits: counters.memoryHits,
      stale: counters.memoryStale,
      misses: counters.memoryMisses,
      entries: memory?.size ?? 0,
      weight: memory?.weight ?? 0,
      removals: { ...(memory?.removals ?? noRemovals) },
    },
    store: {
      hits: counters.storeHits,
      stale: counters.storeStale,
      misses: counters.storeMisses,
      errors: counters.storeErrors,
      awaited: counters.awaited,
      bytesRead: connection?.store?.bytesRead ?? 0,
      bytesWritten: connection?.store?.bytesWritten ?? 0,
    },
  }
}
