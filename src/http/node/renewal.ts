import { IncomingMessage, ServerResponse } from 'node:http'
import { Socket } from 'node:net'
import { fieldValue, withoutFields } from '../engine/fields.ts'
import type { RequestHead } from '../message.ts'

/** Where what nobody waits for goes; it tells of the client what the one in whose place it is tells. */
class Nowhere extends Socket {
  constructor(of: Socket) {
    super()
    const { remoteAddress } = of
    const encrypted = 'encrypted' in of && of.encrypted === true
    Object.defineProperties(this, {
      remoteAddress: { value: remoteAddress },
      encrypted: { value: encrypted },
    })
  }

  override _read(): void {}

  override _write(_chunk: unknown, _encoding: unknown, done: () => void): void {
    done()
  }

  override _writev(_chunks: unknown, done: () => void): void {
    done()
  }

  override _final(done: () => void): void {
    done()
  }
}

/** A request of nobody's, and where it is answered. */
export interface Pair {
  readonly message: IncomingMessage
  readonly response: ServerResponse
}

/** A message such as `original`, for `target`, that asks what `request` asks. */
export function pairLike(original: IncomingMessage, target: string, request: RequestHead): Pair {
  const socket = new Nowhere(original.socket)
  const message = new IncomingMessage(socket)
  message.method = request.method
  message.url = target
  message.httpVersion = original.httpVersion
  message.httpVersionMajor = original.httpVersionMajor
  message.httpVersionMinor = original.httpVersionMinor
  message.headers = { ...original.headers }
  message.rawHeaders = original.rawHeaders
  adopt(message, request)
  message.complete = true
  message.push(null)
  const response = new ServerResponse(message)
  response.assignSocket(socket)
  return { message, response }
}

/** What a cache may ask otherwise than its client: only what has changed, or only a part. */
const conditions: readonly string[] = ['if-none-match', 'if-modified-since', 'if-range', 'range']
const set: ReadonlySet<string> = new Set(conditions)

/** Makes a message ask what the cache asks. */
export function adopt(message: IncomingMessage, { headers }: RequestHead): void {
  const lines = withoutFields(message.rawHeaders, set)
  for (const name of conditions) {
    const value = fieldValue(headers, name)
    delete message.headers[name]
    if (value === undefined) continue
    message.headers[name] = value
    lines.push(name, value)
  }
  message.rawHeaders = lines
}
