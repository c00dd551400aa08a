import type { IncomingMessage } from 'node:http'
import { fieldValue, listMembers, withField } from '../engine/fields.ts'
import type { RequestHead } from '../message.ts'
import { BadRequestError, readRequestHead, readsByBody } from './read-request.ts'

/** Where a request was sent to, as the application sees it. */
export interface Target {
  /** `undefined` for one that no cache knows, though an application may heed it. */
  readonly scheme: 'http' | 'https' | undefined
  /** `undefined` for what the request itself says. */
  readonly host: string | undefined
  /** Path and query. */
  readonly path: string | undefined
}

/** Where a message was sent to; what a proxy says of that counts if it is trusted. */
export function targetOf(
  { rawHeaders, socket, url }: IncomingMessage,
  trustProxy: boolean,
): Target {
  const encrypted = 'encrypted' in socket && socket.encrypted === true
  const own: Target = { scheme: encrypted ? 'https' : 'http', host: undefined, path: url }
  if (!trustProxy) return own
  const said = (name: string) => listMembers(fieldValue(rawHeaders, name))[0]
  const scheme = said('x-forwarded-proto')
  const host = said('x-forwarded-host')
  return { ...own, scheme: scheme === undefined ? own.scheme : schemeNamed(scheme), host }
}

/** What a framework says of a request: it knows which proxies it trusts. */
interface Addressed {
  readonly protocol: string
  readonly host: string
  readonly originalUrl: string
}

export function targetSaidBy({ protocol, host, originalUrl }: Addressed): Target {
  return { scheme: schemeNamed(protocol), host, path: originalUrl }
}

function schemeNamed(name: string): 'http' | 'https' | undefined {
  const scheme = name.toLowerCase()
  return scheme === 'https' || scheme === 'http' ? scheme : undefined
}

/** The head of a message, asking for the target's host if that is another than it says itself. */
export function readHead(
  { method, url, rawHeaders }: Pick<IncomingMessage, 'method' | 'url' | 'rawHeaders'>,
  scheme: 'http' | 'https',
  host: string | undefined,
  fallback: string,
): RequestHead {
  const head = readRequestHead({ method, url, rawHeaders }, scheme, fallback)
  if (host === undefined) return head
  const path = head.url.slice(head.url.indexOf('/', head.url.indexOf('//') + 2))
  const lines = withField(rawHeaders, 'Host', host)
  const { url: asked } = readRequestHead({ method, url: path, rawHeaders: lines }, scheme, '')
  return { ...head, url: asked }
}

/**
 * The head of a message as a cache before an application is to see it. `undefined` for what is no
 * path on one host, by one of the schemes: the application may take another for the one asked than
 * the cache would, and what it answers would be another's page. So for a read with a body.
 */
export function headOf(
  message: IncomingMessage,
  { scheme, host, path: url }: Target,
): RequestHead | undefined {
  const { method, rawHeaders } = message
  if (scheme === undefined || !url?.startsWith('/')) return undefined
  if (readsByBody(message, rawHeaders)) return undefined
  try {
    const other = host === message.headers.host ? undefined : host
    // Without a host there is none to ask for.
    return readHead({ method, url, rawHeaders }, scheme, other, '')
  } catch (error) {
    if (error instanceof BadRequestError) return undefined
    throw error
  }
}
