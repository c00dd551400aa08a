import { createServer, type Server } from 'node:http'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { ReadableStream } from 'node:stream/web'
import type { Cache } from 'hotset'
import { memoizeResponse } from 'hotset/streams'

/**
 * A site that hands on the answers of a slow API as they come, word by word. A question is put to
 * the API once: who asks it meanwhile is given what has come, and then the rest.
 */
export function createSite(api: string, cache: Cache): Server {
  const ask = memoizeResponse(
    (question: string) => fetch(`${api}/answer?q=${encodeURIComponent(question)}`),
    { cache, name: 'answers', ttl: '1h', maxBytes: '256kb' },
  )
  return createServer(async (request, response) => {
    const question = new URL(`http://site${request.url}`).searchParams.get('q')
    if (!question) return void response.writeHead(400).end('Ask something: /?q=…')
    try {
      const { status, headers, body } = await ask(question)
      response.writeHead(status, { 'content-type': headers.get('content-type') ?? 'text/plain' })
      if (body === null) response.end()
      else await pipeline(Readable.fromWeb(body as ReadableStream), response)
    } catch {
      // The API failed, or the visitor left: then the API is left alone, unless others still listen.
      if (!response.headersSent) response.writeHead(502).end('No answer')
    }
  })
}
