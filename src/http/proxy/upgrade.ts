import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { withoutConnectionFields } from '../engine/fields.ts'
import type { FieldLines, HttpRequest } from '../message.ts'
import type { Upstream } from './upstream.ts'

/**
 * Hands a connection that is to change its protocol (RFC 9110 §7.8), as for WebSockets, to the origin:
 * once that has agreed, bytes go both ways as they come. Another answer is passed on, and is the last.
 */
export function passUpgrade(
  upstream: Upstream,
  request: HttpRequest,
  client: Duplex,
  early: Uint8Array,
): void {
  const sent = upstream.open(request, false)
  client.on('error', () => client.destroy())
  client.on('close', () => sent.destroy())
  sent.on('upgrade', (answer, origin, first) => {
    origin.setTimeout(0)
    origin.on('error', () => origin.destroy())
    origin.on('close', () => client.destroy())
    client.on('close', () => origin.destroy())
    client.write(headOf(answer, answer.rawHeaders))
    client.write(first)
    origin.write(early)
    origin.pipe(client).pipe(origin)
  })
  sent.on('response', (answer) => {
    const headers = withoutConnectionFields(answer.rawHeaders)
    client.write(headOf(answer, [...headers, 'Connection', 'close']))
    answer.on('error', () => client.destroy())
    answer.pipe(client)
  })
  sent.on('timeout', () => sent.destroy())
  sent.on('error', () => client.end('HTTP/1.1 502 Bad Gateway\r\nConnection: close\r\n\r\n'))
  sent.end()
}

/** The first lines of a response, or an interim one, as they go over the wire. */
export function headOf(
  { statusCode, statusMessage }: Pick<IncomingMessage, 'statusCode' | 'statusMessage'>,
  headers: FieldLines,
): string {
  let head = `HTTP/1.1 ${statusCode} ${statusMessage}\r\n`
  for (let i = 0; i < headers.length; i += 2) head += `${headers[i]}: ${headers[i + 1]}\r\n`
  return `${head}\r\n`
}
