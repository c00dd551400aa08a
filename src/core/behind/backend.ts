import type { Clock } from '../../contracts/clock.ts'
import type { Codec } from '../../contracts/codec.ts'
import type { Bytes } from '../../contracts/store.ts'
import { Breaker } from '../../kernel/breaker.ts'
import { withDeadline } from '../../kernel/deadline.ts'
import { ConfigError, StoreDownError, StoreError, StoreTimeoutError } from '../../kernel/errors.ts'
import type { OnDemand } from '../../kernel/on-demand.ts'
import type { Events } from '../events.ts'
import type { Behind, Connection } from './connection.ts'
import { fetchedConnection } from './fetched-connection.ts'
import type { OpenStoreParts } from './open-store.ts'
import { type Repair, Repairs } from './repairs.ts'
import type { StoreGate } from './store-tier.ts'
import type { SyncTarget } from './synchronizer.ts'

/** Failures in a row after which nobody waits for the store any more; of one that takes its time, one. */
const mostFailures = 3
/** Milliseconds between the first failure and the first probe, and at most between two. */
const firstPause = 200
const longestPause = 2_000

export interface BackendOptions {
  readonly cache: string
  readonly clock: Clock
  readonly codec: OnDemand<Codec>
  readonly stamp: () => Bytes
  readonly owner: OpenStoreParts
  readonly storeTimeout: number
  /** Undefined where there is memory alone. */
  readonly behind: Behind | undefined
  readonly markKey: (name: string) => string
  readonly prefixes: readonly string[]
  /** The generation that all entries of the cache depend on. */
  readonly everything: string
  readonly target: SyncTarget
  readonly events?: Events | undefined
  readonly onOpen: (connection: Connection) => void
  /** The store does not answer any more, for that reason, or can be trusted again. */
  readonly onChange: (up: boolean, reason: unknown) => void
}

/**
 * What is behind memory: opened when it is first needed, and left alone while it does not answer. A
 * probe in the background finds out when it does, and makes good what could not be done meanwhile;
 * before that nobody reads from it.
 */
export class Backend implements StoreGate {
  readonly #options: BackendOptions
  readonly #breaker: Breaker
  readonly #repairs: Repairs
  /** What `onChange` was told last. */
  #told = true
  /** What failed last. */
  #failure: unknown
  #connection: Connection | undefined
  #connecting: Promise<Connection> | undefined

  constructor(options: BackendOptions) {
    this.#options = options
    this.#repairs = new Repairs(options.everything)
    this.#breaker = new Breaker({
      clock: options.clock,
      failures: mostFailures,
      firstPause,
      longestPause,
      probe: () => this.#probe(),
      onChange: (state) => this.#changed(state === 'closed'),
    })
  }

  /** Whether there is anything behind memory. */
  get exists(): boolean {
    return this.#options.behind !== undefined
  }

  get connection(): Connection | undefined {
    return this.#connection
  }

  /** What could not be done yet in the store. */
  get unrepaired(): number {
    return this.#repairs.size
  }

  /** Whether the store is asked at all. */
  get passable(): boolean {
    return this.#breaker.passable
  }

  /** Opens what is behind memory, once; rejects at once while it does not answer. */
  async connect(): Promise<Connection> {
    if (!this.#breaker.passable) {
      throw new StoreDownError(`What is behind "${this.#options.cache}" does not answer`)
    }
    if (this.#connection !== undefined) return this.#connection
    try {
      return await this.#opened()
    } catch (error) {
      if (!(error instanceof ConfigError)) this.failed(error)
      throw error
    }
  }

  succeeded(): void {
    this.#breaker.succeeded()
  }

  failed(error: unknown): void {
    this.#failure = error
    this.#breaker.failed(error instanceof StoreTimeoutError)
  }

  /** Somebody waited too long, in several steps: as if one had missed its deadline. Answers the error. */
  tooSlow(message: string): StoreTimeoutError {
    const error = new StoreTimeoutError(message)
    this.failed(error)
    return error
  }

  /** Something was not done in the store: it is not asked any more before that has been made good. */
  defer(repair: Repair): void {
    this.#repairs.add(repair)
    this.#breaker.open()
  }

  async close(): Promise<void> {
    this.#breaker.close()
    // Once more, as nobody else will do it.
    if (this.#repairs.size > 0) await this.#probe().catch(() => {})
    const connection = await this.#connecting?.catch(() => undefined)
    await connection?.close()
  }

  async #opened(): Promise<Connection> {
    const { cache, clock, storeTimeout } = this.#options
    this.#connecting ??= this.#open()
    try {
      return await withDeadline(
        this.#connecting,
        storeTimeout,
        clock,
        () =>
          new StoreTimeoutError(
            `Opening what is behind "${cache}" took longer than ${storeTimeout} ms`,
          ),
      )
    } catch (cause) {
      if (cause instanceof ConfigError || cause instanceof StoreError) throw cause
      throw new StoreError(`Opening what is behind "${cache}" failed: ${String(cause)}`, { cause })
    }
  }

  async #open(): Promise<Connection> {
    const { behind } = this.#options
    try {
      const { connect } = fetchedConnection.here ?? (await fetchedConnection.fetch())
      const backing = (await behind?.open()) ?? {
        store: undefined,
        bus: undefined,
        close: async () => {},
      }
      const connection = await connect(backing, { ...this.#options, gate: this })
      this.#options.onOpen(connection)
      this.#connection = connection
      return connection
    } catch (error) {
      this.#connecting = undefined
      throw error
    }
  }

  async #probe(): Promise<void> {
    const { repair, sync } = await this.#opened()
    if (repair === undefined) return
    await repair.marks.read([this.#options.everything])
    await this.#repairs.run(repair.store, repair.marks, async (kind, names) => {
      await sync?.publish(kind, names)
    })
  }

  #changed(up: boolean): void {
    // Something may have been left undone in the instant between the last repair and now.
    if (up && this.#repairs.size > 0) this.#breaker.open()
    else if (up !== this.#told) {
      this.#told = up
      this.#options.onChange(up, this.#failure)
    }
  }
}
