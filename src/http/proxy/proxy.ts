import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { waitingTime } from '../../kernel/duration.ts'
import { ConfigError } from '../../kernel/errors.ts'
import { expectOptions, invalid } from '../../kernel/expect.ts'
import type { HttpCache } from '../exchange/http-cache.ts'
import { Gateway } from './gateway.ts'
import { Upstream } from './upstream.ts'

/** What the proxy stands before, and where it keeps pages. */
export interface ProxyOptions {
  /** Where requests go that the cache does not answer: scheme, host and port, such as `http://127.0.0.1:3000`. */
  readonly origin: string
  /** Answers what it can. */
  readonly cache: HttpCache
  /** Longest wait for the next byte of the origin, in milliseconds or as `'30s'`. @default '60s' */
  readonly timeout?: number | string | undefined
  /**
   * Whether clients are proxies of one's own, whose word on who asked them counts (`X-Forwarded-For`,
   * `X-Forwarded-Proto`, `Forwarded` …); else that is taken out of requests. @default false
   */
  readonly trustForwarded?: boolean | undefined
  /**
   * Who sends it as `Authorization: Bearer …` may purge: `PURGE /path`, or with `Surrogate-Key` or
   * `Cache-Tag` what has those tags; with `Soft-Purge: 1` softly. At least 16 characters. @default
   * none: `PURGE` goes to the origin like any other method
   */
  readonly purgeToken?: string | undefined
}

const known: ReadonlySet<string> = new Set<keyof ProxyOptions>([
  'origin',
  'cache',
  'timeout',
  'trustForwarded',
  'purgeToken',
])

/** A reverse proxy with a cache. */
export interface Proxy {
  /** Answers requests from here on; resolves with where. */
  listen(port: number, host: string): Promise<AddressInfo>
  /** Answers what has been asked, and no more. */
  close(): Promise<void>
}

/** Makes a reverse proxy. Throws a `ConfigError` for options that make no sense. */
export function createProxy(options: ProxyOptions): Proxy {
  expectOptions('proxy options', options, known)
  const { origin, cache, timeout = '60s', trustForwarded = false, purgeToken } = options
  const url = originUrl(origin)
  if (purgeToken !== undefined && !/^\S{16,}$/.test(purgeToken)) {
    // What it is stays out of messages.
    throw new ConfigError('Expected `purgeToken` to be 16 characters or more, and no spaces')
  }
  const upstream = new Upstream(url, expectTimeout(timeout))
  const gateway = new Gateway({ upstream, cache, host: url.host, trustForwarded, purgeToken })
  const server = createServer()
  server.on('request', (message, response) => gateway.answer(message, response))
  server.on('checkContinue', (message, response) => gateway.answer(message, response))
  server.on('upgrade', (message, socket, early) => {
    gateway.upgrade(message, socket, early, (same) => server.emit('connection', same))
  })
  server.on('connect', (_, socket) => gateway.connect(socket))
  return {
    listen: (port, host) => listening(server, port, host),
    async close() {
      const closed = once(server, 'close')
      server.close()
      await closed
      upstream.close()
    },
  }
}

/** As long as timers go: Node's take anything longer for nothing. */
function expectTimeout(timeout: number | string): number {
  const ms = waitingTime('timeout', timeout)
  if (ms < 1 || ms >= 2 ** 31) throw invalid('timeout', 'between 1 ms and 24 days', timeout)
  return ms
}

function originUrl(origin: string): URL {
  const url = URL.canParse(origin) ? new URL(origin) : undefined
  const plain = url?.pathname === '/' && url.search === '' && url.username === ''
  if (!url || !plain || !/^https?:$/.test(url.protocol)) {
    throw invalid('origin', 'http:// or https:// with a host and no path', origin)
  }
  return url
}

async function listening(server: Server, port: number, host: string): Promise<AddressInfo> {
  server.listen(port, host)
  await once(server, 'listening')
  return server.address() as AddressInfo
}
