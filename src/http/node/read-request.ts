import type { IncomingMessage } from 'node:http'
import type { FieldLines, RequestHead } from '../message.ts'

/** A registered name, an IPv4 or a bracketed IPv6 address, and a port (RFC 3986 §3.2.2, §3.2.3). */
const authority = /^(?:\[[0-9a-f:.]+\]|[\w.~%!$&'()*+,;=-]+)(?::\d*)?$/i
const absolute = /^(https?):\/\/([^/?#]+)([^#]*)/i

/** What was asked cannot be told from the message: it is to be answered with 400. */
export class BadRequestError extends Error {
  static {
    BadRequestError.prototype.name = 'BadRequestError'
  }
}

/**
 * The head of a request as the client sent it, its target in absolute form (RFC 9110 §7.1): what
 * came without a host, which HTTP/1.0 allows, is taken to ask for `host`. Throws a `BadRequestError`
 * where the host is no host, or there are several: caches and origins would not agree on which.
 */
export function readRequestHead(
  message: Pick<IncomingMessage, 'method' | 'url' | 'rawHeaders'>,
  scheme: 'http' | 'https',
  host: string,
): RequestHead {
  const { method = 'GET', url: target = '/', rawHeaders: headers } = message
  const asked = hostOf(headers) ?? host
  if (!authority.test(asked)) throw new BadRequestError('The host is not a host')
  if (target.charCodeAt(0) === 0x2f) {
    return { method, url: `${origin(scheme, asked)}${withoutFragment(target)}`, headers }
  }
  if (target === '*') return { method, url: `${origin(scheme, asked)}/*`, headers }
  const [, ownScheme, ownHost = '', rest = ''] = absolute.exec(target) ?? []
  if (ownScheme === undefined || !authority.test(ownHost)) {
    throw new BadRequestError('The target is neither a path nor a URL')
  }
  // RFC 9112 §3.2.2: the target's host, whatever `Host` says.
  const path = rest.startsWith('/') ? rest : `/${rest}`
  return { method, url: `${origin(ownScheme.toLowerCase(), ownHost)}${path}`, headers }
}

/** Whether the client announced a body (RFC 9112 §6.3). */
export function hasBody(headers: FieldLines): boolean {
  for (let i = 0; i < headers.length; i += 2) {
    const name = (headers[i] as string).toLowerCase()
    if (name === 'transfer-encoding') return true
    if (name === 'content-length') return headers[i + 1] !== '0'
  }
  return false
}

function hostOf(headers: FieldLines): string | undefined {
  let found: string | undefined
  for (let i = 0; i < headers.length; i += 2) {
    const name = headers[i] as string
    if (name.length !== 4 || name.toLowerCase() !== 'host') continue
    if (found !== undefined) throw new BadRequestError('There are several hosts')
    found = headers[i + 1] as string
  }
  return found === '' ? undefined : found
}

function origin(scheme: string, host: string): string {
  const port = scheme === 'https' ? ':443' : ':80'
  const name = host.toLowerCase()
  return `${scheme}://${name.endsWith(port) ? name.slice(0, -port.length) : name}`
}

function withoutFragment(target: string): string {
  const at = target.indexOf('#')
  return at < 0 ? target : target.slice(0, at)
}
