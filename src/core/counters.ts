import type { MemoryStats, Stats, StoreStats } from '../contracts/cache.ts'
import type { RemovalReason } from '../contracts/events.ts'

/** What a cache counts as it goes. Plain numbers, so that counting costs next to nothing. */
export class Counters {
  memoryHits = 0
  memoryStale = 0
  memoryMisses = 0
  /** Reads that found nothing in memory that they could do with, where no other number tells of it. */
  unserved = 0
  storeHits = 0
  storeStale = 0
  storeMisses = 0
  storeErrors = 0
  misses = 0
  coalesced = 0
  loads = 0
  loadFailures = 0
  loadMs = 0
  awaited = 0
  writes = 0
}

const noRemovals: Record<RemovalReason, number> = {
  evicted: 0,
  expired: 0,
  deleted: 0,
  replaced: 0,
  invalidated: 0,
}

/** The counters as a report. */
export function statsOf(
  counters: Counters,
  memory: Pick<MemoryStats, 'entries' | 'weight' | 'removals'> | undefined,
  store: Pick<StoreStats, 'bytesRead' | 'bytesWritten'> | undefined,
): Stats {
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
      entries: memory?.entries ?? 0,
      weight: memory?.weight ?? 0,
      removals: { ...(memory?.removals ?? noRemovals) },
    },
    store: {
      hits: counters.storeHits,
      stale: counters.storeStale,
      misses: counters.storeMisses,
      errors: counters.storeErrors,
      awaited: counters.awaited,
      bytesRead: store?.bytesRead ?? 0,
      bytesWritten: store?.bytesWritten ?? 0,
    },
  }
}
