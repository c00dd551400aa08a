import type { ResponseHead } from '../message.ts'

/** How a request that others waited for ended. */
export type Landing =
  /** The response is in the cache. */
  | { readonly outcome: 'kept' }
  /** It was for who asked alone; without a reply something stale stood in. */
  | { readonly outcome: 'passed'; readonly reply: ResponseHead | undefined }
  /** Who asked had gone before anybody could tell whom it is for. */
  | { readonly outcome: 'lost'; readonly reply: undefined }
  | { readonly outcome: 'failed'; readonly reply: undefined; readonly error: unknown }

/** A request under way to the origin, and who waits for it. */
export class Flight {
  readonly landing: Promise<Landing>
  readonly #gone = new AbortController()
  #land: (landing: Landing) => void = () => {}
  #present = 0
  #arrived = false

  constructor() {
    this.landing = new Promise((resolve) => {
      this.#land = resolve
    })
  }

  /** Aborted when everybody has gone before there was a response. */
  get signal(): AbortSignal {
    return this.#gone.signal
  }

  /** Somebody waits, until `signal` says otherwise. */
  attend(signal: AbortSignal | undefined): void {
    this.#present++
    signal?.addEventListener('abort', () => {
      this.#present--
      if (this.#present === 0 && !this.#arrived) this.#gone.abort()
    })
  }

  /** The head of the response is there: from here on it is of use whoever goes. */
  arrived(): void {
    this.#arrived = true
  }

  land(landing: Landing): void {
    this.#land(landing)
  }
}
