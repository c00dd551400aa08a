import { ConfigError } from '../../kernel/errors.ts'

export interface RedisLocation {
  readonly kind: 'single' | 'cluster' | 'sentinel'
  /** Servers to ask first: all of a cluster or all sentinels need not be named. */
  readonly nodes: readonly { readonly host: string; readonly port: number }[]
  readonly tls: boolean
  readonly username: string | undefined
  readonly password: string | undefined
  readonly database: number
  /** What sentinels call the primary; otherwise ''. */
  readonly primary: string
  /** The URL without its password, for messages. */
  readonly shown: string
}

const form =
  /^(?:redis|valkey)(s?)(?:\+(cluster|sentinel))?:\/\/(?:([^@/:]*)(?::([^@/]*))?@)?([^@/?#]+)(?:\/([^?#]*))?$/
const expected =
  'redis://[[user]:password@]host[:port][/database], redis+cluster://host[,host] or redis+sentinel://host[,host]/name; rediss for TLS, valkey for redis'

/** Understands the URL of a server, of a cluster, or of the sentinels that know where a server is. */
export function redisLocation(url: string): RedisLocation {
  const match = form.exec(url.replace(/^(redis|valkey)s/, '$1s'))
  const [, secure, kind = 'single', username, password, hosts = '', path = ''] = match ?? []
  const [first = '', second] = path.split('/')
  const [primary, database] = kind === 'sentinel' ? [first, second ?? ''] : ['', first]
  const shown = url.replace(/^([^:]*:\/\/)[^@/]*@/, '$1')
  const wellFormed =
    match !== null &&
    /^\d*$/.test(database) &&
    (kind !== 'single' || !hosts.includes(',')) &&
    (kind !== 'cluster' || Number(database) === 0) &&
    (kind !== 'sentinel' || primary !== '')
  const nodes = wellFormed
    ? hosts.split(',').map((host) => nodeOf(host, kind === 'sentinel' ? 26_379 : 6379))
    : []
  if (!wellFormed || nodes.includes(undefined)) {
    throw new ConfigError(`Expected \`url\` to be ${expected}, got "${shown}"`)
  }
  return {
    kind: kind as RedisLocation['kind'],
    nodes: nodes.filter((node) => node !== undefined),
    tls: secure === 's',
    username: username ? decodeURIComponent(username) : undefined,
    password: password ? decodeURIComponent(password) : undefined,
    database: Number(database),
    primary: decodeURIComponent(primary),
    shown,
  }
}

function nodeOf(text: string, standard: number): { host: string; port: number } | undefined {
  const match = /^(?:\[([^\]]+)\]|([^:]+))(?::(\d+))?$/.exec(text)
  const port = Number(match?.[3] ?? standard)
  if (match === null || port < 1 || port > 65_535) return undefined
  return { host: match[1] ?? (match[2] as string), port }
}
