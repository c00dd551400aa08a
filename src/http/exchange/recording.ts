import { joinedBytes } from '../../kernel/joined-bytes.ts'

/** Bytes that all recordings of one cache may hold at a time. */
export interface Room {
  left: number
}

/**
 * A body that goes to whoever asked while it is recorded. It is read as fast as it comes, as what is
 * recorded is held in any case; once it is too long for that, as fast as it is taken. If its reader
 * goes away the recording goes on; one that was given up ends.
 */
export class Recording {
  /** All of it; `undefined` when it failed or is too long. */
  readonly whole: Promise<Uint8Array<ArrayBuffer> | undefined>
  readonly #source: AsyncIterator<Uint8Array>
  readonly #limit: number
  readonly #room: Room
  #state: 'recording' | 'given up' | 'ended' = 'recording'
  #failure: { readonly error: unknown } | undefined
  /** What the reader has not taken yet. */
  #queue: Uint8Array[] = []
  /** Bytes that are held on account of `room`. */
  #held = 0
  #left = false
  #wake: () => void = () => {}

  constructor(source: AsyncIterable<Uint8Array>, limit: number, room: Room) {
    this.#source = source[Symbol.asyncIterator]()
    this.#limit = limit
    this.#room = room
    this.whole = this.#record()
  }

  /** For the one that asked first. */
  get body(): AsyncIterableIterator<Uint8Array> {
    return {
      [Symbol.asyncIterator]() {
        return this
      },
      next: () => this.#next(),
      return: async () => {
        this.leave()
        return { done: true, value: undefined }
      },
    }
  }

  /** Nobody reads it any more. */
  leave(): void {
    this.#left = true
    this.#queue = []
    if (this.#state !== 'recording') this.#hold(0)
    if (this.#state === 'given up') this.#source.return?.()
  }

  async #record(): Promise<Uint8Array<ArrayBuffer> | undefined> {
    const parts: Uint8Array[] = []
    let size = 0
    try {
      while (size <= this.#limit && this.#room.left >= 0) {
        const next = await this.#source.next()
        if (next.done) return this.#ended(parts)
        parts.push(next.value)
        size += next.value.length
        this.#hold(size)
        if (!this.#left) this.#queue.push(next.value)
        this.#wake()
      }
      this.#state = 'given up'
    } catch (error) {
      this.#failure = { error }
      this.#state = 'ended'
    }
    this.#hold(lengthOf(this.#queue))
    if (this.#left) this.leave()
    this.#wake()
    return undefined
  }

  #ended(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
    const whole = joinedBytes(parts)
    this.#state = 'ended'
    // Who is slow holds what the cache holds, and no more.
    const rest = lengthOf(this.#queue)
    this.#queue = rest === 0 ? [] : [whole.subarray(whole.length - rest)]
    this.#hold(0)
    this.#wake()
    return whole
  }

  async #next(): Promise<IteratorResult<Uint8Array>> {
    while (this.#queue.length === 0 && this.#state === 'recording') {
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    }
    const part = this.#queue.shift()
    if (part !== undefined) {
      if (this.#state !== 'recording') this.#hold(Math.max(0, this.#held - part.length))
      return { done: false, value: part }
    }
    if (this.#failure !== undefined) throw this.#failure.error
    return this.#state === 'ended' ? { done: true, value: undefined } : this.#source.next()
  }

  #hold(bytes: number): void {
    this.#room.left += this.#held - bytes
    this.#held = bytes
  }
}

function lengthOf(parts: readonly Uint8Array[]): number {
  return parts.reduce((sum, part) => sum + part.length, 0)
}
