import { once } from 'node:events'
import { type Profile, profiles } from '../http/engine/rules.ts'
import { createHttpCache } from '../http/exchange/http-cache.ts'
import { createProxy } from '../http/proxy/proxy.ts'
import { createCache } from '../index.ts'
import { asUsage } from './as-usage.ts'
import { type Command, command, UsageError, type Values } from './command.ts'
import { jsonText } from './printable.ts'

/** RFC 9213: what origins say to caches that are on their side. */
const targets = ['CDN-Cache-Control']

const flags = {
  origin: { value: 'URL', help: 'where requests go: http://127.0.0.1:3000' },
  port: { value: 'n', help: 'where it listens (default 8080; 0 for any that is free)' },
  host: {
    value: 'address',
    help: 'where it listens (default 127.0.0.1; 0.0.0.0 for everybody)',
  },
  store: {
    value: 'where',
    help: 'memory, or what a cache is given: lmdb:DIR, redis://… (default memory)',
  },
  memory: { value: 'size', help: 'of the pages that are kept in memory (default 64mb)' },
  profile: {
    value: 'name',
    choices: Object.keys(profiles),
    help: 'rfc is all that the RFC allows (default safe)',
  },
  timeout: {
    value: 'duration',
    help: 'longest wait for the next byte of the origin (default 60s)',
  },
  'trust-forwarded': {
    help: 'clients are proxies of your own: X-Forwarded-For, X-Forwarded-Proto … count',
  },
  json: { help: 'the line that says where it listens is {url, origin, store, profile}' },
} as const

/**
 * A reverse proxy with an HTTP cache: see [the guide](../guides/proxy.md). It prints a line when it
 * listens, and runs until `SIGINT` or `SIGTERM`. With a token in the environment as
 * `HOTSET_PURGE_TOKEN` it answers `PURGE` to who sends it as `Authorization: Bearer`.
 */
export const proxy: Command = command({
  details: `
A reverse proxy with an HTTP cache (RFC 9111): answers what it can, and asks the origin for the rest.
It says when it listens, and runs until it is told to end. With a token in HOTSET_PURGE_TOKEN it answers
PURGE to who sends that as Authorization: Bearer.`,
  flags,
  async run(_, values, { stdout, env, interrupted }) {
    const { cache, http, server, port, host, said } = asUsage(() =>
      read(values, env.HOTSET_PURGE_TOKEN),
    )
    const ended = once(interrupted(), 'abort')
    const address = await server.listen(port, host)
    const name = address.family === 'IPv6' ? `[${address.address}]` : address.address
    const url = `http://${name}:${address.port}`
    const { origin, store, profile } = said
    const line = values.json
      ? jsonText({ url, ...said })
      : `Listening on ${url}, origin ${origin}, store ${store}, profile ${profile}`
    stdout.write(`${line}\n`)
    await ended
    await server.close()
    await http.settled()
    await cache.close()
  },
})

function read(values: Values<typeof flags>, purgeToken: string | undefined) {
  const { origin, store = 'memory', profile = 'safe', host = '127.0.0.1' } = values
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
    purgeToken,
  })
  return { cache, http, server, port, host, said: { origin, store, profile } }
}

function profileOf(name: string): Profile {
  if (Object.hasOwn(profiles, name)) return name as Profile
  throw new UsageError(
    `Expected --profile to be one of ${Object.keys(profiles).join(', ')}, got ${name}`,
  )
}
