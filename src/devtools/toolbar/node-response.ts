import type { IncomingMessage, ServerResponse } from 'node:http'
import { addFields } from '../../http/node/response-fields.ts'
import type { Answer, Visit } from './desk.ts'
import type { HtmlInjector } from './html-injector.ts'
import type { Asked, PageHead } from './page-head.ts'

export function askedOf(message: IncomingMessage): Asked {
  const { method = 'GET', url = '/', headers } = message
  // Where Express has mounted something, `url` is what is left of it.
  const original = 'originalUrl' in message ? message.originalUrl : undefined
  return {
    method,
    path: typeof original === 'string' ? original : url,
    header: (name) => headers[name]?.toString(),
  }
}

export function sendAnswer(
  { method }: IncomingMessage,
  response: ServerResponse,
  { status, headers, body }: Answer,
): void {
  response.writeHead(status, headers)
  response.end(method === 'HEAD' ? undefined : body)
}

/**
 * Has what is written to a response go by a visit. Whoever wrapped the response's methods before (one
 * that compresses) gets what comes out of it; whoever wraps them later (a page cache) what goes in.
 */
export function tapResponse(response: ServerResponse, visit: Visit): void {
  const { writeHead, write, end } = response
  let isDecided = false
  let injector: HtmlInjector | undefined
  const decide = () => {
    if (isDecided || response.headersSent) return
    isDecided = true
    injector = visit.atHead(headOf(response))
  }
  response.once('close', () => visit.complete())
  Object.assign(response, {
    writeHead(status: number, ...rest: readonly unknown[]) {
      const [reason, headers] = typeof rest[0] === 'string' ? rest : [undefined, rest[0]]
      response.statusCode = status
      if (typeof reason === 'string') response.statusMessage = reason
      addFields(response, headers)
      decide()
      return writeHead.call(response, status)
    },
    write(...args: readonly unknown[]) {
      decide()
      if (injector === undefined) return Reflect.apply(write, response, args)
      const { bytes, callback } = argumentsOf(args)
      const part = injector.push(bytes)
      if (part.length > 0) return Reflect.apply(write, response, [part, callback])
      if (callback !== undefined) process.nextTick(callback)
      return !response.writableNeedDrain
    },
    end(...args: readonly unknown[]) {
      decide()
      if (injector === undefined) return Reflect.apply(end, response, args)
      const { bytes, callback } = argumentsOf(args)
      const body = Buffer.concat([injector.push(bytes), injector.finish()])
      injector = undefined
      if (!response.headersSent) response.setHeader('Content-Length', body.length)
      return Reflect.apply(end, response, [body, callback])
    },
  })
}

function headOf(response: ServerResponse): PageHead {
  return {
    status: response.statusCode,
    get: (name) => [response.getHeader(name) ?? []].flat().map(String),
    set: (name, value) => void response.setHeader(name, value),
    remove: (name) => response.removeHeader(name),
  }
}

/** What `write` and `end` take: something, perhaps how it is encoded, and whom to tell. */
function argumentsOf(args: readonly unknown[]): {
  readonly bytes: Uint8Array
  readonly callback: (() => void) | undefined
} {
  const callback = args.find((arg): arg is () => void => typeof arg === 'function')
  const [chunk, encoding] = args.filter((arg) => typeof arg !== 'function')
  if (chunk instanceof Uint8Array) return { bytes: chunk, callback }
  const text = chunk === undefined || chunk === null ? '' : String(chunk)
  const known = typeof encoding === 'string' ? (encoding as BufferEncoding) : 'utf8'
  return { bytes: Buffer.from(text, known), callback }
}
