import { type Profile, profiles } from '../http/engine/rules.ts'
import { createHttpCache } from '../http/exchange/http-cache.ts'
import { createProxy } from '../http/proxy/proxy.ts'
import { createCache } from '../index.ts'
import { type Command, UsageError } from './command.ts'
import { asUsage, readArguments } from './read-arguments.ts'

const help = `Usage: hotset proxy --origin URL [options]

A reverse proxy with an HTTP cache (RFC 9111): answers what it can, and asks the origin for the rest.
It says when it listens, and runs until it is told to end.

  --origin URL        where requests go: http://127.0.0.1:3000
  --port n            (default 8080; 0 for any that is free)
  --host address      where it listens (default 127.0.0.1; 0.0.0.0 for everybody)
  --store where       memory, or what a cache is given: lmdb:DIR, redis://… (default memory)
  --memory size       of the pages that are kept in memory (default 64mb)
  --profile name      safe, or rfc: all that the RFC allows (default safe)
  --timeout duration  longest wait for the next byte of the origin (default 60s)
  --trust-forwarded   clients are proxies of your own: X-Forwarded-For, X-Forwarded-Proto … count
`

/** RFC 9213: what origins say to caches that are on their side. */
const targets = ['CDN-Cache-Control']

const known = {
  origin: { type: 'string' },
  port: { type: 'string' },
  host: { type: 'string' },
  store: { type: 'string' },
  memory: { type: 'string' },
  profile: { type: 'string' },
  timeout: { type: 'string' },
  'trust-forwarded': { type: 'boolean' },
} as const

export const proxy: Command = {
  name: 'proxy',
  summary: 'a reverse proxy with an HTTP cache in front of a server',
  help,
  async run(args, { stdout }) {
    const { cache, http, server, port, host, said } = asUsage(() => read(args))
    const ended = new Promise<void>((resolve) => {
      for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve())
    })
    const address = await server.listen(port, host)
    const name = address.family === 'IPv6' ? `[${address.address}]` : address.address
    stdout.write(`Listening on http://${name}:${address.port}, ${said}\n`)
    await ended
    await server.close()
    await http.settled()
    await cache.close()
  },
}

function read(args: readonly string[]) {
  const { values, positionals } = readArguments(args, known)
  const { origin, store = 'memory', profile = 'safe', host = '127.0.0.1' } = values
  if (positionals.length > 0) throw new UsageError(`Expected options, got ${positionals[0]}`)
  if (origin === undefined) throw new UsageError('Expected --origin')
  const port = Number(values.port ?? 8080)
  if (!(Number.isInteger(port) && port >= 0 && port < 65_536)) {
    throw new UsageError(`Expected --port to be a number to 65535, got ${values.port}`)
  }
  const cache = createCache({
    name: 'http',
    store: store === 'memory' ? undefined : store,
    memory: { maxWeight: values.memory ?? '64mb' },
  })
  const http = createHttpCache({ cache, profile: profileOf(profile), rules: { targets } })
  const server = createProxy({
    origin,
    cache: http,
    timeout: values.timeout,
    trustForwarded: values['trust-forwarded'],
  })
  const said = `origin ${origin}, store ${store}, profile ${profile}`
  return { cache, http, server, port, host, said }
}

function profileOf(name: string): Profile {
  if (Object.hasOwn(profiles, name)) return name as Profile
  throw new UsageError(
    `Expected --profile to be one of ${Object.keys(profiles).join(', ')}, got ${name}`,
  )
}
