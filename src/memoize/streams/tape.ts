import { approximateBytes } from '../../kernel/approximate-bytes.ts'

/** Where chunks come from, as iterators and the readers of streams give them. */
export interface Source<T> {
  next(): PromiseLike<IteratorResult<T>>
  /** Nobody wants the rest. */
  stop(): unknown
}

export interface TapeOptions {
  /** Most bytes, about, that are kept of a run. */
  readonly maxBytes: number
  /** By whose reading the source is asked for more. */
  readonly pace: 'fastest' | 'slowest'
}

/**
 * One run of a source, and those who read it, each from its beginning. While all of it is kept,
 * others can join. From the chunk on that is one too many for `maxBytes`, only what is still to be
 * read is kept: no more than the bound, or the fastest reader waits for the slowest.
 */
export class Tape<T> {
  /**
   * All chunks, when the source has ended; undefined as soon as it is clear that not all will be
   * kept. Rejects with the error of the source.
   */
  readonly whole: Promise<readonly T[] | undefined>
  readonly #source: Source<T>
  readonly #options: TapeOptions
  readonly #readers = new Set<TapeReader<T>>()
  #settle: (chunks: readonly T[] | undefined) => void = () => {}
  #break: (error: unknown) => void = () => {}
  /** What is kept: the chunks from `#first` on. */
  #chunks: T[] = []
  #sizes: number[] = []
  #first = 0
  #bytes = 0
  #kept = true
  #pulling = false
  #end: { readonly error?: unknown } | undefined

  constructor(source: Source<T>, options: TapeOptions) {
    this.#source = source
    this.#options = options
    this.whole = new Promise((resolve, reject) => {
      this.#settle = resolve
      this.#break = reject
    })
    this.whole.catch(() => {})
  }

  /** All of a run that has been kept. */
  static of<T>(chunks: readonly T[]): Tape<T> {
    const tape = new Tape<T>(
      { next: async () => ({ done: true, value: undefined }), stop() {} },
      { maxBytes: Infinity, pace: 'fastest' },
    )
    tape.#chunks = [...chunks]
    tape.#end = {}
    tape.#settle(chunks)
    return tape
  }

  /** Reads from the beginning; undefined if that is gone, or the run failed or was given up. */
  join(): TapeReader<T> | undefined {
    if (!this.joinable) return undefined
    const reader = new TapeReader<T>(this)
    this.#readers.add(reader)
    return reader
  }

  /** Nobody else may join, and nothing is kept that has been read. */
  keepNothing(): void {
    this.#kept = false
    this.#settle(undefined)
    this.#trim()
  }

  get joinable(): boolean {
    return this.#kept && (this.#end === undefined || !('error' in this.#end))
  }

  /** Asks for the first chunk; rejects if there is not even that. */
  async begin(): Promise<void> {
    await this.#pull(true)
    if (this.#end !== undefined && 'error' in this.#end) throw this.#end.error
  }

  /** What comes at `position`; undefined where that is not there yet. */
  at(position: number): IteratorResult<T> | { readonly error: unknown } | undefined {
    if (position < this.#first + this.#chunks.length) {
      return { done: false, value: copied(this.#chunks[position - this.#first] as T) }
    }
    if (this.#end === undefined) return undefined
    return 'error' in this.#end ? { error: this.#end.error } : { done: true, value: undefined }
  }

  /** A reader moved on, or waits. */
  moved(): void {
    if (!this.#kept) this.#trim()
    void this.#pull(false)
  }

  left(reader: TapeReader<T>): void {
    this.#readers.delete(reader)
    if (this.#readers.size === 0 && this.#end === undefined) this.#giveUp()
    else this.moved()
  }

  async #pull(first: boolean): Promise<void> {
    if (this.#pulling) return
    this.#pulling = true
    for (let due = first || this.#due(); due; due = this.#due()) {
      try {
        const result = await this.#source.next()
        if (this.#end !== undefined) break
        if (result.done) {
          this.#end = {}
          this.#settle(this.#kept ? this.#chunks : undefined)
        } else this.#take(result.value)
      } catch (error) {
        if (this.#end !== undefined) break
        this.#end = { error }
        this.#break(error)
      }
      for (const reader of this.#readers) reader.serve()
    }
    this.#pulling = false
  }

  #giveUp(): void {
    this.keepNothing()
    this.#end = {}
    // Nobody is left to be told that it could not be stopped.
    Promise.resolve()
      .then(() => this.#source.stop())
      .catch(() => {})
  }

  /** Whether the source is to be asked for more. */
  #due(): boolean {
    if (this.#end !== undefined || this.#readers.size === 0) return false
    if (!this.#kept && this.#bytes > this.#options.maxBytes) return false
    const readers = [...this.#readers]
    return this.#options.pace === 'slowest'
      ? readers.every((reader) => reader.waits)
      : readers.some((reader) => reader.waits)
  }

  #take(chunk: T): void {
    const size = approximateBytes(chunk)
    this.#chunks.push(copied(chunk))
    this.#sizes.push(size)
    this.#bytes += size
    if (this.#kept && this.#bytes > this.#options.maxBytes) this.keepNothing()
  }

  /** Lets go of what every reader has read. */
  #trim(): void {
    const read = Math.min(...[...this.#readers].map(({ position }) => position)) - this.#first
    if (!(read > 0)) return
    for (const size of this.#sizes.splice(0, read)) this.#bytes -= size
    this.#first += this.#chunks.splice(0, read).length
  }
}

interface Asked<T> {
  readonly resolve: (result: IteratorResult<T>) => void
  readonly reject: (error: unknown) => void
}

/** One reader of a tape: an iterator that may be asked ahead, and left at any time. */
export class TapeReader<T> {
  readonly #tape: Tape<T>
  readonly #asked: Asked<T>[] = []
  #over = false
  /** How many chunks it has read. */
  position = 0

  constructor(tape: Tape<T>) {
    this.#tape = tape
  }

  /** It has been asked for a chunk that has not come. */
  get waits(): boolean {
    return this.#asked.length > 0
  }

  next(): Promise<IteratorResult<T>> {
    return new Promise((resolve, reject) => {
      this.#asked.push({ resolve, reject })
      this.serve()
      this.#tape.moved()
    })
  }

  leave(): void {
    if (!this.#over) this.#close()
    this.serve()
  }

  /** Hands out what has come to who asked for it. */
  serve(): void {
    while (this.#asked.length > 0) {
      const found = this.#over ? undefined : this.#tape.at(this.position)
      if (found === undefined && !this.#over) return
      const { resolve, reject } = this.#asked.shift() as Asked<T>
      if (found === undefined) resolve({ done: true, value: undefined })
      else if ('error' in found) {
        this.#close()
        reject(found.error)
      } else {
        if (found.done) this.#close()
        else this.position++
        resolve(found)
      }
    }
  }

  #close(): void {
    this.#over = true
    this.#tape.left(this)
  }
}

/** Bytes are each reader's own: one who changes or transfers them must not spoil those of others. */
function copied<T>(chunk: T): T {
  return chunk instanceof Uint8Array ? (Uint8Array.prototype.slice.call(chunk) as T) : chunk
}
