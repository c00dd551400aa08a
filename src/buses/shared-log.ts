import { constants } from 'node:fs'
import { join } from 'node:path'
import type { BusListener } from '../contracts/bus.ts'
import type { Bytes } from '../contracts/store.ts'
import { filler, maxPayload, readFrame, writeFrame } from './frame.ts'

/** What the log needs of `node:fs`. */
export interface LogFiles {
  openSync(path: string, flags: number, mode: number): number
  readSync(fd: number, to: Buffer, offset: number, length: number, position: number): number
  writeSync(fd: number, bytes: Bytes): number
  fstatSync(fd: number): { readonly nlink: number; readonly size: number }
  closeSync(fd: number): void
  readdirSync(path: string): string[]
  unlinkSync(path: string): void
  mkdirSync(path: string, options: { readonly recursive: true; readonly mode: number }): unknown
}

/** Sealed files that are kept, for readers that are behind. */
const keptFiles = 2
/** How often others may thwart an operation before it is given up. */
const maxAttempts = 100
const append = constants.O_RDWR | constants.O_APPEND
const create = append | constants.O_CREAT

export interface SharedLogOptions {
  readonly directory: string
  /** Size from which a file is sealed and followed by the next. */
  readonly maxBytes: number
  /** 32 random bits that tell the frames of this writer from those of others. */
  readonly origin: number
  readonly files: LogFiles
}

/**
 * A place in the log that all processes of a machine append to: files `log-1`, `log-2`, … in one
 * directory. There is no lock and no owner; what the log says is a function of its bytes alone.
 *
 * - Every append is one write, and writes with O_APPEND are made one after the other.
 * - A file ends at its first seal. What was appended behind it counts for nobody, and its writer,
 *   who reads on until it has found its own frame, appends it to the next file.
 * - A write may be cut short, by a full disk or by `kill -9`. So a file also ends at its first
 *   damaged frame, after a gap. A publisher whose frame is hidden behind an incomplete one, which by
 *   the first rule will never be complete, appends bytes that make it a damaged one.
 * - Files are deleted in ascending order. So where a file still has its name *after* the next one
 *   was opened, the next one had never been deleted, and creating it was right if it was missing.
 *   A reader whose file has lost its name was left behind: a gap, and on to the newest file.
 */
export class SharedLog {
  readonly #directory: string
  readonly #maxBytes: number
  readonly #origin: number
  readonly #files: LogFiles
  readonly #seal: Bytes
  /** Holds the longest frame wherever it begins in what is read. */
  readonly #buffer: Buffer = Buffer.allocUnsafeSlow(2 * maxPayload)
  #fd = -1
  #file = 0
  /** How far the file has been told. */
  #position = 0
  #lastAppended = 0
  #lastFound = 0

  /** Stands at the end of the log, which is begun where there is none. */
  constructor(options: SharedLogOptions) {
    this.#directory = options.directory
    this.#maxBytes = options.maxBytes
    this.#origin = options.origin
    this.#files = options.files
    this.#seal = writeFrame('seal', options.origin, 0)
    try {
      this.#join()
    } catch (error) {
      this.close()
      throw error
    }
  }

  /** Appends a message and tells all up to it. Throws when it may not be in the log for all to see. */
  append(payload: Bytes, listener: BusListener): void {
    this.#lastAppended = (this.#lastAppended + 1) >>> 0
    const frame = writeFrame('message', this.#origin, this.#lastAppended, payload)
    for (let attempt = 0; attempt < maxAttempts; attempt++) {
      // Before the write: a file may well be left and deleted after it, by those who have read it.
      this.recover(listener)
      const file = this.#file
      this.#files.writeSync(this.#fd, frame)
      this.read(listener)
      if (this.#lastFound === this.#lastAppended) {
        this.#rotate()
        return
      }
      if (this.#file === file) this.#files.writeSync(this.#fd, filler)
    }
    throw new Error(`the message was sealed out ${maxAttempts} times`)
  }

  /** Tells all that was appended before this call. */
  read(listener?: BusListener): void {
    for (;;) {
      const room = this.#buffer.length
      const length = this.#files.readSync(this.#fd, this.#buffer, 0, room, this.#position)
      if (length === 0) return
      const bytes = this.#buffer.subarray(0, length)
      let end = 0
      let frame = readFrame(bytes, end)
      while (typeof frame === 'object' && frame.kind === 'message') {
        if (frame.origin === this.#origin) this.#lastFound = frame.number
        listener?.message(Buffer.from(frame.payload))
        end = frame.end
        frame = readFrame(bytes, end)
      }
      this.#position += end
      if (frame !== 'incomplete') this.#follow(listener, frame === 'damaged')
      else if (length < room) return
    }
  }

  /** Joins anew where the file was deleted or cut from outside; answers whether it was. */
  recover(listener?: BusListener): boolean {
    const { nlink, size } = this.#files.fstatSync(this.#fd)
    if (nlink > 0 && size >= this.#position) return false
    this.#join()
    listener?.gap('the log was deleted before it was read')
    return true
  }

  close(): void {
    if (this.#fd >= 0) this.#files.closeSync(this.#fd)
    this.#fd = -1
  }

  #join(): void {
    for (let attempt = 0; attempt < maxAttempts; attempt++) {
      this.#files.mkdirSync(this.#directory, { recursive: true, mode: 0o700 })
      try {
        const newest = this.#list().at(-1)
        if (newest !== undefined) {
          this.#stand(this.#open(newest, append), newest)
          this.read()
          return
        }
        // Not to stand in: by now others may have begun the log, and have left its first file.
        this.#files.closeSync(this.#open(1, create))
      } catch (error) {
        if (!isMissing(error)) throw error
      }
    }
    throw new Error(`the log was deleted ${maxAttempts} times`)
  }

  /** Where this fails, or is in vain, the position stays at what ended the file: it is tried again. */
  #follow(listener: BusListener | undefined, damaged: boolean): void {
    if (this.recover(listener)) return
    if (damaged) {
      listener?.gap('a message in the log is damaged')
      // For those who read it before something damaged it, and went on.
      this.#files.writeSync(this.#fd, this.#seal)
    }
    const next = this.#open(this.#file + 1, create)
    if (this.#files.fstatSync(this.#fd).nlink > 0) {
      this.#stand(next, this.#file + 1)
      this.#prune()
    } else {
      this.#files.closeSync(next)
    }
  }

  #stand(fd: number, file: number): void {
    this.close()
    this.#fd = fd
    this.#file = file
    this.#position = 0
  }

  #rotate(): void {
    if (this.#position < this.#maxBytes) return
    try {
      this.#files.writeSync(this.#fd, this.#seal)
    } catch {
      // The message is in the log all the same, and whoever publishes next tries again.
    }
  }

  /** One that cannot be deleted also keeps those after it, and is left to whoever follows next. */
  #prune(): void {
    try {
      for (const file of this.#list()) {
        if (file >= this.#file - keptFiles) return
        this.#files.unlinkSync(this.#path(file))
      }
    } catch {}
  }

  #open(file: number, flags: number): number {
    return this.#files.openSync(this.#path(file), flags, 0o600)
  }

  #path(file: number): string {
    return join(this.#directory, `log-${file}`)
  }

  /** Numbers of the files, ascending. */
  #list(): number[] {
    return this.#files
      .readdirSync(this.#directory)
      .filter((name) => /^log-\d+$/.test(name))
      .map((name) => Number(name.slice(4)))
      .sort((a, b) => a - b)
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT'
}
