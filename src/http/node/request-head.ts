import type { IncomingMessage } from 'node:http'
import { fieldValue, listMembers, withField } from '../engine/fields.ts'
import type { RequestHead } from '../message.ts'
import { BadRequestError, readRequestHead } from './read-request.ts'

/** Where a request was sent to, as the application sees it. */
export interface Target {
  readonly scheme: 'http' | 'https'
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
  const scheme = said('x-forwarded-proto')?.toLowerCase()
  const host = said('x-forwarded-host')
  return { ...own, scheme: scheme === 'https' || scheme === 'http' ? scheme : own.scheme, host }
}

/** What a framework says of a request: it knows which proxies it trusts. */
interface Addressed {
  readonly protocol: string
  readonly host: string
  readonly originalUrl: string
}

export function targetSaidBy({ protocol, host, originalUrl }: Addressed): Target {
  return { scheme: protocol === 'https' ? 'https' : 'http', host, path: originalUrl }
}

/**
 * The head of a message as a cache before an application is to see it. `undefined` for what is no
 * path on one host: the application may take another host for the one asked than the cache would,
 * and what it answers would be another's page.
 */
export function headOf(
  message: IncomingMessage,
  { scheme, host, path: url }: Target,
): RequestHead | undefined {
  const { method, rawHeaders } = message
  if (!url?.startsWith('/')) return undefined
  try {
    // Without a host there is none to ask for.
    const head = readRequestHead({ method, url, rawHeaders }, scheme, '')
    if (host === undefined || host === message.headers.host) return head
    const lines = withField(rawHeaders, 'Host', host)
    const { url: asked } = readRequestHead({ method, url, rawHeaders: lines }, scheme, '')
    return { ...head, url: asked }
  } catch (error) {
    if (error instanceof BadRequestError) return undefined
    throw error
  }
}
