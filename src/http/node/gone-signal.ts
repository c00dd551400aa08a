import type { ServerResponse } from 'node:http'

/** Aborted when the client goes before it has all of its response. */
export function goneSignal(response: ServerResponse): AbortSignal {
  const gone = new AbortController()
  response.once('close', () => {
    if (!response.writableFinished) gone.abort()
  })
  return gone.signal
}
