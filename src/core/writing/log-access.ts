import type { Cancel, Clock } from '../../contracts/clock.ts'
import type { LogRecord, WriteLog } from '../../contracts/log.ts'

export interface LogAccessParts {
  /** Answers a log that is not open yet. */
  readonly find: () => Promise<WriteLog>
  /** Nobody else has the log: it is closed where it does not open. */
  readonly own: boolean
  /** Given what comes back, before anybody else has the log. */
  readonly recover: (log: WriteLog, records: readonly LogRecord[]) => void
  readonly clock: Clock
  /** Milliseconds after which a log that did not open is tried again. */
  readonly pause: number
  readonly onFailure: (error: unknown) => void
}

/**
 * A log that is opened once, by whoever comes first. Where that fails it is tried again, by whoever
 * comes next or after a pause: others may give it up, and what it holds is not to wait for a write.
 */
export class LogAccess {
  readonly #parts: LogAccessParts
  #log: WriteLog | undefined
  #opening: Promise<WriteLog> | undefined
  #again: Cancel | undefined
  #closed = false
  /** It was opened, or could not be. */
  tried = false

  constructor(parts: LogAccessParts) {
    this.#parts = parts
  }

  /** Only once it is open. */
  get log(): WriteLog {
    return this.#log as WriteLog
  }

  async use(): Promise<WriteLog> {
    this.#opening ??= this.#open()
    try {
      return await this.#opening
    } finally {
      this.tried = true
    }
  }

  /** Tries no more by itself. */
  close(): void {
    this.#closed = true
    this.#again?.()
  }

  async #open(): Promise<WriteLog> {
    const { find, own, recover, onFailure } = this.#parts
    let log: WriteLog | undefined
    try {
      log = await find()
      const records = await log.open()
      this.#log = log
      recover(log, records)
      return log
    } catch (error) {
      onFailure(error)
      if (own) await log?.close().catch(onFailure)
      this.#opening = undefined
      this.#openLater()
      throw error
    }
  }

  #openLater(): void {
    this.#again?.()
    if (this.#closed) return
    const { clock, pause } = this.#parts
    this.#again = clock.schedule(pause, () => void this.use().catch(() => {}), 'background')
  }
}
