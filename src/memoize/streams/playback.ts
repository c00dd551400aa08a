import type { TapeReader } from './tape.ts'

/** A reader that is opened when it is first asked for something; it can be left before it is. */
export class Playback<T> {
  readonly #open: () => Promise<TapeReader<T>>
  #reader: TapeReader<T> | undefined
  #opening: Promise<TapeReader<T> | undefined> | undefined
  #left = false
  #leave: () => void = () => {}

  constructor(open: () => Promise<TapeReader<T>>) {
    this.#open = open
  }

  async next(): Promise<IteratorResult<T>> {
    if (!this.#left) this.#opening ??= this.#opened()
    const reader = this.#reader ?? (await this.#opening)
    return reader === undefined || this.#left ? { done: true, value: undefined } : reader.next()
  }

  leave(): void {
    this.#left = true
    this.#reader?.leave()
    this.#leave()
  }

  /** Undefined if it was left first. */
  #opened(): Promise<TapeReader<T> | undefined> {
    return new Promise((resolve, reject) => {
      this.#leave = () => resolve(undefined)
      this.#open().then((reader) => {
        this.#reader = reader
        if (this.#left) reader.leave()
        resolve(reader)
      }, reject)
    })
  }
}

export function iteratorOf<T>(playback: Playback<T>): AsyncIterableIterator<T> {
  return {
    next: () => playback.next(),
    async return(value) {
      playback.leave()
      return { done: true, value: await value }
    },
    [Symbol.asyncIterator]() {
      return this
    },
  }
}

/** Asks for a chunk only when it is asked for one. */
export function streamOf<T>(playback: Playback<T>): ReadableStream<T> {
  return new ReadableStream<T>(
    {
      async pull(controller) {
        const { done, value } = await playback.next()
        if (done) controller.close()
        else controller.enqueue(value)
      },
      cancel: () => playback.leave(),
    },
    { highWaterMark: 0 },
  )
}
