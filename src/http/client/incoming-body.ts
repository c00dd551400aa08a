import type { DispatchController, Incoming } from './dispatching.ts'

type Part = IteratorResult<Uint8Array>

/** What a dispatcher pushes, for who pulls: it is paused while something waits to be taken. */
export class IncomingBody implements AsyncIterableIterator<Uint8Array> {
  /** Of a body that has ended. */
  trailers: Incoming = {}
  readonly #controller: DispatchController
  readonly #queue: Uint8Array[] = []
  #end: { readonly error: Error | undefined } | undefined
  #waiting:
    | { readonly take: (part: Part) => void; readonly fail: (error: Error) => void }
    | undefined

  constructor(controller: DispatchController) {
    this.#controller = controller
  }

  push(chunk: Uint8Array): void {
    // Resuming brings one that is empty, each time.
    if (chunk.length === 0) return
    const waiting = this.#waiting
    this.#waiting = undefined
    if (waiting !== undefined) {
      waiting.take({ done: false, value: chunk })
      return
    }
    this.#queue.push(chunk)
    this.#controller.pause()
  }

  end(trailers: Incoming): void {
    this.trailers = trailers
    this.#finish(undefined)
  }

  fail(error: Error): void {
    this.#finish(error)
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  async next(): Promise<Part> {
    const chunk = this.#queue.shift()
    if (chunk !== undefined) {
      if (this.#queue.length === 0 && this.#end === undefined) this.#controller.resume()
      return { done: false, value: chunk }
    }
    if (this.#end?.error !== undefined) throw this.#end.error
    if (this.#end !== undefined) return { done: true, value: undefined }
    return new Promise((take, fail) => {
      this.#waiting = { take, fail }
    })
  }

  async return(): Promise<Part> {
    if (this.#end === undefined) this.#controller.abort(new Error('Nobody reads the body any more'))
    return { done: true, value: undefined }
  }

  #finish(error: Error | undefined): void {
    this.#end ??= { error }
    if (error !== undefined) this.#waiting?.fail(error)
    else this.#waiting?.take({ done: true, value: undefined })
    this.#waiting = undefined
  }
}
