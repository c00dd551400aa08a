import type { Loader, LoadOptions } from '../../contracts/cache.ts'
import { ReentrantLoadError } from '../../kernel/errors.ts'
import { type OnDemand, onDemand } from '../../kernel/on-demand.ts'
import type { Grant } from '../behind/grant.ts'
import type { StoreSearch } from '../behind/store-search.ts'
import { Entry, type Kept, valueIn } from '../entry.ts'
import { fetched } from '../fetched.ts'
import type { Keyspace } from '../keyspace.ts'
import type { Reader } from '../reader.ts'
import type { CacheState } from '../state.ts'
import { Flight, type Landing } from './flight.ts'
import { Load, omitted } from './load.ts'
import { endless, type ResolvedLoadOptions, resolveLoadOptions } from './load-options.ts'
import { loadScope } from './load-scope.ts'
import type { Request } from './request.ts'
import { waitFor } from './waiting.ts'

/** The state machine: memory, then the store, then the loader; one flight a key and process. */
export class Resolver {
  readonly #state: CacheState
  readonly #reader: Reader
  readonly #search: OnDemand<StoreSearch>
  /** The options of who gives none. */
  readonly #usualOptions: ResolvedLoadOptions

  constructor(state: CacheState, reader: Reader) {
    this.#state = state
    this.#reader = reader
    this.#search = onDemand(async () => {
      const { StoreSearch } = fetched.search.here ?? (await fetched.search.fetch())
      return new StoreSearch(state, reader, (request, entry) => this.#renew(request, entry))
    })
    this.#usualOptions = resolveLoadOptions(undefined, state.defaults)
  }

  getOrSet(
    space: Keyspace,
    key: string,
    loader: Loader<unknown>,
    options: LoadOptions | undefined,
    onWait?: () => void,
  ): Promise<unknown> {
    const state = this.#state
    const { recollection } = state
    const version = options?.version
    const memoryKey = space.memoryKey(key, version)
    const now = state.recent()
    const kept = recollection.recall(memoryKey, now)
    if (isServed(kept, now) && options?.refresh !== true) {
      if (loadScope.active) loadScope.rest()
      state.counters.memoryHits++
      if (state.events.hearsReads) {
        state.events.remembered(space, key, 'hit', recollection.whole(memoryKey, kept))
      }
      return Promise.resolve(recollection.give(valueIn(kept)))
    }
    const resolved =
      options === undefined ? this.#usualOptions : resolveLoadOptions(options, state.defaults)
    state.expectOpen()
    state.events.call(space, 'getOrSet', key)
    const begun = state.events.beginWait()
    const request = { space, key, memoryKey, version, loader, options: resolved, onWait, begun }
    const entry = kept === undefined ? undefined : recollection.whole(memoryKey, kept)
    return this.#getOrSet(request, entry, now)
  }

  #getOrSet(request: Request, entry: Entry | undefined, now: number): Promise<unknown> {
    const state = this.#state
    const { options } = request
    options.patience.signal?.throwIfAborted()
    if (entry !== undefined && !options.refresh && this.#serve(request, entry, now)) {
      return Promise.resolve(state.recollection.give(entry.value))
    }
    if (entry !== undefined) state.counters.unserved++
    else if (state.memory) state.counters.memoryMisses++
    const flight = this.#join(request, entry)
    if (flight === undefined && this.#isSimple(request)) return this.#load(request, entry)
    return this.#resolve(request, entry, flight)
  }

  /** There is nothing to wait for but the loader, for as long as that takes. */
  #isSimple({ options, onWait }: Request): boolean {
    const { backed, permits } = this.#state
    if (backed || options.patience !== endless || loadScope.current() !== undefined) return false
    return permits.isFree || !options.followed || onWait !== undefined
  }

  /** What `#resolve` does, where it is simple, with one promise: the way of most misses. */
  #load(request: Request, fallback: Entry | undefined): Promise<unknown> {
    const flight = this.#enter(request, fallback, false)
    flight.join()
    const load = new Load(this.#state, flight, request)
    load.takeTurn()
    let answer: unknown
    try {
      answer = load.begin()
    } catch (error) {
      answer = Promise.reject(error)
    }
    return Promise.resolve(answer).then(
      (value) => this.#end(load, true, value),
      (error) => this.#end(load, false, error),
    )
  }

  /** The loader has answered or failed. */
  #end(load: Load, hasAnswered: boolean, result: unknown): unknown {
    const { counters, events, recollection } = this.#state
    const { flight, request } = load
    let landing: Landing
    try {
      landing = hasAnswered ? load.succeed(result) : load.fail(result)
    } catch (error) {
      counters.misses++
      this.#state.land(flight)
      flight.crash(error)
      events.landed(request, flight, undefined, false)
      throw error
    }
    this.#count(landing)
    this.#state.land(flight)
    flight.land(landing)
    events.landed(request, flight, landing, false)
    return recollection.give(landing.value)
  }

  async #resolve(
    request: Request,
    entry: Entry | undefined,
    first: Flight | undefined,
  ): Promise<unknown> {
    const state = this.#state
    const arrived = state.recollection.tags.now
    for (let joined = first; ; joined = this.#join(request, entry)) {
      const flight = joined ?? this.#start(request, entry, false)
      if (joined) {
        state.counters.coalesced++
        request.onWait?.()
      }
      let landing: Landing
      try {
        landing = await this.#await(flight, request)
      } catch (error) {
        // Somebody's bulk load left the key out: that is no answer to a caller with its own loader.
        if (joined && error === omitted) continue
        if (!joined) state.counters.misses++
        state.events.landed(request, flight, undefined, joined !== undefined)
        throw error
      }
      if (this.#outdated(flight, arrived)) continue
      if (!joined) this.#count(landing)
      state.events.landed(request, flight, landing, joined !== undefined)
      return state.recollection.give(landing.value)
    }
  }

  /** Serves an entry from memory if it may be served, and has it renewed where that is due. */
  #serve(request: Request, entry: Entry, now: number): boolean {
    const state = this.#state
    const due = now >= entry.retryAt
    if (now < entry.staleAt) {
      state.counters.memoryHits++
      if (state.events.hearsReads) {
        state.events.remembered(request.space, request.key, 'hit', entry)
      }
      if (entry.sliding > 0) this.#reader.slide(request, entry, now)
      if (now >= entry.eagerAt && due) this.#renew(request, entry)
      return true
    }
    if (now >= entry.revalidateUntil && (now >= entry.errorUntil || due)) return false
    state.counters.memoryStale++
    if (state.events.hearsReads) {
      state.events.remembered(request.space, request.key, 'stale', entry)
    }
    if (due) this.#renew(request, entry)
    return true
  }

  /** A load that began before a change of its tags is no answer to who came after the change. */
  #outdated(flight: Flight, arrived: number): boolean {
    const { recollection } = this.#state
    return flight.tagTick < arrived && recollection.tagsChangedSince(flight.tags, flight.tagTick)
  }

  /** What the store answered has been counted there. */
  #count({ outcome, tier }: Landing): void {
    const { counters } = this.#state
    if (outcome === 'miss') counters.misses++
    else if (outcome === 'stale' && tier === undefined) counters.memoryStale++
  }

  /**
   * A flight that a caller who comes now may wait for. A renewal is one only for who cannot be
   * served by what it renews; where that is in the store alone, the store says so.
   */
  #join({ memoryKey, options }: Request, entry: Entry | undefined): Flight | undefined {
    const { flights, renewals, backed } = this.#state
    const flight = this.#joinable(flights.get(memoryKey))
    // Any other may answer what is there, or what was when it began.
    if (options.refresh) return flight?.refresh ? flight : undefined
    if (flight !== undefined || (backed && entry === undefined)) return flight
    return this.#joinable(renewals.get(memoryKey))
  }

  #joinable(flight: Flight | undefined): Flight | undefined {
    if (flight === undefined || flight.overdue || flight.abandoned) return undefined
    if (flight.superseded) return undefined
    const { keys } = this.#state.recollection
    return keys.changedSince(flight.memoryKey, flight.keyTick) ? undefined : flight
  }

  #start(request: Request, fallback: Entry | undefined, renewal: boolean): Flight {
    const flight = this.#enter(request, fallback, renewal)
    // Known before the loader runs, which may ask for a key that waits for this one.
    if (!renewal) loadScope.current()?.waitsFor.add(flight)
    void this.#fly(new Load(this.#state, flight, request))
    return flight
  }

  /** A flight of which others know, before it begins. */
  #enter(request: Request, fallback: Entry | undefined, renewal: boolean): Flight {
    const state = this.#state
    const { keys, tags } = state.recollection
    const flights = renewal ? state.renewals : state.flights
    const flight = new Flight(request, keys.now, tags.now, renewal, fallback)
    const before = flights.get(request.memoryKey)
    if (before !== undefined) {
      if (before.overdue) flight.attempt = before.attempt + 1
      before.supersede()
    }
    if (request.options.refresh) {
      flight.refresh = true
      // What that loads may be older.
      state.renewals.get(request.memoryKey)?.supersede()
    }
    flights.add(flight)
    return flight
  }

  /** It never ends before whoever started it can wait for it. */
  async #fly(load: Load): Promise<void> {
    const { flight } = load
    try {
      const found = this.#state.backed ? await this.#found(load) : undefined
      const isFound = found !== undefined && 'outcome' in found
      const landing = isFound ? found : await load.run(found)
      this.#state.land(flight)
      flight.land(landing)
    } catch (error) {
      this.#state.land(flight)
      flight.crash(error)
    }
  }

  /** What is found behind memory, or the right to load. */
  #found(load: Load): Promise<Landing | Grant | undefined> {
    const { here } = this.#search
    return here?.run(load) ?? this.#search.fetch().then((search) => search.run(load))
  }

  /** Renews an entry that is being served, unless somebody is at it. */
  #renew(request: Request, entry: Entry): void {
    const { flights, renewals } = this.#state
    const { memoryKey } = request
    if (this.#joinable(flights.get(memoryKey)) || this.#joinable(renewals.get(memoryKey))) return
    const flight = this.#start(request, entry, true)
    const renewed = flight.landing.catch((error) => {
      // The key was not found: that is what a bulk loader may answer.
      if (error !== omitted) throw error
    })
    this.#state.inBackground(renewed)
  }

  /** Waits for a flight; a wait that could never end is refused. */
  #await(flight: Flight, request: Request): Promise<Landing> {
    const waiting = loadScope.current()
    if (waiting === undefined) return waitFor(this.#state, flight, request.options.patience)
    if (flight.reaches(waiting)) {
      throw new ReentrantLoadError(
        `The loader of "${waiting.key}" waits for "${flight.key}", which waits for it`,
      )
    }
    waiting.waitsFor.add(flight)
    return waitFor(this.#state, flight, request.options.patience).finally(() =>
      waiting.waitsFor.delete(flight),
    )
  }
}

/** Whether it may be served with nothing else to be done. */
function isServed(kept: Kept, now: number): boolean {
  if (!(kept instanceof Entry)) return kept !== undefined
  return now < kept.staleAt && now < kept.eagerAt && kept.sliding === 0
}
