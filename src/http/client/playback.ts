import { fieldsByName } from '../engine/fields.ts'
import type { HttpResponse } from '../message.ts'
import type { DispatchController, DispatchHandler, Incoming } from './dispatching.ts'

/** Gives a handler what a dispatcher would, and lets it pause and abort that. */
export class Playback implements DispatchController {
  rawHeaders: unknown
  rawTrailers: unknown
  readonly #handler: DispatchHandler
  readonly #gone = new AbortController()
  #reason: Error | null = null
  #paused = false
  #ended = false
  #resumed: () => void = () => {}
  #parts: AsyncIterator<Uint8Array> | undefined

  constructor(handler: DispatchHandler) {
    this.#handler = handler
  }

  /** Aborted when the handler wants nothing more. */
  get signal(): AbortSignal {
    return this.#gone.signal
  }

  get aborted(): boolean {
    return this.#gone.signal.aborted
  }

  get paused(): boolean {
    return this.#paused
  }

  get reason(): Error | null {
    return this.#reason
  }

  abort(reason: Error = new DOMException('The request was aborted', 'AbortError')): void {
    if (this.#ended || this.aborted) return
    this.#reason = reason
    this.#gone.abort(reason)
    this.#parts?.return?.()
    this.#resumed()
    this.fail(reason)
  }

  pause(): void {
    this.#paused = true
  }

  resume(): void {
    this.#paused = false
    this.#resumed()
  }

  start(): void {
    this.#told(() => this.#handler.onRequestStart?.(this, null))
  }

  /** An interim response. */
  inform(status: number, headers: Incoming, reason: string | undefined): void {
    if (!this.#ended)
      this.#told(() => this.#handler.onResponseStart?.(this, status, headers, reason))
  }

  /** The trailers are asked for when the body has ended. */
  async play(answer: HttpResponse, trailers: () => Incoming): Promise<void> {
    const { status, reason, headers, body } = answer
    if (body !== undefined && !(body instanceof Uint8Array))
      this.#parts = body[Symbol.asyncIterator]()
    try {
      if (this.#ended) return
      this.rawHeaders = headers
      this.#told(() => this.#handler.onResponseStart?.(this, status, fieldsByName(headers), reason))
      if (body instanceof Uint8Array && body.length > 0) await this.#give(body)
      while (this.#parts !== undefined && !this.#ended) {
        const { done, value } = await this.#parts.next()
        if (done === true) break
        await this.#give(value)
      }
      await this.#ready()
      if (!this.#ended) this.#end(trailers())
    } catch (error) {
      this.fail(error as Error)
    } finally {
      if (this.aborted) this.#parts?.return?.()
    }
  }

  fail(error: Error): void {
    if (this.#ended) return
    this.#ended = true
    this.#handler.onResponseError?.(this, error)
  }

  #end(trailers: Incoming): void {
    this.#ended = true
    this.rawTrailers = Object.entries(trailers).flatMap(([name, value]) =>
      [value].flat().flatMap((line) => [name, line]),
    )
    this.#handler.onResponseEnd?.(this, trailers)
  }

  async #give(part: Uint8Array): Promise<void> {
    await this.#ready()
    // A copy: what is stored, or about to be, is not for the handler to change.
    if (!this.#ended) this.#told(() => this.#handler.onResponseData?.(this, Buffer.from(part)))
  }

  async #ready(): Promise<void> {
    while (this.#paused && !this.#ended) {
      await new Promise<void>((resolve) => {
        this.#resumed = resolve
      })
    }
  }

  /** A handler that throws has given up. */
  #told(tell: () => void): void {
    try {
      tell()
    } catch (error) {
      this.abort(error as Error)
    }
  }
}
