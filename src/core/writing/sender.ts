import type { Cancel, Clock } from '../../contracts/clock.ts'
import type { ResolvedBehind } from './behind-options.ts'
import type { PendingWrites } from './pending-writes.ts'
import type { Source } from './source.ts'
import type { Failure, PendingWrite } from './write.ts'

export interface SenderParts<K, V> {
  readonly pending: PendingWrites<K, V>
  readonly source: Pick<Source<K, V>, 'write'>
  readonly options: ResolvedBehind
  readonly clock: Clock
  readonly random: () => number
  /** Somebody waits: nothing is put off. */
  readonly urgent: () => boolean
  /** The source has the write; the next one of its key goes when this has resolved. */
  readonly written: (write: PendingWrite<K, V>) => Promise<void>
  /** An attempt failed; answers whether the write is given up. */
  readonly failed: (write: PendingWrite<K, V>, failure: Failure) => Promise<boolean>
  /** The write, one way or the other, is pending no more. */
  readonly ended: (write: PendingWrite<K, V>) => void
}

/**
 * Sends pending writes to the source: so many together, or after the interval. A batch that fails as
 * a whole is tried again in smaller parts, so that one bad write is found out and does not keep the
 * others; that one then waits by itself, longer each time. While nothing at all succeeds, one write
 * at a time asks whether the source is back.
 */
export class Sender<K, V> {
  readonly #parts: SenderParts<K, V>
  readonly #resting = new Set<Cancel>()
  #limit: number
  #running = false
  #stopped = false
  #timer: Cancel | undefined
  /** Failures of single writes since anything succeeded. */
  #failures = 0
  #pausedUntil = 0

  constructor(parts: SenderParts<K, V>) {
    this.#parts = parts
    this.#limit = parts.options.batchSize
  }

  /** Sees to it that what is ready goes when it is due. */
  plan(): void {
    const { pending, options, clock } = this.#parts
    if (this.#running || this.#stopped || pending.ready === 0) return
    const pause = this.#pausedUntil - clock.now()
    if (pause > 0) this.#wait(pause)
    else if (this.#full()) void this.#run()
    else if (this.#timer === undefined) this.#wait(options.interval)
  }

  /** Tries everything now, whatever it waits for. */
  hurry(): void {
    this.#pausedUntil = 0
    this.#parts.pending.wakeAll()
    this.plan()
  }

  stop(): void {
    this.#stopped = true
    this.#timer?.()
    for (const cancel of this.#resting) cancel()
  }

  #full(): boolean {
    return this.#parts.urgent() || this.#parts.pending.ready >= this.#parts.options.batchSize
  }

  #wait(ms: number): void {
    this.#timer?.()
    this.#timer = this.#parts.clock.schedule(ms, () => void this.#run(), 'foreground')
  }

  async #run(): Promise<void> {
    const { pending } = this.#parts
    if (this.#running) return
    this.#running = true
    this.#timer?.()
    this.#timer = undefined
    this.#pausedUntil = 0
    for (let due = pending.ready; due > 0 && this.#pausedUntil === 0 && !this.#stopped; ) {
      const batch = pending.take(this.#limit)
      await this.#send(batch)
      due = this.#full() ? pending.ready : Math.min(due - batch.length, pending.ready)
    }
    this.#running = false
    this.plan()
  }

  async #send(batch: readonly PendingWrite<K, V>[]): Promise<void> {
    const { source, options, clock, written } = this.#parts
    const failures = await source.write(batch)
    const failed = batch.filter((_, i) => failures[i] !== undefined)
    const allFailed = failed.length === batch.length
    if (allFailed) {
      if (batch.length === 1) this.#failures++
      this.#limit = Math.max(1, batch.length >> 1)
      this.#pausedUntil = clock.now() + this.#delay(Math.max(1, this.#failures))
    } else {
      this.#failures = 0
      this.#limit = Math.min(options.batchSize, this.#limit * 2)
    }
    await Promise.all(
      batch.map(async (write, i) => {
        const failure = failures[i]
        if (failure === undefined) {
          await written(write)
          this.#finish(write)
        } else await this.#failed(write, failure, batch.length === 1 || !allFailed)
      }),
    )
  }

  async #failed(write: PendingWrite<K, V>, failure: Failure, byItself: boolean): Promise<void> {
    const { pending, failed } = this.#parts
    if (byItself) write.attempts++
    if (await failed(write, failure)) this.#finish(write)
    else {
      pending.putBack(write, byItself)
      if (byItself) this.#rest(write)
    }
  }

  #finish(write: PendingWrite<K, V>): void {
    this.#parts.pending.finish(write)
    this.#parts.ended(write)
  }

  #rest({ key, attempts }: PendingWrite<K, V>): void {
    const { pending, clock } = this.#parts
    const cancel = clock.schedule(
      this.#delay(attempts),
      () => {
        this.#resting.delete(cancel)
        pending.wake(key)
        this.plan()
      },
      'foreground',
    )
    this.#resting.add(cancel)
  }

  /** Twice as long each time, and up to half of that less, so that many do not come back together. */
  #delay(failures: number): number {
    const { backoff, maxBackoff } = this.#parts.options
    const longest = Math.min(maxBackoff, backoff * 2 ** (failures - 1))
    return longest * (1 - this.#parts.random() / 2)
  }
}
