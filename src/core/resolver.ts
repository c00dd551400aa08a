import type { Loader, LoadOptions } from '../contracts/cache.ts'
import { withDeadline } from '../kernel/deadline.ts'
import { ReentrantLoadError, StoreTimeoutError } from '../kernel/errors.ts'
import type { Entry } from './entry.ts'
import { Flight, type Landing } from './flight.ts'
import type { Keyspace } from './keyspace.ts'
import { Lease } from './lease.ts'
import { type Grant, Load, omitted } from './load.ts'
import { type ResolvedLoadOptions, resolveLoadOptions } from './load-options.ts'
import { loadScope } from './load-scope.ts'
import type { Reader } from './reader.ts'
import {
  type Confirmation,
  type OpenStore,
  type Place,
  placeOf,
  type Reading,
  type Records,
} from './records.ts'
import type { CacheState } from './state.ts'
import { StorePatience } from './store-patience.ts'
import { waitFor } from './waiting.ts'

/** What one `getOrSet` is about. */
interface Request {
  readonly space: Keyspace
  readonly key: string
  readonly memoryKey: string
  readonly version: number | undefined
  readonly loader: Loader<unknown>
  readonly options: ResolvedLoadOptions
  /** Told when it does not go on at once, so that a bulk load does not wait for it. */
  readonly onWait: (() => void) | undefined
}

/** Pauses, in milliseconds, between two looks at somebody else's lease: the first, the longest. */
const firstLook = 2
const longestLook = 50
/** Times that a lease may be refused, with nobody holding one, before a load goes on without. */
const mostRefusals = 3
/** Pause before a stale entry that another process is renewing is looked at again. */
const renewalPause = 250

/** Most milliseconds for which the store is waited for where a stale value is at hand. */
const softTimeout = 100

/** The state machine: memory, then the store, then the loader; one flight a key and process. */
export class Resolver {
  readonly #state: CacheState
  readonly #records: Records
  readonly #reader: Reader

  constructor(state: CacheState, records: Records, reader: Reader) {
    this.#state = state
    this.#records = records
    this.#reader = reader
  }

  getOrSet(
    space: Keyspace,
    key: string,
    loader: Loader<unknown>,
    options: LoadOptions | undefined,
    onWait?: () => void,
  ): Promise<unknown> {
    const state = this.#state
    const version = options?.version
    const memoryKey = space.memoryKey(key, version)
    const now = state.recent()
    const entry = state.recollection.recall(memoryKey, now)
    const plain = entry !== undefined && now < entry.staleAt && now < entry.eagerAt
    if (plain && entry.sliding === 0 && options?.refresh !== true) {
      if (loadScope.active) loadScope.rest()
      state.counters.memoryHits++
      state.events.remembered(space, key, 'hit', entry)
      return Promise.resolve(state.recollection.give(entry.value))
    }
    const resolved = resolveLoadOptions(options, state.defaults)
    const request = { space, key, memoryKey, version, loader, options: resolved, onWait }
    return this.#getOrSet(request, entry, now)
  }

  async #getOrSet(request: Request, entry: Entry | undefined, now: number): Promise<unknown> {
    const state = this.#state
    const { key, options, space } = request
    state.expectOpen()
    state.events.call(space, 'getOrSet', key)
    const begun = state.events.beginWait()
    options.patience.signal?.throwIfAborted()
    if (entry !== undefined && !options.refresh && this.#serve(request, entry, now)) {
      return state.recollection.give(entry.value)
    }
    if (entry !== undefined) state.counters.unserved++
    else if (state.memory) state.counters.memoryMisses++
    const arrived = state.recollection.tags.now
    for (;;) {
      const joined = this.#join(request, entry)
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
        state.events.landed(request, flight, undefined, joined !== undefined, begun)
        throw error
      }
      if (this.#outdated(flight, arrived)) continue
      if (!joined) this.#count(landing)
      state.events.landed(request, flight, landing, joined !== undefined, begun)
      return state.recollection.give(landing.value)
    }
  }

  /** Serves an entry from memory if it may be served, and has it renewed where that is due. */
  #serve(request: Request, entry: Entry, now: number): boolean {
    const state = this.#state
    const due = now >= entry.retryAt
    if (now < entry.staleAt) {
      state.counters.memoryHits++
      state.events.remembered(request.space, request.key, 'hit', entry)
      if (entry.sliding > 0) this.#reader.slide(request, entry, now)
      if (now >= entry.eagerAt && due) this.#renew(request, entry)
      return true
    }
    if (now >= entry.revalidateUntil && (now >= entry.errorUntil || due)) return false
    state.counters.memoryStale++
    state.events.remembered(request.space, request.key, 'stale', entry)
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
  #join({ memoryKey }: Request, entry: Entry | undefined): Flight | undefined {
    const { flights, renewals, backed } = this.#state
    const flight = this.#joinable(flights.get(memoryKey))
    if (flight !== undefined || (backed && entry === undefined)) return flight
    return this.#joinable(renewals.get(memoryKey))
  }

  #joinable(flight: Flight | undefined): Flight | undefined {
    if (flight === undefined || flight.overdue || flight.abandoned) return undefined
    const { keys } = this.#state.recollection
    return keys.changedSince(flight.memoryKey, flight.keyTick) ? undefined : flight
  }

  #start(request: Request, fallback: Entry | undefined, renewal: boolean): Flight {
    const state = this.#state
    const { keys, tags } = state.recollection
    const flights = renewal ? state.renewals : state.flights
    const flight = new Flight(request, keys.now, tags.now, renewal, fallback)
    flights.get(request.memoryKey)?.supersede()
    flights.set(request.memoryKey, flight)
    // Known before the loader runs, which may ask for a key that waits for this one.
    if (!renewal) loadScope.current()?.waitsFor.add(flight)
    flight.landing = this.#fly(request, flight)
    return flight
  }

  async #fly(request: Request, flight: Flight): Promise<Landing> {
    try {
      const load = new Load(this.#state, this.#records, flight, request)
      const next = this.#state.backed ? await this.#behind(request, flight, load) : undefined
      return next !== undefined && 'outcome' in next ? next : await load.run(next)
    } finally {
      this.#state.land(flight)
    }
  }

  /** Renews an entry that is being served, unless somebody is at it. */
  #renew(request: Request, entry: Entry): void {
    const { flights, renewals } = this.#state
    const { memoryKey } = request
    if (this.#joinable(flights.get(memoryKey)) || this.#joinable(renewals.get(memoryKey))) return
    const flight = this.#start(request, entry, true)
    this.#state.inBackground(flight.landing as Promise<Landing>)
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

  /** Asks what is behind memory before it loads. */
  #behind(request: Request, flight: Flight, load: Load): Promise<Landing | Grant | undefined> {
    const place = placeOf(request.space, request.key, request.memoryKey, request.version)
    return this.#reader.attempt(request.key, (open) =>
      this.#throughStore(request, flight, load, open, place),
    )
  }

  /** What the store answers, or the right to load. */
  async #throughStore(
    request: Request,
    flight: Flight,
    load: Load,
    open: OpenStore,
    place: Place,
  ): Promise<Landing | Grant> {
    const state = this.#state
    const arrived = state.recent()
    let patience: StorePatience | undefined
    let look = firstLook
    let refusals = 0
    for (let waited = false; ; ) {
      flight.keyTick = state.recollection.keys.now
      flight.tagTick = state.recollection.tags.now
      const asked = state.recent()
      const reading = await this.#look(request, flight, open, place)
      const landing = this.#fromStore(request, flight, reading)
      if (landing !== undefined) {
        if (waited) state.counters.awaited++
        return landing
      }
      // It was fresh, but is no longer.
      if (reading.state === 'confirmed') continue
      const now = state.clock.now()
      patience ??= new StorePatience(state, `a load of "${place.key}"`, open.store.timeout)
      patience.took(now - asked)
      const leaseUntil = leaseOf(reading)
      const leased = leaseUntil > now && !request.options.refresh
      if (leased && flight.renewal && flight.fallback) {
        flight.fallback.retryAt = Math.min(leaseUntil, now + renewalPause)
        const { value, createdAt } = flight.fallback
        return { value, outcome: 'stale', createdAt }
      }
      if (leased && now < arrived + state.leaseWait) {
        flight.signal.throwIfAborted()
        waited = true
        request.onWait?.()
        await state.wakers.changeOf(place.memoryKey, Math.min(look, leaseUntil - now))
        look = Math.min(look * 1.5, longestLook)
        refusals = 0
        patience.renew()
        continue
      }
      const versions = await patience.within(load.versions(open))
      patience.expectMore()
      const leasable = !leased && open.store.atomic && refusals < mostRefusals
      const lease = leasable
        ? await patience.spend(Lease.take(state, this.#records, open, place, reading))
        : undefined
      if (lease === undefined && leasable) refusals++
      else {
        state.counters.storeMisses++
        return { open, place, ...versions, lease, reading, patience }
      }
    }
  }

  /** Who could be served something stale does not wait for a slow store as long as others would. */
  #look(
    { options }: Request,
    { fallback, renewal }: Flight,
    open: OpenStore,
    place: Place,
  ): Promise<Reading | Confirmation> {
    const { clock } = this.#state
    const reading =
      renewal || options.refresh
        ? this.#records.read(open, place)
        : this.#records.serve(open, place)
    if (renewal || fallback === undefined || clock.now() >= fallback.expiresAt) return reading
    return withDeadline(
      reading,
      softTimeout,
      clock,
      () => new StoreTimeoutError(`Reading "${place.key}" took longer than ${softTimeout} ms`),
    )
  }

  /** What a flight ends with if the store's entry may be served; remembers it on the way. */
  #fromStore(
    request: Request,
    flight: Flight,
    reading: Reading | Confirmation,
  ): Landing | undefined {
    if (reading.state !== 'live' && reading.state !== 'confirmed') return undefined
    const state = this.#state
    const { entry } = reading
    const { value, createdAt } = entry
    const now = state.recent()
    flight.tags = entry.tags
    flight.fallback = entry
    if (request.options.refresh) return undefined
    const due = now >= entry.retryAt
    const eager = now >= entry.eagerAt
    if (now < entry.staleAt && !(flight.renewal && eager)) {
      // What is renewed in the background nobody has read.
      if (!flight.renewal) state.counters.storeHits++
      state.recollection.remember(flight.memoryKey, entry, flight.keyTick, now)
      if (entry.sliding > 0) this.#reader.slide(request, entry, now)
      if (eager && due) flight.afterwards = () => this.#renew(request, entry)
      return { value, outcome: 'hit', tier: 'store', createdAt }
    }
    if (flight.renewal && due) return undefined
    if (now >= entry.revalidateUntil && (now >= entry.errorUntil || due)) return undefined
    if (!flight.renewal) state.counters.storeStale++
    state.recollection.remember(flight.memoryKey, entry, flight.keyTick, now)
    if (due) flight.afterwards = () => this.#renew(request, entry)
    return { value, outcome: 'stale', tier: 'store', createdAt }
  }
}

function leaseOf(reading: Reading): number {
  if (reading.state === 'lease') return reading.leaseUntil
  return reading.state === 'live' || reading.state === 'expired' ? reading.envelope.leaseUntil : 0
}
