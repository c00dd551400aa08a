import type { IncomingMessage } from 'node:http'
import { UpstreamError } from './upstream-error.ts'

/**
 * The body of a response as it comes. It fails when it is not whole, or when nothing comes for
 * `timeout` milliseconds though somebody waits; who stops reading closes the connection.
 */
export function upstreamBody(
  message: IncomingMessage,
  timeout: number,
): AsyncIterable<Uint8Array> & AsyncIterator<Uint8Array> {
  // From here on, so that a failure before the first read is no unhandled event.
  const chunks: AsyncIterator<Uint8Array> = message[Symbol.asyncIterator]()
  message.on('error', () => {})
  return {
    [Symbol.asyncIterator]() {
      return this
    },
    async next() {
      const late = () => message.destroy(new UpstreamError(504, 'The origin stopped answering'))
      const timer = setTimeout(late, timeout)
      try {
        return await chunks.next()
      } catch (error) {
        if (error instanceof UpstreamError) throw error
        throw new UpstreamError(502, 'The body of the response is not whole', { cause: error })
      } finally {
        clearTimeout(timer)
      }
    },
    async return() {
      message.destroy()
      return { done: true, value: undefined }
    },
  }
}
