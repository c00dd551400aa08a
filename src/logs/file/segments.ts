import { join } from 'node:path'
import type { Bytes } from '../../contracts/store.ts'
import { LogError } from '../../kernel/errors.ts'
import { warn } from '../../kernel/warn.ts'
import { readSegment, recordOverhead, segmentFrame } from './frames.ts'
import type { LogFile, LogFiles } from './log-files.ts'

/** A file of the log. */
export interface Segment {
  readonly path: string
  /** Length of the file. */
  bytes: number
  /** Records in it that are not released, and how long they are. */
  records: number
  recordBytes: number
}

const pattern = /^segment-(\d{10})$/

/** The files of a log, oldest first. New frames go to the last one. */
export class Segments {
  readonly #directory: string
  readonly #files: LogFiles
  readonly #list: Segment[] = []
  readonly #homes = new Map<number, { readonly segment: Segment; readonly bytes: number }>()
  #number = 0
  #file: LogFile | undefined

  constructor(directory: string, files: LogFiles) {
    this.#directory = directory
    this.#files = files
  }

  /**
   * Reads all there is, and begins a segment; answers the records that are not released, by number,
   * and the highest number ever given.
   */
  async read(): Promise<{ records: (readonly [number, Bytes])[]; last: number }> {
    const names = (await this.#files.list(this.#directory)).filter((name) => pattern.test(name))
    const records = new Map<number, Bytes>()
    const released = new Set<number>()
    let last = 0
    for (const name of names.sort()) {
      const path = join(this.#directory, name)
      const bytes = await this.#files.read(path)
      const content = readSegment(bytes)
      if (content.end === 'foreign') throw new LogError(`${path} is not a log of this version`)
      if (content.end === 'damaged') {
        warn(`${path} is damaged: ${bytes.length - content.length} bytes of it cannot be read`)
      }
      const segment = { path, bytes: bytes.length, records: 0, recordBytes: 0 }
      this.#list.push(segment)
      this.#number = Number(pattern.exec(name)?.[1])
      for (const [number, record] of content.records) {
        records.set(number, record)
        this.settle(number, record.length + recordOverhead, segment)
        last = Math.max(last, number)
      }
      for (const number of content.released) {
        released.add(number)
        last = Math.max(last, number)
      }
    }
    for (const number of released) {
      records.delete(number)
      this.drop(number)
    }
    await this.#renewLast()
    return { records: [...records].sort(([a], [b]) => a - b), last }
  }

  get bytes(): number {
    return this.#list.reduce((sum, { bytes }) => sum + bytes, 0)
  }

  get active(): Segment {
    return this.#list.at(-1) as Segment
  }

  get file(): LogFile {
    return this.#file as LogFile
  }

  /** The oldest, unless it is the one that is written to. */
  get oldest(): Segment | undefined {
    return this.#list.length > 1 ? this.#list[0] : undefined
  }

  /** Appends to the last segment. */
  async put(frames: readonly Bytes[]): Promise<void> {
    const { active, file } = this
    const bytes = Buffer.concat(frames)
    for (let done = 0; done < bytes.length; ) {
      const written = await file.write(bytes.subarray(done), active.bytes + done)
      if (written === 0) throw new Error('nothing could be written')
      done += written
    }
    active.bytes += bytes.length
  }

  /** Begins another file; what is in the one before is on the disk first. */
  async begin(): Promise<void> {
    await this.#file?.sync()
    const path = join(this.#directory, `segment-${`${++this.#number}`.padStart(10, '0')}`)
    const file = await this.#files.create(path)
    const frame = segmentFrame()
    try {
      if ((await file.write(frame, 0)) < frame.length) throw new LogError(`No room for ${path}`)
      await file.sync()
      await this.#files.sync(this.#directory)
    } catch (error) {
      await file.close()
      await this.#files.remove(path)
      throw error
    }
    await this.#file?.close()
    this.#file = file
    this.#list.push({ path, bytes: frame.length, records: 0, recordBytes: 0 })
  }

  /**
   * Writes the last segment anew. Nobody knows what of it is on the disk: it can be read all the same
   * where an `fsync` failed, or was never asked for. Those before it are there, or it had not begun.
   */
  async #renewLast(): Promise<void> {
    const last = this.#list.at(-1)
    await this.begin()
    if (last === undefined) return
    const bytes = await this.#files.read(last.path)
    const { records, length } = readSegment(bytes)
    try {
      await this.put([bytes.subarray(this.active.bytes, length)])
      await this.file.sync()
    } catch (error) {
      await this.#files.remove(this.active.path)
      throw error
    }
    for (const [number, record] of records) {
      const isHere = this.#homes.get(number)?.segment === last
      if (isHere) this.settle(number, record.length + recordOverhead, this.active)
    }
    await this.#files.remove(last.path)
    this.#list.splice(this.#list.indexOf(last), 1)
  }

  /** The record is in this segment from now on, and only there. */
  settle(number: number, bytes: number, segment: Segment): void {
    this.drop(number)
    this.#homes.set(number, { segment, bytes })
    segment.records++
    segment.recordBytes += bytes
  }

  /** The record is released. */
  drop(number: number): void {
    const home = this.#homes.get(number)
    if (home === undefined) return
    this.#homes.delete(number)
    home.segment.records--
    home.segment.recordBytes -= home.bytes
  }

  /** The records of a segment that are not released. */
  async recordsIn(segment: Segment): Promise<(readonly [number, Bytes])[]> {
    const { records } = readSegment(await this.#files.read(segment.path))
    return [...records].filter(([number]) => this.#homes.get(number)?.segment === segment)
  }

  async removeOldest(): Promise<void> {
    const [oldest] = this.#list
    if (oldest === undefined) return
    await this.#files.remove(oldest.path)
    this.#list.shift()
  }

  async close(): Promise<void> {
    const file = this.#file
    this.#file = undefined
    this.#list.length = 0
    this.#homes.clear()
    await file?.close()
  }
}
