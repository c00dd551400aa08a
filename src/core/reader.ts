import type { Tier } from '../contracts/events.ts'
import { StoreError } from '../kernel/errors.ts'
import type { Confirmation, OpenStore, Reading } from './behind/open-store.ts'
import { Entry, type Kept } from './entry.ts'
import { unheard } from './events.ts'
import type { Keyspace } from './keyspace.ts'
import { type Place, placeOf } from './place.ts'
import type { CacheState } from './state.ts'

/** An entry, fresh or stale, and where it was found. */
export interface Found {
  readonly entry: Entry
  readonly tier: Tier
}

/** Where an entry belongs, in memory and behind it. */
interface Position {
  readonly space: Keyspace
  readonly key: string
  readonly memoryKey: string
  readonly version: number | undefined
}

/** Reads without loading: memory, then the store. A store that fails has nothing. */
export class Reader {
  readonly #state: CacheState

  constructor(state: CacheState) {
    this.#state = state
  }

  /** What memory keeps, fresh; used, counted and told. Undefined is nothing. */
  fresh(space: Keyspace, key: string, version: number | undefined): Kept {
    const state = this.#state
    const { recollection } = state
    const memoryKey = space.memoryKey(key, version)
    const now = state.recent()
    const { watch } = recollection
    if (watch !== undefined) watch.begin()
    const kept = recollection.recall(memoryKey, now)
    if (!isServed(kept, now)) {
      state.counters.unserved++
      state.curve?.ignoreRepetition()
      watch?.unanswered(memoryKey)
      return undefined
    }
    if (kept instanceof Entry && kept.sliding > 0) {
      this.slide({ space, key, memoryKey, version }, kept, now)
    }
    state.counters.memoryHits++
    if (state.events.hearsReads) {
      state.events.remembered(space, key, 'hit', recollection.whole(memoryKey, kept))
    }
    return kept
  }

  async find(
    space: Keyspace,
    key: string,
    version: number | undefined,
  ): Promise<Found | undefined> {
    const state = this.#state
    state.expectOpen()
    const now = state.recent()
    const at = { space, key, memoryKey: space.memoryKey(key, version), version }
    state.events.call(space, 'get', key)
    const known = this.#inMemory(at, now)
    if (!state.backed || isFresh(known, now)) return known
    const keyTick = state.recollection.keys.now
    const place = placeOf(space, key, at.memoryKey, version)
    const reading = await this.attempt(key, (open) => open.serve(place))
    return this.#learned(at, reading, keyTick, now)
  }

  /** As `find` of each, but that the store is asked once. */
  async findMany(
    space: Keyspace,
    keys: readonly string[],
    version: number | undefined,
  ): Promise<(Found | undefined)[]> {
    const state = this.#state
    state.expectOpen()
    const now = state.recent()
    state.events.calls(space, 'getMany', () => keys)
    const found: (Found | undefined)[] = []
    /** Where in `keys` they are that memory has not. */
    const missing: number[] = []
    const places: Place[] = []
    for (const key of keys) {
      const at = { space, key, memoryKey: space.memoryKey(key, version), version }
      const known = this.#inMemory(at, now)
      if (state.backed && !isFresh(known, now)) {
        missing.push(found.length)
        places.push(placeOf(space, key, at.memoryKey, version))
      }
      found.push(known)
    }
    if (missing.length === 0) return found
    const keyTick = state.recollection.keys.now
    const readings = await this.attempt(undefined, (open) => open.serveMany(places))
    for (const [j, i] of missing.entries()) {
      const { key, memoryKey } = places[j] as Place
      found[i] = this.#learned({ space, key, memoryKey, version }, readings?.[j], keyTick, now)
    }
    return found
  }

  /** Counts one read, and tells of it; `begun` is when it began, by `events.begin`. */
  count(
    space: Keyspace,
    key: string,
    outcome: 'hit' | 'stale' | 'miss',
    found: Found | undefined,
    begun: number,
  ): void {
    const { counters, events } = this.#state
    const tier = found?.tier
    if (tier !== 'memory') counters.memoryMisses++
    if (outcome === 'miss') counters.misses++
    else if (outcome === 'stale') counters[tier === 'memory' ? 'memoryStale' : 'storeStale']++
    else counters[tier === 'memory' ? 'memoryHits' : 'storeHits']++
    if (begun === unheard) return
    if (found !== undefined && outcome !== 'miss' && tier === 'memory') {
      events.remembered(space, key, outcome, found.entry)
      return
    }
    const entry = outcome === 'miss' ? undefined : found?.entry
    events.emit('read', () => ({
      namespace: space.path,
      key,
      outcome,
      tier: entry && tier,
      value: entry?.value,
      age: entry && Math.max(0, this.#state.clock.now() - entry.createdAt),
      durationMs: events.since(begun),
    }))
  }

  /** Runs a read of the store; its failure is an event and counts as nothing found. */
  async attempt<T>(
    key: string | undefined,
    read: (open: OpenStore) => Promise<T>,
  ): Promise<T | undefined> {
    const state = this.#state
    try {
      const { open } = state.ready ?? (await state.connect())
      return open && (await read(open))
    } catch (error) {
      if (!(error instanceof StoreError)) throw error
      state.counters.storeErrors++
      state.failed(error, key)
      return undefined
    }
  }

  /** A read prolongs a sliding entry: in memory at once, in the store when it matters. */
  slide(at: Position, entry: Entry, now: number): void {
    const state = this.#state
    if (now >= entry.staleAt) return
    entry.slide(now)
    state.recollection.prolong(at.memoryKey, entry, now)
    if (!state.backed || entry.staleAt - entry.toldUntil < entry.sliding / 8) return
    entry.toldUntil = entry.staleAt
    const place = placeOf(at.space, at.key, at.memoryKey, at.version)
    state.inBackground(this.attempt(at.key, (open) => this.#slideInStore(open, place, entry)))
  }

  #inMemory(at: Position, now: number): Found | undefined {
    const { recollection } = this.#state
    const kept = recollection.recall(at.memoryKey, now)
    if (kept === undefined) return undefined
    const entry = recollection.whole(at.memoryKey, kept)
    if (entry.sliding > 0) this.slide(at, entry, now)
    return { entry, tier: 'memory' }
  }

  /** What the store has, if it may be answered; memory has it from now on. */
  #learned(
    at: Position,
    reading: Reading | Confirmation | undefined,
    keyTick: number,
    now: number,
  ): Found | undefined {
    if (reading?.state !== 'live' && reading?.state !== 'confirmed') return undefined
    const { entry } = reading
    this.#state.recollection.remember(at.memoryKey, entry, keyTick, now)
    if (entry.sliding > 0) this.slide(at, entry, now)
    return { entry, tier: 'store' }
  }

  async #slideInStore(open: OpenStore, place: Place, slid: Entry): Promise<void> {
    const reading = await open.read(place)
    // Without compare-and-set, writing it again could undo what somebody else does meanwhile.
    if (reading.state !== 'live' || !open.store.atomic) return
    if (reading.entry.staleAt >= slid.staleAt) return
    const { staleAt, revalidateUntil, errorUntil } = slid
    const changes = { staleAt, revalidateUntil, errorUntil }
    const record = open.reseal(reading.envelope, changes, reading.stamp)
    await open.store.replace(place.physicalKey, reading.stamp, record)
  }
}

/** Whether what memory keeps is fresh. */
function isServed(kept: Kept, now: number): boolean {
  return kept instanceof Entry ? now < kept.staleAt : kept !== undefined
}

function isFresh(found: Found | undefined, now: number): boolean {
  return found !== undefined && now < found.entry.staleAt
}
