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
