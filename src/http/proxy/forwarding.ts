import { isIPv6 } from 'node:net'
import { fieldValue, withField, withoutConnectionFields } from '../engine/fields.ts'
import type { FieldLines, RequestHead } from '../message.ts'

/** Who asked, as the proxy sees it. */
export interface Client {
  readonly address: string
  readonly scheme: 'http' | 'https'
}

/** What a client could say of itself, and an origin might build its answer on. */
const claims: ReadonlySet<string> = new Set([
  'cf-connecting-ip',
  'fastly-client-ip',
  'forwarded',
  'front-end-https',
  'true-client-ip',
  'x-client-ip',
  'x-cluster-client-ip',
  'x-host',
  'x-original-host',
  'x-original-url',
  'x-real-ip',
  'x-rewrite-url',
  'x-url-scheme',
])

/**
 * The fields of a request for the origin: without those of the connection, with this proxy in `Via`
 * (RFC 9110 §7.6.3), and with who asked. Unless it is trusted, what the client says of that itself goes:
 * it is no part of the key, so an origin that heeds it could be made to answer one user with a page
 * for another.
 */
export function forwardedFields(
  { headers, method, url }: RequestHead,
  { address, scheme }: Client,
  trusted: boolean,
): FieldLines {
  const passed = withoutConnectionFields(headers)
  const lines = trusted ? passed : withoutClaims(passed)
  const host = url.slice(url.indexOf('//') + 2, url.indexOf('/', url.indexOf('//') + 2))
  const chain = fieldValue(lines, 'x-forwarded-for')
  const hops = method === 'OPTIONS' ? Number(fieldValue(lines, 'max-forwards')) : Number.NaN
  const near = hops > 0 ? withField(lines, 'Max-Forwards', `${hops - 1}`) : lines
  const added = withField(near, 'X-Forwarded-For', chain ? `${chain}, ${address}` : address)
  if (!trusted || fieldValue(lines, 'x-forwarded-proto') === undefined) {
    added.push('X-Forwarded-Proto', scheme)
  }
  if (!trusted || fieldValue(lines, 'x-forwarded-host') === undefined) {
    added.push('X-Forwarded-Host', host)
  }
  const node = isIPv6(address) ? `"[${address}]"` : address
  added.push('Forwarded', `for=${node};host="${host}";proto=${scheme}`)
  added.push('Via', '1.1 hotset')
  return added
}

function withoutClaims(lines: FieldLines): string[] {
  const kept: string[] = []
  for (let i = 0; i < lines.length; i += 2) {
    const name = (lines[i] as string).toLowerCase()
    if (claims.has(name) || name.startsWith('x-forwarded-')) continue
    kept.push(lines[i] as string, lines[i + 1] as string)
  }
  return kept
}
