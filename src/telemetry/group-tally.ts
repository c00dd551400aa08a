/** What has been counted of the keys of one group. */
export class GroupTally {
  hits = 0
  stale = 0
  misses = 0
  coalesced = 0
  loads = 0
  loadFailures = 0
  loadMs = 0
  writes = 0
  /** Estimates, from a sample of the keys: entries that were stored and are gone again, */
  ended = 0
  /** those of them that nobody had read, */
  wasted = 0
  /** loads of what had expired, */
  reloads = 0
  /** loads whose value was compared with the one before, and those in which it was the same. */
  compared = 0
  unchanged = 0

  add(other: GroupTally): void {
    for (const name of Object.keys(other) as Exclude<keyof GroupTally, 'add'>[]) {
      this[name] += other[name]
    }
  }
}

/** The keys of one kind, as far as this process has to do with them. */
export interface GroupStatistics {
  /** As `user:{id}`; `'other'` for all groups that are not among the most read. */
  readonly group: string
  /** Reads of its keys. */
  readonly reads: number
  /** Reads that found something fresh. */
  readonly hits: number
  /** Reads that were served something stale. */
  readonly stale: number
  /** Reads that found nothing that could be served. */
  readonly misses: number
  /** Callers that waited for somebody else's load. */
  readonly coalesced: number
  /** (hits + stale) / (hits + stale + misses); 1 when there were none. */
  readonly hitRatio: number
  /** Runs of loaders. */
  readonly loads: number
  /** Runs of loaders that failed. */
  readonly loadFailures: number
  /** Milliseconds that loaders ran, all together. */
  readonly loadMs: number
  /** Milliseconds that its hits would have taken to load, at the mean of its loads. */
  readonly savedMs: number
  /** Values that were written, not by loads. */
  readonly writes: number
  /** Entries in memory now: an estimate, as all that follows, from a sample of the keys. */
  readonly entries: number
  /** What those weigh in bytes. */
  readonly bytes: number
  /** Entries that left memory or were replaced. */
  readonly ended: number
  /** Those of them that nobody had read. */
  readonly wasted: number
  /** Loads of what had been there until it expired. */
  readonly reloads: number
  /** Loads whose value could be compared with the one before. */
  readonly compared: number
  /** Those of them that brought the same. */
  readonly unchanged: number
}

export function groupStatistics(
  group: string,
  tally: GroupTally,
  live: { readonly entries: number; readonly bytes: number },
): GroupStatistics {
  const { hits, stale, misses, coalesced, loads, loadFailures, loadMs } = tally
  const served = hits + stale
  const reads = served + misses + coalesced
  return {
    ...{ group, reads, hits, stale, misses, coalesced },
    hitRatio: served + misses === 0 ? 1 : served / (served + misses),
    ...{ loads, loadFailures, loadMs },
    savedMs: loads === 0 ? 0 : ((served + coalesced) * loadMs) / loads,
    writes: tally.writes,
    ...live,
    ended: tally.ended,
    wasted: tally.wasted,
    reloads: tally.reloads,
    compared: tally.compared,
    unchanged: tally.unchanged,
  }
}
