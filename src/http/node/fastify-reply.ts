import type { IncomingMessage, ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import type { FieldLines, HttpResponse } from '../message.ts'
import { fieldValues } from '../page/field-values.ts'
import { applyPatches, type PatchableHead } from '../page/head-patches.ts'
import { joinFields } from '../page/own-fields.ts'
import { sendNow, sendOnce } from './send-now.ts'
import { sendAtOnce } from './send-through.ts'
import { bodyOf, hasBody, payloadOf, StreamBody } from './stream-body.ts'
import { hasTrailers } from './unwatched-routes.ts'

type FieldValue = number | string | string[] | undefined

/** What of a Fastify reply is made use of. */
export interface FastifyReply {
  readonly raw: ServerResponse
  readonly statusCode: number
  code(status: number): unknown
  header(name: string, value: string): unknown
  headers(values: Readonly<Record<string, string | string[]>>): unknown
  removeHeader(name: string): unknown
  getHeaders(): Record<string, FieldValue>
  send(payload?: unknown): unknown
  hijack(): unknown
}

/** What the cache answers, and the fields that it is sent with. */
export interface Answered {
  readonly answer: HttpResponse
  readonly fields: FieldLines
}

/** Tells when the handler takes the reply out of Fastify's hands. */
export function onHijack(reply: FastifyReply, tell: () => void): void {
  const { hijack } = reply
  reply.hijack = () => {
    tell()
    return hijack.call(reply)
  }
}

/** What the handler has made of the reply. */
export function takenFrom(
  { raw }: { readonly raw: IncomingMessage },
  reply: FastifyReply,
  payload: unknown,
): HttpResponse {
  if (payload instanceof Response) {
    reply.code(payload.status)
    for (const [name, value] of payload.headers) reply.header(name, value)
  }
  applyPatches(reply.raw, patchableReply(reply))
  const status = reply.statusCode
  const body = bodyOf(payload)
  const wanted = hasBody(raw.method, { status })
  if (!wanted && body instanceof StreamBody) body[Symbol.asyncIterator]().return?.()
  return { status, reason: '', headers: fieldsOf(reply), body: wanted ? body : undefined }
}

/** Answers past Fastify, where that would add nothing. */
export function sendPast(reply: FastifyReply, answer: HttpResponse): void {
  const { raw } = reply
  const body = answer.body as Uint8Array | undefined
  const own = fieldsOf(reply)
  // Whoever waits for the end, such as a log, may ask the reply what was sent; one listener is Node's own.
  if (raw.listenerCount('finish') > 1 || raw.listenerCount('close') > 0) {
    reply.headers(fieldValues(answer.headers))
  }
  if (own.length === 0) sendNow(raw, answer, body)
  else if (raw.getHeaderNames().length === 0) {
    sendOnce(raw, { ...answer, headers: joinFields(answer.headers, own) }, body)
  } else {
    const values = fieldValues(own)
    for (const name in values) raw.setHeader(name, values[name] ?? [])
    sendAtOnce(raw, answer)
  }
}

export function clear(reply: FastifyReply): void {
  for (const name in reply.getHeaders()) reply.removeHeader(name)
}

/** Makes a reply without fields what the cache answers; its payload is for whoever sends it. */
export function put(reply: FastifyReply, { answer, fields }: Answered): unknown {
  const { status, body } = answer
  reply.code(status)
  reply.headers(fieldValues(fields))
  // They come with chunks alone, which have no length before (RFC 9112 §6.2).
  if (hasTrailers(reply)) reply.removeHeader('content-length')
  if (body !== undefined) return payloadOf(body)
  // Of nothing Fastify would say, to HEAD, that it is of no length.
  return reply.raw.req.method === 'HEAD' ? Readable.from([]) : undefined
}

export function fieldsOf(reply: FastifyReply): FieldLines {
  const lines: string[] = []
  const values = reply.getHeaders()
  for (const name in values) {
    const value = values[name]
    if (Array.isArray(value)) for (const line of value) lines.push(name, `${line}`)
    else if (value !== undefined) lines.push(name, `${value}`)
  }
  return lines
}

function patchableReply(reply: FastifyReply): PatchableHead {
  return {
    status: reply.statusCode,
    get(name) {
      const value = reply.getHeaders()[name.toLowerCase()]
      return value === undefined ? undefined : [value].flat().join(', ')
    },
    set: (name, value) => reply.header(name, value),
  }
}
