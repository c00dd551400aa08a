import { fieldValue } from '../engine/fields.ts'
import type { Body, FieldLines, HttpRequest, HttpResponse, RequestHead } from '../message.ts'
import { fieldValues, isSingle } from './field-values.ts'
import { type HeadPatch, patchableOf } from './head-patches.ts'

/**
 * The head of a Web request; `undefined` where it names another host than it was sent to: the
 * application may take either for the one asked. `env` is what the runtime passes besides.
 */
export function headOf(request: Request, env: unknown): RequestHead | undefined {
  const { method, url } = request
  const headers = unreadLines(request, env) ?? linesOf(request.headers)
  const host = fieldValue(headers, 'host')
  if (host !== undefined && !url.includes(`://${host}/`) && !isHost(url, host)) return undefined
  return { method, url, headers }
}

export function linesOf(headers: Headers): FieldLines {
  const lines: string[] = []
  headers.forEach((value, name) => {
    lines.push(name, value)
  })
  return lines
}

/** What a request is known by: on Node's server, where `env` has it, by the message that it came as. */
export function exchangeOf(request: Request, env: unknown): object {
  return messageOf(env) ?? request
}

function messageOf(env: unknown): object | undefined {
  const message = typeof env === 'object' && env !== null && 'incoming' in env && env.incoming
  return typeof message === 'object' && message !== null ? message : undefined
}

/** All that a request of `@hono/node-server` has of its own before anybody has looked at its fields. */
const unread: ReadonlySet<string | undefined> = new Set(['incomingKey', 'methodKey', 'urlKey'])

/**
 * The lines of a message of Node's server, which are there for nothing: `Headers` are made, sorted and
 * joined when somebody asks for them, who may change them then. `undefined` for what is not surely as it came.
 */
function unreadLines(request: Request, env: unknown): FieldLines | undefined {
  const message = messageOf(env)
  if (message === undefined || !('rawHeaders' in message)) return undefined
  let isOf = false
  for (const key of Reflect.ownKeys(request)) {
    if (typeof key === 'string' || !unread.has(key.description)) return undefined
    isOf ||= Reflect.get(request, key) === message
  }
  const lines = message.rawHeaders as FieldLines
  // HTTP/2 begins with what is no field (RFC 9113 §8.3).
  return isOf && !lines[0]?.startsWith(':') ? lines : undefined
}

function isHost(url: string, host: string): boolean {
  const { protocol, host: asked } = new URL(url)
  const named = `${protocol}//${host}`
  return URL.canParse(named) && new URL(named).host === asked
}

/** What a cache may ask otherwise than its client: only what has changed, or only a part. */
const conditions = ['if-none-match', 'if-modified-since', 'if-range', 'range'] as const

/** The request as the cache asks it: the very one that came, where nothing is different. */
export function asking(request: Request, forwarded: HttpRequest): Request {
  const { method, headers: lines } = forwarded
  const changed = conditions.some(
    (name) => (fieldValue(lines, name) ?? null) !== request.headers.get(name),
  )
  if (method === request.method && !changed && !forwarded.background) return request
  const headers = new Headers(request.headers)
  for (const name of conditions) {
    const value = fieldValue(lines, name)
    if (value === undefined) headers.delete(name)
    else headers.set(name, value)
  }
  return new Request(request.url, { method, headers, signal: forwarded.signal ?? null })
}

export function replyOf(response: Response, method: string): HttpResponse {
  const { status, statusText: reason, headers, body } = response
  const wanted = method !== 'HEAD' && body !== null
  if (!wanted) body?.cancel().catch(() => {})
  return { status, reason, headers: linesOf(headers), body: wanted ? partsOf(body) : undefined }
}

/** A Web response of these takes no body, not even an empty one (Fetch §2.2.3, null body status). */
const bodiless: ReadonlySet<number> = new Set([204, 205, 304])

/** The same answer as a Web response. */
export function responseOf(
  { status, reason, headers: lines, body }: HttpResponse,
  fields: FieldLines = lines,
): Response {
  const own = bodiless.has(status) ? undefined : body
  return new Response(webBody(own), { status, statusText: reason, headers: webFields(fields) })
}

/** Plain where that says all: runtimes pass it on as it is. Cookies are not to be joined. */
function webFields(fields: FieldLines): Headers | Record<string, string> {
  const values = fieldValues(fields)
  if (isSingle(values)) return values
  const headers = new Headers()
  for (const name in values) {
    for (const line of [values[name] ?? []].flat()) headers.append(name, line)
  }
  return headers
}

function webBody(body: Body | undefined): ConstructorParameters<typeof Response>[0] {
  if (body === undefined) return null
  if (body instanceof Uint8Array) return body as Uint8Array<ArrayBuffer>
  const parts = body[Symbol.asyncIterator]()
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      const { done, value } = await parts.next()
      if (done === true) controller.close()
      else controller.enqueue(value)
    },
    async cancel() {
      await parts.return?.()
    },
  })
}

/** A stream part by part; what of it nobody wants is not read. */
function partsOf(stream: ReadableStream<Uint8Array>): AsyncIterable<Uint8Array> {
  return {
    [Symbol.asyncIterator]() {
      const reader = stream.getReader()
      return {
        async next() {
          const { done, value } = await reader.read()
          return done ? { done, value: undefined } : { done, value }
        },
        async return() {
          await reader.cancel()
          return { done: true, value: undefined }
        },
      }
    },
  }
}

/** What was fetched cannot be changed: a copy can. */
export function patched(response: Response, patch: HeadPatch): Response {
  const copy = new Response(response.body, response)
  patch(patchableOf(copy))
  return copy
}
