import type { LoadEvent } from '../../contracts/events.ts'
import { lifetimeOf } from '../../kernel/duration.ts'
import { CodecError } from '../../kernel/errors.ts'
import type { Grant } from '../behind/grant.ts'
import type { Lease } from '../behind/lease.ts'
import { type Entry, type Kept, lifetimeFrom, valueIn } from '../entry.ts'
import { expectTags, type ResolvedOptions } from '../entry-options.ts'
import { unheard } from '../events.ts'
import type { Keyspace } from '../keyspace.ts'
import type { CacheState } from '../state.ts'
import type { Flight, Landing } from './flight.ts'
import { beginLoad } from './load-beginning.ts'
import { LoaderContext } from './load-context.ts'
import { loadScope } from './load-scope.ts'
import type { Request } from './request.ts'

/** Thrown by a bulk loader's share for a key that it left out: the key was not found. */
export const omitted: Error = new Error('The bulk loader left the key out')

/** What a loader has answered, and when. */
interface Loaded extends Landing {
  readonly kept: Kept
  readonly at: number
}

/** One run of a loader: what it is given, what becomes of its answer or of its failure. */
export class Load {
  readonly request: Request
  readonly flight: Flight
  readonly #state: CacheState
  #context: LoaderContext | undefined = undefined
  /** It has one of the permits. */
  #permitted = false
  /** The loader answered that nothing is to be kept: not even what was there. */
  #isGone = false
  /** By the exact clock or by the usual one. */
  #begun: number = unheard
  #exactly = false

  constructor(state: CacheState, flight: Flight, request: Request) {
    this.request = request
    this.flight = flight
    this.#state = state
  }

  get #space(): Keyspace {
    return this.request.space
  }

  get #options(): ResolvedOptions {
    return this.request.options.entry
  }

  /** Loads, and keeps what was loaded where it is to be kept. */
  async run(grant: Grant | undefined): Promise<Landing> {
    const state = this.#state
    const lease = grant?.lease
    if (lease) this.flight.yield = () => state.inBackground(this.#release(lease, 0))
    const turn = this.takeTurn()
    if (turn !== undefined) {
      await turn
      if (this.flight.abandoned) {
        state.permits.giveBack()
        return this.#failHolding(this.flight.signal.reason, grant)
      }
    }
    let loaded: Loaded
    try {
      loaded = this.#loaded(await this.begin())
    } catch (error) {
      return this.#failHolding(error, grant)
    } finally {
      this.#end()
    }
    if (grant === undefined) this.#keep(loaded)
    else await this.#fill(loaded.kept as Entry | undefined, grant)
    return loaded
  }

  /** Takes its turn: at once, or when what it answers resolves. */
  takeTurn(): Promise<void> | undefined {
    const { onWait, options } = this.request
    // Who waits for this load has a turn already; with one for each they could wait for each other.
    this.#permitted = options.followed && onWait === undefined && loadScope.current() === undefined
    return this.#permitted ? this.#state.permits.take() : undefined
  }

  /** Runs the loader. What that answers or throws is to be handed to `succeed` or `fail`. */
  begin(): unknown {
    const { clock, counters, events } = this.#state
    const { flight, request } = this
    counters.loads++
    this.#context = new LoaderContext(flight, request.options.entry, clock)
    if (request.options.followed) loadScope.begin()
    const { path } = request.space
    const within = events.hearsLoadStarts ? beginLoad(events, flight, path) : undefined
    // Asking for the time exactly takes long: nobody who is not told of each load would notice.
    this.#exactly = events.hearsLoads
    this.#begun = this.#exactly ? events.instant() : clock.now()
    return within === undefined ? this.#call() : within(() => this.#call())
  }

  #call(): unknown {
    const { loader, options } = this.request
    const context = this.#context as LoaderContext
    return options.followed ? loadScope.run(this.flight, () => loader(context)) : loader(context)
  }

  /** The loader has answered, and memory is all there is. */
  succeed(value: unknown): Landing {
    this.#end()
    let loaded: Loaded
    try {
      loaded = this.#loaded(value)
    } catch (error) {
      return this.#fail(error)
    }
    this.#keep(loaded)
    return loaded
  }

  /** The loader has failed, and memory is all there is. */
  fail(error: unknown): Landing {
    this.#end()
    return this.#fail(error)
  }

  #end(): void {
    if (this.request.options.followed) loadScope.end()
    if (this.#permitted) this.#state.permits.giveBack()
  }

  #loaded(value: unknown): Loaded {
    const { clock, counters, events } = this.#state
    const at = clock.now()
    const durationMs = this.#duration(at)
    counters.loadMs += durationMs
    const kept = this.#keptIfPossible(value, at, Math.round(durationMs))
    if (events.hearsLoads) this.#tell(durationMs, { value, kept: kept !== undefined })
    return { value: kept === undefined ? value : valueIn(kept), outcome: 'miss', kept, at }
  }

  #duration(now: number): number {
    if (this.#begun === unheard) return 0
    return Math.max(0, (this.#exactly ? this.#state.events.instant() : now) - this.#begun)
  }

  #tell(durationMs: number, result: Partial<LoadEvent>) {
    const { key, load: start } = this.flight
    const about = { namespace: this.#space.path, key, durationMs, start }
    this.#state.events.emit('load', () => ({ ...about, ...result }))
  }

  /** A value that cannot be kept is an event, not its callers' failure. */
  #keptIfPossible(value: unknown, now: number, loadMs: number): Kept {
    try {
      return this.#kept(this.#context as LoaderContext, value, now, loadMs)
    } catch (error) {
      if (!(error instanceof CodecError)) throw error
      this.#state.failed(error, this.flight.key)
      return undefined
    }
  }

  /** What is to be kept, if anything is. */
  #kept(context: LoaderContext, value: unknown, now: number, loadMs: number): Kept {
    const { recollection } = this.#state
    const asUsual = this.#options === this.#state.defaults && this.#space.scopes.length === 0
    if (asUsual && context.isAsGiven && recollection.isUsual(value)) return recollection.keep(value)
    const { fallback } = this.flight
    const renewed = context.renewed ? fallback : undefined
    const tags =
      renewed && context.tags === this.#options.tags
        ? renewed.tags
        : [...expectTags(context.tags), ...this.#space.scopes]
    this.flight.tags = tags
    const negative = value === null || value === undefined
    const { negativeTtl } = this.#options
    const chosen =
      context.ttl === undefined ? this.#options.ttl : lifetimeOf('context.ttl', context.ttl)
    const ttl = negative ? (negativeTtl ?? chosen) : chosen
    if (context.skipped) return undefined
    if (!(ttl > 0)) {
      this.#isGone = true
      return undefined
    }
    const lifetime = lifetimeFrom(this.#options, ttl, now, this.#state.random)
    return recollection.entry(value, lifetime, {
      loadMs,
      negative,
      tags,
      etag: context.etag ?? renewed?.etag,
      lastModified: context.lastModified ?? renewed?.lastModified,
      checked: this.flight.tagTick,
      weight: this.#options.weight,
    })
  }

  /** Keeps the entry in the store and in memory, unless something changed since the load began. */
  async #fill(entry: Entry | undefined, grant: Grant): Promise<void> {
    const state = this.#state
    if (this.#isGone) return this.#remove(grant)
    if (entry === undefined || this.#changed()) return this.#release(grant.lease, 0)
    try {
      if (!(await grant.fill(entry))) return await this.#release(grant.lease, 0)
    } catch (error) {
      state.failed(error, this.flight.key)
      await this.#release(grant.lease, 0)
      if (error instanceof CodecError) return
      state.counters.storeErrors++
      // Written late, without a lease to lose, it could outlive what happens to the key meanwhile.
      if (grant.lease === undefined) state.backend.defer({ keys: [grant.place] })
    }
    if (this.#changed()) return
    this.#remember(entry, state.clock.now())
    state.wakers.wake(this.flight.memoryKey)
    state.inBackground(state.publish('keys', [this.flight.memoryKey]))
  }

  /** There is nothing under the key any more, unless something changed since the load began. */
  async #remove(grant: Grant): Promise<void> {
    const state = this.#state
    const { key, memoryKey } = this.flight
    if (!grant.replaces || this.#changed()) {
      await this.#release(grant.lease, 0)
      this.#forget()
      return
    }
    try {
      if (!(await grant.drop())) return
    } catch (error) {
      state.failed(error, key)
      state.counters.storeErrors++
      state.backend.defer({ keys: [grant.place] })
    }
    this.#forget()
    state.wakers.wake(memoryKey)
    state.inBackground(state.publish('keys', [memoryKey]))
  }

  #keep({ kept, at }: Loaded): void {
    if (this.#isGone) this.#forget()
    else if (kept !== undefined && !this.#changed()) this.#remember(kept, at)
  }

  /** Memory has nothing any more, unless something changed since the load began. */
  #forget(): void {
    const { clock, recollection } = this.#state
    const { memoryKey } = this.flight
    if (this.#changed() || recollection.glance(memoryKey, clock.now()) === undefined) return
    recollection.forget(memoryKey, 'deleted')
  }

  #remember(kept: Kept, now: number): void {
    const { memoryKey, keyTick } = this.flight
    const { counters, recollection } = this.#state
    counters.writes++
    recollection.remember(memoryKey, kept, keyTick, now)
  }

  /** Whether what was loaded may be outdated, or is nobody's any more. */
  #changed(): boolean {
    const { memoryKey, keyTick, tagTick, tags, abandoned, superseded } = this.flight
    const { recollection } = this.#state
    return (
      abandoned ||
      superseded ||
      recollection.keys.changedSince(memoryKey, keyTick) ||
      recollection.tagsChangedSince(tags, tagTick)
    )
  }

  #fail(error: unknown): Landing {
    if (error === omitted) {
      this.#forget()
      throw error
    }
    const now = this.#state.clock.now()
    return this.#standIn(this.#failed(error, now), error, now)
  }

  async #failHolding(error: unknown, grant: Grant | undefined): Promise<Landing> {
    if (error === omitted) {
      if (grant === undefined) this.#forget()
      else await this.#remove(grant)
      throw error
    }
    const now = this.#state.clock.now()
    const fallback = this.#failed(error, now)
    const noted = fallback !== undefined || this.flight.renewal
    await this.#release(grant?.lease, noted ? now + this.#options.retryAfter : 0)
    return this.#standIn(fallback, error, now)
  }

  /** Notes that the load failed; answers what may be served instead. */
  #failed(error: unknown, now: number): Entry | undefined {
    const { fallback } = this.flight
    this.#state.counters.loadFailures++
    this.#tell(this.#duration(now), { error })
    if (fallback === undefined) return undefined
    fallback.retryAt = now + this.#options.retryAfter
    this.flight.tags = fallback.tags
    // Who asked for a load in any case is not served what was there.
    const usable = !this.request.options.refresh && now < fallback.errorUntil && !this.#changed()
    return usable ? fallback : undefined
  }

  /** A stale value stands in for what could not be loaded; without one the error is the caller's. */
  #standIn(fallback: Entry | undefined, error: unknown, now: number): Landing {
    if (fallback === undefined) throw error
    const { key, memoryKey, keyTick } = this.flight
    this.#state.failed(error, key)
    this.#state.recollection.remember(memoryKey, fallback, keyTick, now)
    const { value, createdAt } = fallback
    return { value, outcome: 'stale', createdAt }
  }

  async #release(lease: Lease | undefined, retryAt: number): Promise<void> {
    try {
      await lease?.release(retryAt)
      this.#state.wakers.wake(this.flight.memoryKey)
    } catch (error) {
      this.#state.failed(error, this.flight.key)
    }
  }
}
