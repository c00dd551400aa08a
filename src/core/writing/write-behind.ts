import type { Clock } from '../../contracts/clock.ts'
import type { Codec } from '../../contracts/codec.ts'
import type { LogPosition, LogRecord, OpenLog, WriteLog } from '../../contracts/log.ts'
import type { Backlog, BehindOptions, DeadLetter } from '../../contracts/writing.ts'
import { ClosedError, LogFullError } from '../../kernel/errors.ts'
import { Serial } from '../../kernel/serial.ts'
import { type ResolvedBehind, resolveBehind } from './behind-options.ts'
import { DeadLetters } from './dead-letters.ts'
import { Flushes } from './flushes.ts'
import { LogAccess } from './log-access.ts'
import { PendingWrites } from './pending-writes.ts'
import { Room } from './room.ts'
import { Sender } from './sender.ts'
import type { Source } from './source.ts'
import type { Change, Failure, PendingWrite, Settle } from './write.ts'
import { decodeWrite, encodeWrite } from './write-record.ts'

export interface WriteBehindParts<K, V> {
  /** Names the log, and whose it is in errors. */
  readonly name: string
  readonly source: Pick<Source<K, V>, 'write'>
  readonly settle: Settle<K, V>
  /** Whether the first is of an earlier version than the second. */
  readonly isOlder: (value: V, than: V) => boolean
  readonly codec: Codec
  readonly clock: Clock
  readonly random: () => number
  readonly openLog: OpenLog
  readonly onFailure: (error: unknown, key?: string) => void
}

/**
 * Writes that are acknowledged when the log has them, and reach the source later. What waits is what
 * this process reads, whatever memory and store have. The cache changes when the source has.
 */
export class WriteBehind<K, V> {
  readonly #parts: WriteBehindParts<K, V>
  readonly #options: ResolvedBehind
  readonly #pending = new PendingWrites<K, V>()
  readonly #dead: DeadLetters<K, V>
  readonly #flushes = new Flushes<K, V>()
  readonly #room: Room
  readonly #serial = new Serial()
  readonly #sender: Sender<K, V>
  readonly #access: LogAccess
  #closing: Promise<void> | undefined
  /** Writes that the log does not have yet. */
  readonly #entering = new Set<Promise<void>>()
  #emptied = () => {}
  /** Callers that wait for the source. */
  #throughs = 0
  #written = 0
  #coalesced = 0
  #failures = 0

  constructor(parts: WriteBehindParts<K, V>, options: BehindOptions<K, V> | undefined) {
    this.#parts = parts
    this.#options = resolveBehind(options)
    this.#dead = new DeadLetters(options?.onDeadLetter, parts.onFailure)
    const { log, maxBackoff } = this.#options
    this.#access = new LogAccess({
      find: async () => (typeof log === 'string' ? parts.openLog(log, parts.name) : log),
      own: typeof log === 'string',
      recover: (opened, records) => {
        for (const record of records) this.#recover(opened, record)
        // Not before all are there: a later one may replace what would be on its way.
        this.#sender.plan()
      },
      clock: parts.clock,
      pause: maxBackoff,
      onFailure: parts.onFailure,
    })
    this.#room = new Room(this.#options.maxPending, () => this.#pending.size + this.#dead.size)
    this.#sender = new Sender({
      pending: this.#pending,
      source: parts.source,
      options: this.#options,
      clock: parts.clock,
      random: parts.random,
      urgent: () =>
        this.#closing !== undefined ||
        this.#flushes.waiting ||
        this.#room.wanted ||
        this.#throughs > 0,
      written: (write) => this.#reached(write),
      failed: (write, failure) => this.#failed(write, failure),
      ended: (write) => this.#ended(write),
    })
  }

  /**
   * What was pending when the last process ended is pending again, or cannot be known; undefined once
   * that is so. Never rejects.
   */
  ready(): Promise<unknown> | undefined {
    return this.#access.tried ? undefined : this.#access.use().catch(() => {})
  }

  /** What a key will be. */
  latest(key: string): PendingWrite<K, V> | undefined {
    return this.#pending.latest(key)
  }

  /** Resolves when the log has it. Of one key, one comes after the other. */
  async write(change: Change<K, V>): Promise<void> {
    const entering = this.#serial.run(change.key, () => this.#write(change))
    this.#entering.add(entering)
    try {
      await entering
    } finally {
      this.#entering.delete(entering)
    }
  }

  async flush(): Promise<void> {
    this.#expectOpen()
    await this.ready()
    const flushed = this.#flushes.add(this.#pending.all())
    this.#sender.hurry()
    await flushed
  }

  backlog(): Backlog {
    const { size } = this.#pending
    return {
      pending: size,
      deadLetters: this.#dead.size,
      oldest: size === 0 ? 0 : Math.max(0, this.#parts.clock.now() - this.#pending.oldest()),
      written: this.#written,
      coalesced: this.#coalesced,
      failures: this.#failures,
    }
  }

  deadLetters(): DeadLetter<K, V>[] {
    return this.#dead.list()
  }

  /** Writes what is pending, within `drainTimeout`; the rest stays in the log. */
  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  #recover(log: WriteLog, { position, bytes }: LogRecord): void {
    try {
      const { reason, since, ...change } = decodeWrite<K, V>(this.#parts.codec, bytes)
      if (reason === '') this.#enqueue(log, { ...change, position, since, attempts: 0 })
      else this.#bury(log, position, change, reason)
    } catch (error) {
      this.#dead.addUnreadable(position, error, () => log.release([position]))
    }
  }

  async #write(change: Change<K, V>): Promise<void> {
    this.#expectOpen()
    const log = await this.#access.use()
    const latest = this.#pending.latest(change.key)
    if (this.#options.coalesce && latest?.kind === 'save' && change.kind === 'save') {
      if (this.#parts.isOlder(change.value as V, latest.value as V)) return
    }
    try {
      await this.#enter(log, change)
    } catch (error) {
      this.#room.freed()
      throw error
    }
  }

  async #enter(log: WriteLog, change: Change<K, V>): Promise<void> {
    const { full } = this.#options
    const since = this.#parts.clock.now()
    const bytes = encodeWrite(this.#parts.codec, { ...change, since, reason: '' })
    for (;;) {
      if (this.#room.take()) {
        try {
          const position = await log.append(bytes)
          return this.#add(log, { ...change, position, since, attempts: 0 })
        } catch (error) {
          // Where nothing is pending, waiting would not make room.
          const lasting = !(error instanceof LogFullError) || this.#pending.size === 0
          if (lasting || full === 'reject') throw error
        } finally {
          this.#room.giveBack()
        }
      } else if (full === 'reject') {
        throw new LogFullError(`${this.#options.maxPending} writes of ${this.#parts.name} wait`)
      }
      if (full === 'through') return this.#through(change, since)
      this.#sender.plan()
      await this.#room.wait()
    }
  }

  /** Resolves when the source has it: it is in no log, and replaces nothing that is. */
  async #through(change: Change<K, V>, since: number): Promise<void> {
    this.#throughs++
    try {
      const failure = await new Promise<Failure | undefined>((tell) => {
        this.#pending.add({ ...change, position: undefined, since, attempts: 0, tell })
        this.#sender.plan()
      })
      if (failure !== undefined) throw failure.error
    } finally {
      this.#throughs--
    }
  }

  #add(log: WriteLog, write: PendingWrite<K, V>): void {
    this.#enqueue(log, write)
    this.#sender.plan()
  }

  #enqueue(log: WriteLog, write: PendingWrite<K, V>): void {
    if (this.#options.coalesce) {
      for (const old of this.#pending.supersede(write.key)) {
        this.#coalesced++
        this.#release(log, old)
        this.#flushes.ended(old, write)
      }
    }
    this.#pending.add(write)
  }

  async #reached(write: PendingWrite<K, V>): Promise<void> {
    this.#written++
    try {
      await this.#parts.settle(write)
    } catch (error) {
      this.#parts.onFailure(error, write.key)
    }
  }

  async #failed(write: PendingWrite<K, V>, failure: Failure): Promise<boolean> {
    this.#failures++
    this.#flushes.failed(write, failure)
    if (write.tell !== undefined) {
      write.tell(failure)
      return true
    }
    this.#parts.onFailure(failure.error, write.key)
    return write.attempts >= this.#options.attempts && this.#giveUp(write, failure)
  }

  /** The letter is in the log before the write leaves it; where that fails, the write goes on. */
  async #giveUp(write: PendingWrite<K, V>, { error }: Failure): Promise<boolean> {
    const log = this.#access.log
    const reason = (error instanceof Error ? error.message : String(error)) || 'unknown'
    try {
      const position = await log.append(encodeWrite(this.#parts.codec, { ...write, reason }))
      this.#bury(log, position, write, reason)
      return true
    } catch (failure) {
      this.#parts.onFailure(failure, write.key)
      return false
    }
  }

  #bury(log: WriteLog, position: LogPosition, change: Change<K, V>, reason: string): void {
    const discard = () => {
      log.release([position])
      this.#room.freed()
    }
    this.#dead.add(position, change, reason, discard, () =>
      this.#serial.run(change.key, async () => {
        this.#expectOpen()
        const since = this.#parts.clock.now()
        const bytes = encodeWrite(this.#parts.codec, { ...change, since, reason: '' })
        const again = await log.append(bytes)
        this.#add(log, { ...change, position: again, since, attempts: 0 })
      }),
    )
  }

  #ended(write: PendingWrite<K, V>): void {
    this.#release(this.#access.log, write)
    this.#flushes.ended(write)
    this.#room.freed()
    if (this.#pending.size === 0) this.#emptied()
  }

  #release(log: WriteLog, { position, tell }: PendingWrite<K, V>): void {
    if (position !== undefined) log.release([position])
    tell?.(undefined)
  }

  #expectOpen(): void {
    if (this.#closing !== undefined) throw this.#closed()
  }

  #closed(): ClosedError {
    return new ClosedError(`The cache of "${this.#parts.name}" has been closed`)
  }

  async #close(): Promise<void> {
    this.#access.close()
    const log = await this.#access.use().catch(() => undefined)
    this.#room.close(this.#closed())
    this.#sender.hurry()
    await this.#drain()
    this.#sender.stop()
    for (const write of this.#pending.all()) write.tell?.({ error: this.#closed() })
    this.#flushes.close(this.#closed())
    await log?.close()
    if (log?.durable !== false) return
    for (const write of this.#pending.all()) this.#dead.lose(write, 'the cache was closed')
  }

  /** Until all is written, what is still on its way to the log included, or the time is over. */
  #drain(): Promise<void> {
    if (this.#pending.size === 0 && this.#entering.size === 0) return Promise.resolve()
    return new Promise((resolve) => {
      const { drainTimeout } = this.#options
      const cancel = this.#parts.clock.schedule(drainTimeout, resolve, 'foreground')
      const end = () => {
        cancel()
        resolve()
      }
      Promise.allSettled(this.#entering).then(() => {
        if (this.#pending.size === 0) end()
        else this.#emptied = end
      })
    })
  }
}
