import type { Bytes } from './store.ts'

/** Names a record in its log; nobody but the log reads anything into it. */
export type LogPosition = string | number

/** What the log has kept, and where. */
export interface LogRecord {
  /** What releases it. */
  readonly position: LogPosition
  /** As they were appended. */
  readonly bytes: Bytes
}

/**
 * Bytes that come back until they are released: what write-behind acknowledges with. A log has one
 * owner at a time, and everything happens in the order in which it was asked for: a record is never
 * released before one that was released earlier, whatever is lost in a crash.
 */
export interface WriteLog {
  /** Names the log in errors. */
  readonly name: string
  /** What is appended outlives the process. */
  readonly durable: boolean
  /**
   * Takes possession, and answers what was appended and not released, oldest first. Called once
   * before all else, and again where it failed. Rejects with a `LogError` while it has another owner.
   */
  open(): Promise<LogRecord[]>
  /**
   * Resolves once the record is as safe as this log makes it. Rejects with a `LogFullError` where
   * there is no room, and with a `LogError` where it failed: then the record may come back all the same.
   */
  append(bytes: Bytes): Promise<LogPosition>
  /** These need not come back, but may if there is a crash soon. */
  release(positions: readonly LogPosition[]): void
  /** Gives up possession; all that was released stays so. May be called twice. */
  close(): Promise<void>
}

/** Opens the log of a name at a place: a directory, a URL. */
export type OpenLog = (place: string, name: string) => Promise<WriteLog>
