import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { withoutConnectionFields, withoutFields } from '../engine/fields.ts'
import type { FieldLines, HttpRequest } from '../message.ts'
import { hasBody } from '../node/read-request.ts'
import type { Upstream } from './upstream.ts'

/** Whether a request asks for what is passed as it comes: nothing that the cache would have to hear of. */
export function isTunnel({ method, headers, rawHeaders }: IncomingMessage): boolean {
  return method === 'GET' && headers.upgrade?.toLowerCase() === 'websocket' && !hasBody(rawHeaders)
}

const ofUpgrade: ReadonlySet<string> = new Set(['connection', 'upgrade', 'http2-settings'])

/**
 * Puts a request whose upgrade is not heeded back on its connection, to be read again without that
 * (RFC 9110 §7.8).
 */
export function askAgain(message: IncomingMessage, socket: Duplex, early: Uint8Array): void {
  const { httpVersion, method, rawHeaders, url } = message
  const named = (message.headers.connection ?? '').split(',')
  const kept = named.map((name) => name.trim()).filter((name) => !ofUpgrade.has(name.toLowerCase()))
  const lines = withoutFields(rawHeaders, ofUpgrade)
  if (kept.length > 0) lines.push('Connection', kept.join(', '))
  const head = `${method} ${url} HTTP/${httpVersion}\r\n${fieldText(lines)}\r\n`
  socket.unshift(Buffer.concat([Buffer.from(head, 'latin1'), early]))
}

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
  return `HTTP/1.1 ${statusCode} ${statusMessage}\r\n${fieldText(headers)}\r\n`
}

function fieldText(lines: FieldLines): string {
  let text = ''
  for (let i = 0; i < lines.length; i += 2) text += `${lines[i]}: ${lines[i + 1]}\r\n`
  return text
}
