import type { IncomingMessage } from 'node:http'
import { withField } from '../engine/fields.ts'
import type { FieldLines, RequestHead } from '../message.ts'

/** A registered name, an IPv4 or a bracketed IPv6 address, and a port (RFC 3986 §3.2.2, §3.2.3). */
const authority = /^(?:\[[0-9a-f:.]+\]|[\w.~%!$&'()*+,;=-]+)(?::\d*)?$/i
const absolute = /^https?:\/\/([^/?]+)(.*)/i

/** What was asked cannot be told from the message: it is to be answered with 400. */
export class BadRequestError extends Error {
  static {
    BadRequestError.prototype.name = 'BadRequestError'
  }
}

/**
 * The head of a request as the client sent it, its target in absolute form (RFC 9110 §7.1): what
 * came without a host, which HTTP/1.0 allows, is taken to ask for `host`. Its fields say the same
 * host. Throws a `BadRequestError` where the host is no host, or there are several, and where the
 * target has a fragment (RFC 9112 §3.2): caches and origins would not agree on what is asked for.
 */
export function readRequestHead(
  message: Pick<IncomingMessage, 'method' | 'url' | 'rawHeaders'>,
  scheme: 'http' | 'https',
  host: string,
): RequestHead {
  const { method = 'GET', url: target = '/', rawHeaders: headers } = message
  const said = hostOf(headers)
  const asked = said ?? host
  if (!authority.test(asked)) throw new BadRequestError('The host is not a host')
  if (target.includes('#')) throw new BadRequestError('The target has a fragment')
  if (target.charCodeAt(0) === 0x2f || target === '*') {
    const path = target === '*' ? '/*' : target
    const lines = said === undefined ? withField(headers, 'Host', asked) : headers
    return { method, url: `${origin(scheme, asked)}${path}`, headers: lines }
  }
  const [, ownHost = '', rest = ''] = absolute.exec(target) ?? []
  if (!authority.test(ownHost)) {
    throw new BadRequestError('The target is neither a path nor a URL')
  }
  // RFC 9112 §3.2.2: the target's host, whatever `Host` says, and so for whom it is passed on to.
  const path = rest.startsWith('/') ? rest : `/${rest}`
  const lines = withField(headers, 'Host', ownHost)
  return { method, url: `${origin(scheme, ownHost)}${path}`, headers: lines }
}

/** Whether the client announced a body (RFC 9112 §6.3). */
export function hasBody(headers: FieldLines): boolean {
  for (let i = 0; i < headers.length; i += 2) {
    const name = headers[i] as string
    if (name.length === 17 && name.toLowerCase() === 'transfer-encoding') return true
    if (name.length === 14 && name.toLowerCase() === 'content-length') return headers[i + 1] !== '0'
  }
  return false
}

/**
 * Whether it is a read with a body, which means nothing that a cache could know (RFC 9110 §9.3.1): the
 * application may answer by it, and nobody else may be made to wait until it is there.
 */
export function readsByBody(
  { method }: { readonly method?: string | undefined },
  headers: FieldLines,
): boolean {
  return (method === 'GET' || method === 'HEAD') && hasBody(headers)
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
