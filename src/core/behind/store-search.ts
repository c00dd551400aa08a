import { withDeadline } from '../../kernel/deadline.ts'
import { StoreTimeoutError } from '../../kernel/errors.ts'
import { type Entry, endOf, lifetimeFrom } from '../entry.ts'
import { anyTag } from '../keyspace.ts'
import type { Flight, Landing } from '../loading/flight.ts'
import type { Load } from '../loading/load.ts'
import type { Request } from '../loading/request.ts'
import { type Place, placeOf } from '../place.ts'
import type { Reader } from '../reader.ts'
import type { CacheState } from '../state.ts'
import type { Listener } from '../wakers.ts'
import { type Begun, Grant } from './grant.ts'
import { Lease } from './lease.ts'
import type { Confirmation, OpenStore, Reading } from './open-store.ts'
import { StoreBudget } from './store-budget.ts'

/** Pauses, in milliseconds, between two looks at somebody else's lease: the first, the longest. */
const firstLook = 2
const longestLook = 50
/** Times that a lease may be refused, with nobody holding one, before a load goes on without. */
const mostRefusals = 3
/** Pause before a stale entry that another process is renewing is looked at again. */
const renewalPause = 250

/** Most milliseconds for which the store is waited for where a stale value is at hand. */
const softTimeout = 100

/** Asks what is behind memory before a loader is asked. */
export class StoreSearch {
  readonly #state: CacheState
  readonly #reader: Reader
  readonly #renew: (request: Request, entry: Entry) => void

  /** `renew` has an entry renewed that is being served. */
  constructor(state: CacheState, reader: Reader, renew: (request: Request, entry: Entry) => void) {
    this.#state = state
    this.#reader = reader
    this.#renew = renew
  }

  /** What is found, or the right to load; undefined where nothing behind memory answers. */
  run(load: Load): Promise<Landing | Grant | undefined> {
    return this.#reader.attempt(load.request.key, (open) => this.#ask(load, open))
  }

  /** What the store answers, or the right to load. */
  async #ask(load: Load, open: OpenStore): Promise<Landing | Grant> {
    const state = this.#state
    const { flight, request } = load
    const place = placeOf(request.space, request.key, request.memoryKey, request.version)
    const arrived = state.recent()
    let listener: Listener | undefined
    let budget: StoreBudget | undefined
    let look = firstLook
    let refusals = 0
    let waited = false
    try {
      for (;;) {
        listener?.look()
        flight.keyTick = state.recollection.keys.now
        flight.tagTick = state.recollection.tags.now
        const asked = state.recent()
        const reading = await this.#look(request, flight, open, place)
        const landing = this.#served(request, flight, reading)
        if (landing !== undefined) {
          if (waited) state.counters.awaited++
          return landing
        }
        // It was fresh, but is no longer.
        if (reading.state === 'confirmed') continue
        if (reading.state === 'live') flight.fallback = reading.entry
        const now = state.clock.now()
        budget ??= new StoreBudget(state, `a load of "${place.key}"`, open.store.timeout)
        budget.took(now - asked)
        const leaseUntil = leaseOf(reading)
        const leased = leaseUntil > now && !request.options.refresh
        if (leased && flight.renewal && flight.fallback) {
          flight.fallback.retryAt = Math.min(leaseUntil, now + renewalPause)
          const { value, createdAt } = flight.fallback
          return { value, outcome: 'stale', createdAt }
        }
        if (leased && now < arrived + state.leaseWait) {
          flight.signal.throwIfAborted()
          refusals = 0
          budget.renew()
          if (listener === undefined) {
            // What happened since the look may have gone unheard: look again.
            listener = state.wakers.listen(place.memoryKey)
            continue
          }
          waited = true
          request.onWait?.()
          await listener.change(Math.min(look, leaseUntil - now))
          look = Math.min(look * 1.5, longestLook)
          continue
        }
        const versions = await budget.within(this.versions(request, open))
        budget.expectMore()
        const leasable = !leased && open.store.atomic && refusals < mostRefusals
        const lease = leasable
          ? await budget.spend(Lease.take(state, open, place, reading))
          : undefined
        if (lease === undefined && leasable) refusals++
        else {
          state.counters.storeMisses++
          return new Grant({ open, place, ...versions, lease, reading, budget })
        }
      }
    } finally {
      listener?.end()
    }
  }

  /** The versions from before the load, of all that the entry will depend on. */
  async versions(
    { options, space }: Request,
    { marks }: OpenStore,
  ): Promise<Pick<Begun, 'versions' | 'anyVersion'>> {
    const { ttl, tags } = options.entry
    const now = this.#state.clock.now()
    const until = endOf(lifetimeFrom(options.entry, Math.max(0, ttl), now, () => 0))
    const names = [anyTag, ...space.generations, ...tags]
    const [anyVersion, ...versions] = await marks.ensure(names, until)
    return { anyVersion, versions }
  }

  /** Who could be served something stale does not wait for a slow store as long as others would. */
  #look(
    { options }: Request,
    { fallback, renewal }: Flight,
    open: OpenStore,
    place: Place,
  ): Promise<Reading | Confirmation> {
    const { clock } = this.#state
    const reading = renewal || options.refresh ? open.read(place) : open.serve(place)
    if (renewal || fallback === undefined || clock.now() >= fallback.expiresAt) return reading
    return withDeadline(
      reading,
      softTimeout,
      clock,
      () => new StoreTimeoutError(`Reading "${place.key}" took longer than ${softTimeout} ms`),
    )
  }

  /** What a flight ends with if the store's entry may be served; remembers it on the way. */
  #served(request: Request, flight: Flight, reading: Reading | Confirmation): Landing | undefined {
    if (reading.state !== 'live' && reading.state !== 'confirmed') return undefined
    const state = this.#state
    const { entry } = reading
    const { value, createdAt } = entry
    const now = state.recent()
    flight.tags = entry.tags
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
