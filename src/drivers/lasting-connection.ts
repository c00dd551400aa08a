import type { Cancel, Clock } from '../contracts/clock.ts'
import { withDeadline } from '../kernel/deadline.ts'
import { BusError } from '../kernel/errors.ts'

/** Milliseconds that a server has to answer, on connecting and afterwards. */
const patience = 5_000
/** Milliseconds between two signs of life. */
const pingInterval = 2_500
/** Milliseconds between a loss and the next attempt: doubled each time, up to the longest. */
const firstPause = 25
const longestPause = 1_000

export interface LastingConnectionOptions<C> {
  /** Shown in errors. */
  readonly label: string
  readonly clock: Clock
  /** Connects, and hears from then on. `lost` is called when that has ended; more than once is fine. */
  open(lost: (reason: string) => void): Promise<C>
  ping(connection: C): Promise<unknown>
  /** At once. Does not throw. */
  destroy(connection: C): void
  /** Something may not have been heard. Called when the connection is lost and when there is another. */
  gap(reason: string): void
}

/**
 * A connection on which somebody listens. It is asked for signs of life; one that is lost is followed
 * by another, however long that takes.
 */
export class LastingConnection<C> {
  readonly #options: LastingConnectionOptions<C>
  #current: { readonly connection: C } | undefined
  #opening: Promise<C> | undefined
  #cancel: Cancel = () => {}
  /** Whether somebody listens. */
  #wanted = false
  /** Before the next attempt; 0 while nothing has been lost. */
  #pause = 0

  constructor(options: LastingConnectionOptions<C>) {
    this.#options = options
  }

  /** Whether there is a connection, as far as anybody knows. */
  get isOpen(): boolean {
    return this.#current !== undefined
  }

  /** The connection, opened where there is none; rejects when that fails. */
  async use(): Promise<C> {
    this.#wanted = true
    if (this.#current !== undefined) return this.#current.connection
    try {
      return await this.#open()
    } catch (error) {
      // Who lost one waits for the next; who never had one is told, and may come again.
      throw error instanceof BusError ? error : this.#failure(error)
    }
  }

  /** As if it had broken: another one is opened, if there was one, or will have been. */
  renew(reason: string): void {
    if (this.#current !== undefined) this.#lose(reason)
    else this.#opening?.then(() => this.renew(reason)).catch(() => {})
  }

  /** Nobody listens any more; `use` begins anew. */
  close(): void {
    this.#wanted = false
    this.#pause = 0
    this.#cancel()
    this.#drop()
  }

  #open(): Promise<C> {
    this.#cancel()
    this.#opening ??= this.#attempt()
      .then(
        (connection) => {
          if (this.#pause > 0) this.#options.gap('connected again')
          this.#pause = 0
          return connection
        },
        (error) => {
          if (this.#pause > 0) this.#tryLater()
          throw error
        },
      )
      .finally(() => {
        this.#opening = undefined
      })
    return this.#opening
  }

  async #attempt(): Promise<C> {
    const { clock } = this.#options
    let ended: string | undefined
    let own: { readonly connection: C } | undefined
    const opening = this.#options.open((reason) => {
      ended ??= reason
      if (own !== undefined && own === this.#current) this.#lose(ended)
    })
    try {
      const late = () => this.#failure(`no answer within ${patience} ms`)
      const connection = await withDeadline(opening, patience, clock, late)
      if (ended !== undefined) throw this.#failure(ended)
      if (!this.#wanted) throw this.#failure('nobody listens any more')
      own = { connection }
      this.#current = own
      this.#pingLater(own)
      return connection
    } catch (error) {
      void opening.then(this.#options.destroy, () => {})
      throw error
    }
  }

  #lose(reason: string): void {
    this.#cancel()
    this.#drop()
    this.#pause = firstPause
    this.#options.gap(reason)
    this.#tryLater()
  }

  #tryLater(): void {
    if (!this.#wanted) return
    const again = () => {
      this.#open().catch(() => {})
    }
    this.#cancel = this.#options.clock.schedule(this.#pause, again, 'background')
    this.#pause = Math.min(2 * this.#pause, longestPause)
  }

  #pingLater(own: { readonly connection: C }): void {
    const { clock, ping } = this.#options
    const look = async () => {
      try {
        const late = () => this.#failure(`no sign of life for ${patience} ms`)
        await withDeadline(ping(own.connection), patience, clock, late)
        if (own === this.#current) this.#pingLater(own)
      } catch (error) {
        if (own === this.#current) this.#lose(String(error))
      }
    }
    this.#cancel = clock.schedule(pingInterval, () => void look(), 'background')
  }

  #drop(): void {
    const { connection } = this.#current ?? {}
    this.#current = undefined
    if (connection !== undefined) this.#options.destroy(connection)
  }

  #failure(cause: unknown): BusError {
    const text = cause instanceof Error ? cause.message || cause.name : String(cause)
    return new BusError(`${this.#options.label} failed: ${text}`, { cause })
  }
}
