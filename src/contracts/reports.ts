import type { Outcome, RemovalReason } from './events.ts'
import type { StoreUsage } from './store.ts'
import type { Backlog } from './writing.ts'

/** How much memory may hold; where both are given, both count. */
export interface MemoryBounds {
  /** Most entries. @default 10,000, or none where `maxWeight` is given */
  readonly maxEntries?: number | undefined
  /** Most weight in all, as a number or a size such as `'64mb'`. @default none */
  readonly maxWeight?: number | string | undefined
}

/** What memory would do at another bound. */
export interface CurvePoint {
  /** The bound: a weight where `maxWeight` is given, else a number of entries. */
  readonly size: number
  /** Hits / reads, from 0 to 1, if nothing expired or were invalidated; 1 when there were no reads. */
  readonly hitRatio: number
}

/** What the cache has done since it was made. */
export interface Stats {
  /** Reads that found something fresh, in memory or in the store. */
  readonly hits: number
  /** Reads that found nothing. */
  readonly misses: number
  /** Reads that were answered with something stale. */
  readonly stale: number
  /** Callers that waited for somebody else's load. */
  readonly coalesced: number
  /** (hits + stale) / reads; 1 when there were none. */
  readonly hitRatio: number
  /** Runs of loaders. */
  readonly loads: number
  /** Runs of loaders that failed. */
  readonly loadFailures: number
  /** Time in loaders, all in all. */
  readonly loadMs: number
  /** Values that the cache was given, by loads and by writers. */
  readonly writes: number
  /** Of memory alone. */
  readonly memory: MemoryStats
  /** Of the store alone. */
  readonly store: StoreStats
}

/** What memory has answered since the cache was made, and what it holds. */
export interface MemoryStats {
  /** Reads that found something fresh in memory. */
  readonly hits: number
  /** Reads that found nothing in memory. */
  readonly misses: number
  /** Reads that were served something stale from memory. */
  readonly stale: number
  /** Entries that are there now. */
  readonly entries: number
  /** What they weigh together. */
  readonly weight: number
  /** Entries that left, by reason. */
  readonly removals: Readonly<Record<RemovalReason, number>>
}

/** What the store has answered since the cache was made. */
export interface StoreStats {
  /** Reads that found something fresh in the store. */
  readonly hits: number
  /** Reads that found nothing in the store. */
  readonly misses: number
  /** Reads that were served something stale from the store. */
  readonly stale: number
  /** Operations that failed, or were not answered in time. */
  readonly errors: number
  /** Loads that another process spared this one. */
  readonly awaited: number
  /** Bytes that came from the store. */
  readonly bytesRead: number
  /** Bytes that went to the store. */
  readonly bytesWritten: number
}

/** Why a read answers what it does, tier by tier. */
export interface Explanation {
  /** As it was asked for. */
  readonly key: string
  /** The key as the store sees it. */
  readonly physicalKey: string
  /** What a read would find. */
  readonly outcome: Outcome
  /** A sentence for a person. */
  readonly reason: string
  /** What memory has; none where there is no memory. */
  readonly memory: TierExplanation | undefined
  /** What the store has; none where there is no store. */
  readonly store: TierExplanation | undefined
  /** A load of this key is under way in this process. */
  readonly loading: boolean
}

/** What one tier has under a key. Instants are epoch milliseconds. */
export interface TierExplanation {
  /** Whether it could be served, and if not, why. */
  readonly state:
    | 'fresh'
    | 'stale'
    | 'expired'
    | 'invalidated'
    | 'suspect'
    | 'lease'
    | 'absent'
    | 'unreadable'
  /** When the value was made, epoch milliseconds. */
  readonly createdAt?: number
  /** Until when it is fresh, epoch milliseconds. */
  readonly staleAt?: number
  /** Until when it is kept, epoch milliseconds. */
  readonly expiresAt?: number
  /** Tags, and whether each still stands as it was when the value was loaded. */
  readonly tags?: readonly { readonly tag: string; readonly valid: boolean }[]
  /** Until when another load of the key holds the lease. */
  readonly leaseUntil?: number
  /** Bytes of the value as it is encoded; of the store alone. */
  readonly bytes?: number
}

/** How a cache is set up, and what it holds. */
export interface Inspection {
  /** As in its options. */
  readonly name: string
  /** As in its options. */
  readonly enabled: boolean
  /** Its bounds, its policy, and what it holds; none where there is no memory. */
  readonly memory:
    | (MemoryBounds & {
        readonly policy: string
        readonly entries: number
        readonly weight: number
      })
    | undefined
  /** Its kind, and what it says that it holds; none where there is no store. */
  readonly store: ({ readonly name: string } & Partial<StoreUsage>) | undefined
  /** Its kind; none where there is no bus. */
  readonly bus: string | undefined
  /** The store is asked: its breaker is closed. */
  readonly storeUp: boolean
  /** Others' changes are heard, as far as can be known. */
  readonly busHealthy: boolean
  /** Writes that were put off, by definition. */
  readonly backlogs: Readonly<Record<string, Backlog>>
  /** Keys that are being looked up or loaded now. */
  readonly loading: number
  /** What `stats()` answers. */
  readonly stats: Stats
}
