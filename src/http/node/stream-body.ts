import { Readable } from 'node:stream'
import { finished } from 'node:stream/promises'
import type { ReadableStream as WebStream } from 'node:stream/web'
import type { Body, HttpResponse } from '../message.ts'
import { bufferOf } from './buffer-of.ts'

/** A stream as a body. What of it nobody wants is not read. */
export class StreamBody implements AsyncIterable<Uint8Array> {
  /** Resolves when there will be no more, for whatever reason. */
  readonly ended: Promise<void>
  readonly #stream: Readable

  constructor(stream: Readable) {
    this.#stream = stream
    this.ended = finished(stream).catch(() => {})
  }

  [Symbol.asyncIterator](): AsyncIterator<Uint8Array> {
    const parts: AsyncIterator<Uint8Array | string> = this.#stream[Symbol.asyncIterator]()
    return {
      next: async () => {
        const { done, value } = await parts.next()
        if (done === true) return { done, value: undefined }
        return { done: false, value: typeof value === 'string' ? Buffer.from(value) : value }
      },
      return: async () => {
        this.#stream.destroy()
        return { done: true, value: undefined }
      },
    }
  }
}

/** What frameworks take for a body. Objects are for the framework to write. */
export function bodyOf(payload: unknown): Body | undefined {
  if (payload === undefined || payload === null) return undefined
  if (typeof payload === 'string') return Buffer.from(payload)
  if (payload instanceof Uint8Array) return payload
  if (payload instanceof Readable) return new StreamBody(payload)
  if (payload instanceof ReadableStream)
    return new StreamBody(Readable.fromWeb(payload as WebStream))
  if (payload instanceof Blob) return bodyOf(payload.stream())
  if (payload instanceof Response) return bodyOf(payload.body)
  return Buffer.from(JSON.stringify(payload))
}

/** A body as frameworks take it. */
export function payloadOf(body: Body): Buffer | Readable {
  if (!(body instanceof Uint8Array)) return Readable.from(body, { objectMode: false })
  return bufferOf(body)
}

/** Whether a response of this status to this method has a body (RFC 9110 §6.4.1). */
export function hasBody(
  method: string | undefined,
  { status }: Pick<HttpResponse, 'status'>,
): boolean {
  return method !== 'HEAD' && status !== 204 && status !== 304
}
