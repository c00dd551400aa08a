import type { Cancel } from '../../contracts/clock.ts'
import type { Duration } from '../../contracts/duration.ts'
import type { Hold } from '../../contracts/locks.ts'
import { LockLostError } from '../../kernel/errors.ts'
import type { RegisterPlace } from '../keyspace.ts'
import type { CacheState } from '../state.ts'
import { dismiss, type Holder, prolong } from './holders.ts'
import { lockTime } from './lock-options.ts'
import type { Registers } from './registers.ts'

export interface HeldLockOptions {
  readonly state: CacheState
  readonly registers: Registers
  readonly place: RegisterPlace
  readonly name: string
  readonly ttl: number
  readonly autoExtend: boolean
}

/**
 * One holding. It counts from before the store was asked, so that it ends here no later than for the
 * others, as far as clocks agree.
 */
export class HeldLock implements Hold {
  readonly owner: string
  readonly fence: number
  readonly #options: HeldLockOptions
  readonly #controller = new AbortController()
  #until: number
  #isOver = false
  #extendsItself: boolean
  #cancelEnd: Cancel | undefined
  #cancelExtension: Cancel | undefined

  constructor(options: HeldLockOptions, { owner, fence, until }: Holder) {
    this.owner = owner
    this.fence = fence
    this.#options = options
    this.#until = until
    this.#extendsItself = options.autoExtend
    this.#endLater()
    this.#extendLater()
  }

  get name(): string {
    return this.#options.name
  }

  get expiresAt(): number {
    return this.#until
  }

  get isHeld(): boolean {
    return !this.#isOver && this.#options.state.clock.now() < this.#until
  }

  get signal(): AbortSignal {
    return this.#controller.signal
  }

  async extend(ttl: Duration = this.#options.ttl): Promise<void> {
    const { registers, place } = this.#options
    const decide = prolong(this.owner, lockTime('ttl', ttl))
    if (this.isHeld) {
      const until = await registers.update(place, decide)
      if (until === undefined) this.#lose()
      else if (!this.#isOver) {
        this.#until = until
        this.#endLater()
        this.#extendLater()
      }
    }
    if (!this.isHeld) throw this.#lost()
  }

  async release(): Promise<boolean> {
    const { registers, place } = this.#options
    if (this.#isOver) return false
    this.#extendsItself = false
    this.#cancelExtension?.()
    const was = await registers.update(place, dismiss(this.owner))
    this.#end()
    registers.tell(place)
    return was
  }

  /** As `release`; where the store fails that is an event, and the answer what the clock says. */
  async leave(): Promise<boolean> {
    const { isHeld } = this
    try {
      return await this.release()
    } catch (error) {
      this.#options.state.failed(error)
      return isHeld
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.leave()
  }

  #endLater(): void {
    const { clock } = this.#options.state
    this.#cancelEnd?.()
    this.#cancelEnd = clock.schedule(this.#until - clock.now(), () => this.#lose(), 'background')
  }

  /**
   * When a third of the TTL is over; later where somebody extended it by more, which is not to be
   * shortened, and sooner where by less. An attempt that fails is followed by others, as long as there
   * is time.
   */
  #extendLater(): void {
    this.#cancelExtension?.()
    if (!this.#extendsItself || !this.isHeld) return
    const { state, ttl } = this.#options
    const left = this.#until - state.clock.now()
    const third = Math.min(ttl, left) / 3
    const pause = left > ttl ? left - 2 * third : left < ttl / 3 ? third : ttl / 3
    const extend = () => this.extend().finally(() => this.#extendLater())
    this.#cancelExtension = state.clock.schedule(
      pause,
      () => state.inBackground(extend()),
      'background',
    )
  }

  #lose(): void {
    if (this.#isOver) return
    this.#end()
    this.#controller.abort(this.#lost())
  }

  #end(): void {
    this.#isOver = true
    this.#cancelEnd?.()
    this.#cancelExtension?.()
  }

  #lost(): LockLostError {
    return new LockLostError(`"${this.name}" is not held any more`)
  }
}
