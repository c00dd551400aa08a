import type { Cancel } from '../../contracts/clock.ts'
import type { Bytes, StoreRecord } from '../../contracts/store.ts'
import { StoreDownError } from '../../kernel/errors.ts'
import type { Place } from '../place.ts'
import type { CacheState } from '../state.ts'
import type { EntryEnvelope } from './envelope.ts'
import type { OpenStore, Reading } from './open-store.ts'

/**
 * The right to load a key, held by one process of all that share the store. It stands in the key's
 * own record: as a placeholder, or as a mark on the stale entry that is served meanwhile. Whoever
 * writes or deletes the key takes the lease away with that; then what was loaded cannot be filled in.
 */
export class Lease {
  readonly #state: CacheState
  readonly #open: OpenStore
  readonly #place: Place
  readonly #stamp: Bytes
  /** The stale entry that the lease stands in. */
  readonly #stale: EntryEnvelope | undefined
  /** Ends its renewals. */
  #cancel: Cancel = () => {}

  private constructor(
    state: CacheState,
    open: OpenStore,
    place: Place,
    stale: EntryEnvelope | undefined,
  ) {
    this.#state = state
    this.#open = open
    this.#place = place
    this.#stale = stale
    this.#stamp = state.stamp()
  }

  /** Takes the lease in place of what was read; undefined when somebody else was faster. */
  static async take(
    state: CacheState,
    open: OpenStore,
    place: Place,
    reading: Reading,
  ): Promise<Lease | undefined> {
    const stale = reading.state === 'live' ? reading.envelope : undefined
    const lease = new Lease(state, open, place, stale)
    try {
      if (!(await open.put(reading, lease.#record()))) return undefined
    } catch (error) {
      if (!(error instanceof StoreDownError)) lease.#mayStand()
      throw error
    }
    lease.#renewLater()
    return lease
  }

  /** Puts what was loaded in its place; false when the lease has been taken away meanwhile. */
  fill(record: StoreRecord): Promise<boolean> {
    this.#cancel()
    return this.#open.store.replace(this.#place.physicalKey, this.#stamp, record)
  }

  /** Gives the lease up, and the stale entry with it; false when it has been taken away meanwhile. */
  drop(): Promise<boolean> {
    this.#cancel()
    return this.#open.store.replace(this.#place.physicalKey, this.#stamp, undefined)
  }

  /** Gives the lease up. A stale entry stays, not to be renewed before `retryAt`. */
  async release(retryAt: number): Promise<void> {
    this.#cancel()
    const key = this.#place.physicalKey
    const rest =
      this.#stale && this.#open.reseal(this.#stale, { leaseUntil: 0, retryAt }, this.#state.stamp())
    try {
      await this.#open.store.replace(key, this.#stamp, rest)
    } catch (error) {
      this.#mayStand()
      throw error
    }
  }

  /** Nobody shall wait for a lease that nobody holds. Beside a stale entry nobody has to. */
  #mayStand(): void {
    if (this.#stale === undefined) this.#state.backend.defer({ keys: [this.#place] })
  }

  #record(): StoreRecord {
    const leaseUntil = this.#state.clock.now() + this.#state.leaseTime
    return this.#stale
      ? this.#open.reseal(this.#stale, { leaseUntil }, this.#stamp)
      : this.#open.lease(this.#place, leaseUntil, this.#stamp)
  }

  /** A load that takes longer than the lease keeps it, as long as this process lives. */
  #renewLater(): void {
    const renew = async () => {
      const record = this.#record()
      if (await this.#open.store.replace(record.key, this.#stamp, record)) this.#renewLater()
    }
    this.#cancel = this.#state.clock.schedule(
      this.#state.leaseTime / 3,
      () => this.#state.inBackground(renew()),
      'background',
    )
  }
}
