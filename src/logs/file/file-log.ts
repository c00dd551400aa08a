import { dirname } from 'node:path'
import type { LogPosition, LogRecord, WriteLog } from '../../contracts/log.ts'
import type { Bytes } from '../../contracts/store.ts'
import { LogError, LogFullError } from '../../kernel/errors.ts'
import { recordFrame, recordOverhead, releaseFrame, releaseOverhead } from './frames.ts'
import type { LogFiles } from './log-files.ts'
import type { Disown } from './owner.ts'
import { Segments } from './segments.ts'

/** Segments that the log has room for, and how large one gets. */
const segmentsInLog = 8
const longestSegment = 16 * 1024 ** 2

interface Append {
  readonly number: number
  readonly frame: Bytes
  readonly resolve: (position: LogPosition) => void
  readonly reject: (error: unknown) => void
}

export interface FileLogParts {
  readonly directory: string
  readonly maxBytes: number
  readonly files: LogFiles
  readonly own: (directory: string) => Promise<Disown>
}

/**
 * An append-only log in segments. What is appended while the disk is busy goes there together, with
 * one `fsync` for all. Releases are appended too, but wait for no disk.
 *
 * - A frame that a crash cut off ends its segment, which opening writes anew without it.
 * - Releases are in the order in which they were made, and a crash takes only the last: a segment is
 *   on the disk before the next begins, and before one is removed.
 * - Only the oldest segment is removed, once all in it is released: then every release that it says
 *   is of a record in it, or in one that is gone. What keeps it from that, if little, is moved on.
 * - Where writing fails, the file is cut back to what is known to be on the disk: after an `fsync`
 *   that failed nobody knows what of the rest is. Where even that fails, the log takes no more.
 */
export class FileLog implements WriteLog {
  readonly name: string
  readonly durable = true
  readonly #parts: FileLogParts
  readonly #segmentBytes: number
  readonly #batchBytes: number
  #segments: Segments
  #disown: Disown | undefined
  #last = 0
  /** Unreleased records, and bytes that are to be appended. */
  #unreleased = 0
  #queuedBytes = 0
  #appends: Append[] = []
  #releases: number[] = []
  /** In the active segment: how much of it is on the disk, and which releases may not be. */
  #synced = 0
  #unsynced: number[] = []
  #writing: Promise<void> | undefined
  #broken: LogError | undefined

  constructor(parts: FileLogParts) {
    this.name = `the log in ${parts.directory}`
    this.#parts = parts
    this.#segmentBytes = Math.min(longestSegment, Math.floor(parts.maxBytes / segmentsInLog))
    this.#batchBytes = this.#segmentBytes >> 1
    this.#segments = new Segments(parts.directory, parts.files)
  }

  async open(): Promise<LogRecord[]> {
    const { directory, files, own } = this.#parts
    await files.makeDirectory(directory)
    await files.sync(dirname(directory))
    this.#disown = await own(directory)
    this.#segments = new Segments(directory, files)
    this.#broken = undefined
    this.#releases = []
    this.#unsynced = []
    try {
      const { records, last } = await this.#segments.read()
      this.#last = last
      this.#unreleased = records.length
      this.#synced = this.#segments.active.bytes
      await this.#compact()
      return records.map(([position, bytes]) => ({ position, bytes }))
    } catch (error) {
      await this.#leave()
      throw failure(`${this.name} cannot be opened`, error)
    }
  }

  append(bytes: Bytes): Promise<LogPosition> {
    return new Promise((resolve, reject) => {
      this.#expectOpen()
      const length = bytes.length + recordOverhead
      if (length > this.#batchBytes) {
        throw new LogError(`${this.name} takes no more than ${this.#batchBytes} bytes at once`)
      }
      if (this.#committed() + length + releaseOverhead > this.#recordLimit) {
        throw new LogFullError(`${this.name} has no room for ${bytes.length} bytes more`)
      }
      const number = ++this.#last
      this.#unreleased++
      this.#queuedBytes += length
      this.#appends.push({ number, frame: recordFrame(number, bytes), resolve, reject })
      this.#write()
    })
  }

  release(positions: readonly LogPosition[]): void {
    if (this.#disown === undefined) return
    for (const position of positions) this.#releases.push(position as number)
    this.#unreleased -= positions.length
    this.#write()
  }

  async close(): Promise<void> {
    if (this.#releases.length > 0) this.#write()
    while (this.#writing !== undefined) await this.#writing
    if (this.#disown === undefined) return
    if (this.#broken === undefined) await this.#segments.file.sync().catch(() => {})
    await this.#leave()
  }

  /** The rest is for releases, and for what is moved on before its segment is removed. */
  get #recordLimit(): number {
    return this.#parts.maxBytes - this.#segmentBytes
  }

  /** Bytes that there are, will be, and must remain for the releases of all that. */
  #committed(): number {
    return this.#segments.bytes + this.#queuedBytes + this.#unreleased * releaseOverhead
  }

  #expectOpen(): void {
    if (this.#broken !== undefined) throw this.#broken
    if (this.#disown === undefined) throw new LogError(`${this.name} is not open`)
  }

  #write(): void {
    this.#writing ??= this.#writeAll().finally(() => {
      this.#writing = undefined
    })
  }

  async #writeAll(): Promise<void> {
    // What else comes in this turn goes along.
    await undefined
    let failed = false
    while (this.#appends.length > 0 || (this.#releases.length > 0 && !failed)) {
      if (this.#broken !== undefined) return this.#rejectAll(this.#broken)
      const releases = this.#releases.splice(0, Math.ceil(this.#batchBytes / 2 / releaseOverhead))
      failed = !(await this.#writeTogether(this.#nextAppends(), releases))
    }
  }

  /** As many as go together. */
  #nextAppends(): Append[] {
    let bytes = 0
    const beyond = this.#appends.findIndex(({ frame }) => {
      bytes += frame.length
      return bytes > this.#batchBytes
    })
    return this.#appends.splice(0, beyond < 0 ? this.#appends.length : beyond)
  }

  /** Answers whether that succeeded. Releases that failed are made again with what comes next. */
  async #writeTogether(appends: readonly Append[], releases: readonly number[]): Promise<boolean> {
    try {
      const frames = appends.map(({ frame }) => frame)
      if (releases.length > 0) frames.push(releaseFrame(releases))
      const bytes = frames.reduce((sum, { length }) => sum + length, this.#segments.active.bytes)
      if (bytes > this.#segmentBytes) await this.#begin()
      await this.#segments.put(frames)
      this.#unsynced.push(...releases)
      if (appends.length > 0) await this.#sync()
    } catch (error) {
      this.#unreleased -= appends.length
      this.#unsynced.push(...releases)
      await this.#cutBack()
      const reason = failure(`${this.name} did not take a write`, error)
      for (const { reject } of appends) reject(reason)
      return false
    } finally {
      for (const { frame } of appends) this.#queuedBytes -= frame.length
    }
    const { active } = this.#segments
    for (const { number, frame } of appends) this.#segments.settle(number, frame.length, active)
    for (const number of releases) this.#segments.drop(number)
    for (const { number, resolve } of appends) resolve(number)
    try {
      await this.#compact()
      return true
    } catch {
      // Tried again after the next write.
      await this.#cutBack()
      return false
    }
  }

  async #sync(): Promise<void> {
    await this.#segments.file.sync()
    this.#synced = this.#segments.active.bytes
    this.#unsynced = []
  }

  async #begin(): Promise<void> {
    await this.#segments.begin()
    this.#synced = this.#segments.active.bytes
    this.#unsynced = []
  }

  /** Back to what is on the disk for certain; releases beyond that are made again. */
  async #cutBack(): Promise<void> {
    const { active, file } = this.#segments
    this.#releases = [...new Set([...this.#unsynced, ...this.#releases])]
    this.#unsynced = []
    try {
      await file.truncate(this.#synced)
      await file.sync()
      active.bytes = this.#synced
    } catch (error) {
      this.#broken = failure(`${this.name} takes no more writes before it is opened again`, error)
    }
  }

  #rejectAll(reason: LogError): void {
    for (const { reject } of this.#appends.splice(0)) reject(reason)
  }

  /** Removes the oldest segments, as far as all in them is released or little is left of them. */
  async #compact(): Promise<void> {
    const segments = this.#segments
    for (let { oldest } = segments; oldest !== undefined; { oldest } = segments) {
      if (oldest.records > 0) {
        const sparse = oldest.recordBytes * 2 < oldest.bytes
        if (!sparse || segments.bytes * 2 < this.#parts.maxBytes) return
        const records = await segments.recordsIn(oldest)
        const frames = records.map(([number, bytes]) => recordFrame(number, bytes))
        const bytes = frames.reduce((sum, { length }) => sum + length, segments.active.bytes)
        if (bytes > this.#segmentBytes) await this.#begin()
        await segments.put(frames)
        await this.#sync()
        for (const [i, [number]] of records.entries()) {
          segments.settle(number, (frames[i] as Bytes).length, segments.active)
        }
      } else await this.#sync()
      await segments.removeOldest()
    }
  }

  async #leave(): Promise<void> {
    const disown = this.#disown
    this.#disown = undefined
    await this.#segments.close().catch(() => {})
    await disown?.()
  }
}

function failure(what: string, error: unknown): LogError {
  if (error instanceof LogError) return error
  const why = error instanceof Error ? error.message : String(error)
  return new LogError(`${what}: ${why}`, { cause: error })
}
