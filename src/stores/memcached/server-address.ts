import { connect, type Socket } from 'node:net'
import { invalid } from '../../kernel/expect.ts'

/** Where a server is: a Unix socket, or host and port. */
export type ServerAddress =
  | { readonly path: string }
  | {
      readonly host: string
      readonly port: number
      /** What `host` was found to be, where that is known. */
      readonly ip?: string | undefined
    }

/** Opens a stream of bytes to a server, and answers before it is open. */
export type Connect = (address: ServerAddress) => Socket

const defaultPort = 11_211
const pattern = /^(?:\[([0-9a-f:.]+)\]|([^\s:/[\]]+))(?::(\d{1,5}))?$/i

/** `'a'`, `'a:11211'`, `'[::1]:11211'` and `'/path/of.sock'`, separated by commas or as an array. */
export function serverAddresses(servers: unknown): ServerAddress[] {
  const list = typeof servers === 'string' ? servers.split(',') : servers
  if (!Array.isArray(list) || list.length === 0) {
    throw invalid('servers', "servers such as 'a:11211,b'", servers)
  }
  const addresses = list.map(addressOf)
  const names = addresses.map(nameOf)
  const twice = names.find((name, i) => names.indexOf(name) !== i)
  if (twice !== undefined) throw invalid('servers', 'different servers', twice)
  return addresses
}

/** What tells a server from others, and what its share of the keys depends on. */
export function nameOf(address: ServerAddress): string {
  return 'path' in address ? address.path : `${address.host}:${address.port}`
}

export function connectPlain(address: ServerAddress): Socket {
  if ('path' in address) return connect(address.path)
  const { host, port, ip } = address
  return connect({ host: ip ?? host, port, noDelay: true, keepAlive: true })
}

function addressOf(server: unknown): ServerAddress {
  const text = typeof server === 'string' ? server.trim() : ''
  if (text.startsWith('/')) return { path: text }
  const match = pattern.exec(text)
  const host = match?.[1] ?? match?.[2]
  const port = Number(match?.[3] ?? defaultPort)
  if (host === undefined || port < 1 || port > 65_535) {
    throw invalid('servers', "a list of 'host', 'host:port', '[ipv6]:port' or '/path'", server)
  }
  return { host: host.toLowerCase(), port }
}
