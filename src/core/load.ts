import type { Loader } from '../contracts/cache.ts'
import type { LoadEvent } from '../contracts/events.ts'
import { lifetimeOf } from '../kernel/duration.ts'
import { CodecError } from '../kernel/errors.ts'
import { type Entry, endOf, lifetimeFrom } from './entry.ts'
import { expectTags, type ResolvedOptions } from './entry-options.ts'
import type { TagVersion } from './envelope.ts'
import type { Flight, Landing } from './flight.ts'
import type { Keyspace } from './keyspace.ts'
import type { Lease } from './lease.ts'
import { beginLoad } from './load-beginning.ts'
import { LoaderContext } from './load-context.ts'
import type { ResolvedLoadOptions } from './load-options.ts'
import { loadScope } from './load-scope.ts'
import type { OpenStore, Place, Reading, Records } from './records.ts'
import type { CacheState } from './state.ts'
import type { StorePatience } from './store-patience.ts'

/** The mark that changes with every invalidation, whatever the tag. */
export const anyTag = '\0#'

/** Thrown by a bulk loader's share for a key that it left out: the key was not found. */
export const omitted: Error = new Error('The bulk loader left the key out')

/** What a load may fill in, and where. Everything in it was read before the load began. */
export interface Grant {
  readonly open: OpenStore
  readonly place: Place
  /** Of the generations and of the tags that were known. */
  readonly versions: readonly TagVersion[]
  readonly anyVersion: TagVersion | undefined
  /** Undefined where the store cannot compare and set, or somebody else's lease was not waited for. */
  readonly lease: Lease | undefined
  /** What the store had under the key. */
  readonly reading: Reading
  readonly patience: StorePatience
}

/** One run of a loader: what it is given, what becomes of its answer or of its failure. */
export class Load {
  readonly #state: CacheState
  readonly #records: Records
  readonly #flight: Flight
  readonly #space: Keyspace
  readonly #loader: Loader<unknown>
  readonly #options: ResolvedOptions
  readonly #refresh: boolean
  readonly #followed: boolean
  /** It is part of a bulk load, which waits for its turn as a whole. */
  readonly #shared: boolean

  constructor(
    state: CacheState,
    records: Records,
    flight: Flight,
    request: {
      space: Keyspace
      loader: Loader<unknown>
      options: ResolvedLoadOptions
      onWait: (() => void) | undefined
    },
  ) {
    this.#state = state
    this.#records = records
    this.#flight = flight
    this.#space = request.space
    this.#loader = request.loader
    this.#options = request.options.entry
    this.#refresh = request.options.refresh
    this.#followed = request.options.followed
    this.#shared = request.onWait !== undefined
  }

  /** The versions from before the load, of all that the entry will depend on. */
  async versions({ marks }: OpenStore): Promise<Pick<Grant, 'versions' | 'anyVersion'>> {
    const { ttl, tags } = this.#options
    const now = this.#state.clock.now()
    const until = endOf(lifetimeFrom(this.#options, Math.max(0, ttl), now, () => 0))
    const names = [anyTag, ...this.#space.generations, ...tags]
    const [anyVersion, ...versions] = await marks.ensure(names, until)
    return { anyVersion, versions }
  }

  async run(grant: Grant | undefined): Promise<Landing> {
    const state = this.#state
    const lease = grant?.lease
    if (lease) this.#flight.yield = () => state.inBackground(this.#release(lease, 0))
    // Who waits for this load has a turn already; with one for each they could wait for each other.
    const counted = this.#followed && !this.#shared && loadScope.current() === undefined
    const turn = counted ? state.permits.take() : undefined
    if (turn !== undefined) {
      await turn
      if (this.#flight.abandoned) {
        state.permits.giveBack()
        return this.#failed(this.#flight.signal.reason, lease, 0)
      }
    }
    const startedAt = state.clock.now()
    const context = this.#context(startedAt)
    const { tags } = context
    state.counters.loads++
    const within = beginLoad(state.events, this.#flight, this.#space.path)
    const begun = state.events.instant()
    let value: unknown
    let entry: Entry | undefined
    try {
      const load = () => this.#loader(context)
      value = await within(() => (this.#followed ? loadScope.run(this.#flight, load) : load()))
      const durationMs = state.events.since(begun)
      state.counters.loadMs += durationMs
      entry = this.#entryIfKept(context, context.tags === tags, value, Math.round(durationMs))
      this.#tell(durationMs, { value, kept: entry !== undefined })
    } catch (error) {
      return this.#failed(error, lease, state.events.since(begun))
    } finally {
      if (this.#followed) loadScope.end()
      if (counted) state.permits.giveBack()
    }
    if (grant !== undefined) await this.#fill(entry, grant)
    else if (entry !== undefined && !this.#changed()) this.#remember(entry)
    return { value: entry === undefined ? value : entry.value, outcome: 'miss' }
  }

  #tell(durationMs: number, result: Partial<LoadEvent>) {
    const { key, load: start } = this.#flight
    const about = { namespace: this.#space.path, key, durationMs, start }
    this.#state.events.emit('load', () => ({ ...about, ...result }))
  }

  #context(now: number): LoaderContext<unknown> {
    const { ttl, tags } = this.#options
    const context = new LoaderContext<unknown>(this.#flight, this.#flight.fallback, tags, now)
    context.ttl = ttl === Infinity ? null : ttl
    return context
  }

  /** A value that cannot be kept is an event, not its callers' failure. */
  #entryIfKept(
    context: LoaderContext<unknown>,
    tagsAsGiven: boolean,
    value: unknown,
    loadMs: number,
  ): Entry | undefined {
    try {
      return this.#entry(context, tagsAsGiven, value, loadMs)
    } catch (error) {
      if (!(error instanceof CodecError)) throw error
      this.#state.failed(error, context.key)
      return undefined
    }
  }

  /** The entry that is to be kept, if any is. */
  #entry(
    context: LoaderContext<unknown>,
    tagsAsGiven: boolean,
    value: unknown,
    loadMs: number,
  ): Entry | undefined {
    const { fallback } = this.#flight
    const renewed = context.renewed ? fallback : undefined
    const tags =
      renewed && tagsAsGiven ? renewed.tags : [...expectTags(context.tags), ...this.#space.scopes]
    this.#flight.tags = tags
    const negative = value === null || value === undefined
    const { negativeTtl } = this.#options
    const chosen =
      context.ttl === undefined ? this.#options.ttl : lifetimeOf('context.ttl', context.ttl)
    const ttl = negative ? (negativeTtl ?? chosen) : chosen
    if (context.skipped || !(ttl > 0)) return undefined
    const lifetime = lifetimeFrom(this.#options, ttl, this.#state.clock.now(), this.#state.random)
    return this.#records.entry(value, lifetime, {
      loadMs,
      negative,
      tags,
      etag: context.etag ?? renewed?.etag,
      lastModified: context.lastModified ?? renewed?.lastModified,
      checked: this.#flight.tagTick,
      weight: this.#options.weight,
    })
  }

  /** Keeps the entry in the store and in memory, unless something changed since the load began. */
  async #fill(entry: Entry | undefined, grant: Grant): Promise<void> {
    const state = this.#state
    if (entry === undefined || this.#changed()) return this.#release(grant.lease, 0)
    try {
      const stored = await grant.patience.within(this.#store(entry, grant))
      if (!stored) return await this.#release(grant.lease, 0)
    } catch (error) {
      state.failed(error, this.#flight.key)
      await this.#release(grant.lease, 0)
      if (error instanceof CodecError) return
      state.counters.storeErrors++
      // Written late, without a lease to lose, it could outlive what happens to the key meanwhile.
      if (grant.lease === undefined) state.backend.defer({ keys: [grant.place] })
    }
    if (this.#changed()) return
    this.#remember(entry)
    state.wakers.wake(this.#flight.memoryKey)
    state.inBackground(state.publish('keys', [this.#flight.memoryKey]))
  }

  #remember(entry: Entry): void {
    const { memoryKey, keyTick } = this.#flight
    const { counters, recollection, clock } = this.#state
    counters.writes++
    recollection.remember(memoryKey, entry, keyTick, clock.now())
  }

  async #store(entry: Entry, grant: Grant): Promise<boolean> {
    const versions = await this.#versionsOf(entry, grant)
    if (versions === undefined) return false
    const record = this.#records.seal(grant.open, grant.place, entry, versions)
    if (grant.lease !== undefined) return grant.lease.fill(record)
    if (grant.open.store.atomic) return this.#records.follow(grant.open, grant.reading, record)
    return (await grant.open.store.write([record])).length === 0
  }

  /**
   * The versions that the entry embeds. Tags that the loader chose are read only now; so they count
   * only if nothing at all has been invalidated since the load began.
   */
  async #versionsOf(entry: Entry, grant: Grant): Promise<TagVersion[] | undefined> {
    const { marks } = grant.open
    const names = [...new Set([...this.#space.generations, ...entry.tags])]
    const known = new Map(grant.versions.map((version) => [version.tag, version]))
    const now = await marks.ensure(names, entry.expiresAt)
    const late = names.filter((name) => !known.has(name))
    if (late.length > 0 && grant.anyVersion !== undefined) {
      const [after] = await marks.read([anyTag])
      const before = grant.anyVersion.version
      if (after === undefined || before.some((byte, i) => byte !== after[i])) return undefined
    }
    return now.map((version) => known.get(version.tag) ?? version)
  }

  /** Whether what was loaded may be outdated, or is nobody's any more. */
  #changed(): boolean {
    const { memoryKey, keyTick, tagTick, tags, abandoned, superseded } = this.#flight
    const { recollection } = this.#state
    return (
      abandoned ||
      superseded ||
      recollection.keys.changedSince(memoryKey, keyTick) ||
      recollection.tagsChangedSince(tags, tagTick)
    )
  }

  /** A stale value stands in for what could not be loaded; without one the error is the caller's. */
  async #failed(error: unknown, lease: Lease | undefined, durationMs: number): Promise<Landing> {
    const state = this.#state
    const { fallback, key, memoryKey, keyTick, renewal } = this.#flight
    if (error === omitted) {
      await this.#release(lease, 0)
      throw error
    }
    state.counters.loadFailures++
    this.#tell(durationMs, { error })
    const now = state.clock.now()
    const retryAt = now + this.#options.retryAfter
    if (fallback !== undefined) {
      fallback.retryAt = retryAt
      this.#flight.tags = fallback.tags
    }
    // Who asked for a load in any case is not served what was there.
    const usable =
      !this.#refresh && fallback !== undefined && now < fallback.errorUntil && !this.#changed()
    await this.#release(lease, usable || renewal ? retryAt : 0)
    if (!usable) throw error
    state.failed(error, key)
    state.recollection.remember(memoryKey, fallback, keyTick, now)
    const { value, createdAt } = fallback
    return { value, outcome: 'stale', createdAt }
  }

  async #release(lease: Lease | undefined, retryAt: number): Promise<void> {
    try {
      await lease?.release(retryAt)
      this.#state.wakers.wake(this.#flight.memoryKey)
    } catch (error) {
      this.#state.failed(error, this.#flight.key)
    }
  }
}
