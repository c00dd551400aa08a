import type { Stats } from '../../contracts/cache.ts'

/** Counters of a cache in one process at an instant: what lies between two is what happened meanwhile. */
export interface Sample {
  /** Epoch milliseconds. */
  readonly at: number
  /** Reads that memory answered, or the store, fresh or stale; and those that neither could. */
  readonly memoryHits: number
  readonly storeHits: number
  readonly misses: number
  /** Callers that waited for somebody else's load. */
  readonly coalesced: number
  readonly loads: number
  readonly loadFailures: number
  readonly loadMs: number
  readonly writes: number
  /** Batches to the store and the time that they took; unknown of a process that does not count them. */
  readonly operations?: number
  readonly operationMs?: number
}

export function sampleOf(at: number, stats: Stats): Sample {
  const { hits, stale, misses, coalesced, loads, loadFailures, loadMs, writes, memory } = stats
  const memoryHits = memory.hits + memory.stale
  const storeHits = Math.max(0, hits + stale - memoryHits)
  return { at, memoryHits, storeHits, misses, coalesced, loads, loadFailures, loadMs, writes }
}
