import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { createServer as createSecureServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { onTestFinished } from 'vitest'

type Fields = Readonly<Record<string, string | string[]>>

/** What was asked: the fields by name in lower case. */
export interface Asked {
  readonly method: string
  readonly path: string
  readonly fields: NodeJS.Dict<string | string[]>
}

/** A server of its own for one test. */
export interface TestOrigin {
  readonly url: string
  readonly asked: Asked[]
  /** What it does from now on. */
  answer: (request: IncomingMessage, response: ServerResponse) => void
}

/** The time that every test's clock begins at. */
export const start: number = Date.UTC(2026, 10, 22, 12)

export async function originOf(
  answer: TestOrigin['answer'] = saying('hello'),
  secure?: { readonly key: string; readonly cert: string },
): Promise<TestOrigin> {
  const listener = (request: IncomingMessage, response: ServerResponse) => {
    const { method = '', url = '', headers } = request
    origin.asked.push({ method, path: url, fields: headers })
    // The tests' clocks are not the server's.
    response.sendDate = false
    origin.answer(request, response)
  }
  const server: Server = secure ? createSecureServer(secure, listener) : createServer(listener)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  const { port } = server.address() as AddressInfo
  const url = `${secure ? 'https' : 'http'}://127.0.0.1:${port}`
  const origin: TestOrigin = { url, asked: [], answer }
  return origin
}

/** Answers with a text that may be kept for a minute, unless the fields say otherwise. */
export function saying(text: string, fields: Fields = {}, status = 200): TestOrigin['answer'] {
  return (request, response) => {
    request.resume()
    response.writeHead(status, { 'Cache-Control': 'max-age=60', ...fields })
    response.end(text)
  }
}

/** Answers with how often it has been asked. */
export function counting(fields: Fields = {}): TestOrigin['answer'] {
  let count = 0
  return (request, response) => saying(`${++count}`, fields)(request, response)
}

/** `hit`, or why it was forwarded; `none` where the cache had no part in it. */
export function outcome(cacheStatus: string | null | undefined): string {
  const [, hit, forwarded] = /(?:(hit)|fwd=([a-z-]+))/.exec(cacheStatus ?? '') ?? []
  return hit ?? forwarded ?? 'none'
}

/** Resolves once `true` is answered, looked at after each round of I/O, or the test is over. */
export async function until(condition: () => boolean): Promise<void> {
  let over = false
  onTestFinished(() => {
    over = true
  })
  while (!condition() && !over) await new Promise((resolve) => setImmediate(resolve))
}

/** A body of many megabytes, more than any buffers on the way hold, that is sent as fast as it is taken. */
export class Flood {
  readonly bytes: number
  left: number

  constructor(megabytes: number) {
    this.bytes = megabytes * 1024 * 1024
    this.left = this.bytes
  }

  readonly answer: TestOrigin['answer'] = (_, response) => {
    response.writeHead(200, { 'Cache-Control': 'max-age=60' })
    const part = Buffer.alloc(64 * 1024)
    const more = () => {
      while (this.left > 0) {
        this.left -= part.length
        if (!response.write(part)) return response.once('drain', more)
      }
      return response.end()
    }
    more()
  }

  /** Gives it the time to run into buffers. */
  async spread(): Promise<void> {
    for (let round = 0; round < 2000; round++) {
      await new Promise((resolve) => setImmediate(resolve))
    }
  }
}
