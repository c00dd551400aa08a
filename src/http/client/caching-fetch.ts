import { expectFunction, expectOptions } from '../../kernel/expect.ts'
import { discard } from '../exchange/fetcher.ts'
import type { HttpRequest, HttpResponse, Origin } from '../message.ts'
import { Aside } from './aside.ts'
import { type CacheMode, cacheModeOf, wireFields } from './cache-mode.ts'
import {
  type ClientCache,
  type ClientOptions,
  clientCache,
  clientOptions,
  namesAnotherHost,
  type Upkeep,
} from './client-cache.ts'
import { isIntact } from './integrity.ts'
import { type Hop, nextHop } from './redirect.ts'
import { decodedReply, webResponse } from './web-response.ts'

/** `fetch`, whoever's. */
export type Fetch = (input: string | URL | Request, init?: RequestInit) => Promise<Response>

/** What a caching `fetch` asks. */
export interface CachingFetchOptions extends ClientOptions {
  /** What asks the network; it must show redirects to `redirect: 'manual'`, as that of servers does. @default globalThis.fetch */
  readonly fetch?: Fetch | undefined
}

const known: ReadonlySet<string> = new Set([...clientOptions, 'fetch'])

/**
 * A `fetch` that keeps what it is answered, by RFC 9111 and the request's `cache` mode. Every response
 * that the cache had a part in says how it came about in `Cache-Status`. Rejects as `fetch` does.
 * Throws a `ConfigError` for options that make no sense.
 */
export function cachingFetch(options: CachingFetchOptions): Fetch & Upkeep {
  expectOptions('client options', options, known)
  const { fetch: network = globalThis.fetch } = options
  expectFunction('fetch', network)
  // A response to POST is not kept: it may have come by redirects that are not seen.
  const cache = clientCache('fetch', ['GET'], options)
  const fetching: Fetch = async (input, init) => {
    const request = requestOf(input, init)
    const { method, signal, integrity, redirect } = request
    signal.throwIfAborted()
    if (init?.body != null || (method !== 'GET' && method !== 'HEAD')) {
      return change(cache, request, () => network(input, init))
    }
    const mode = cacheModeOf(request)
    const elsewhere = namesAnotherHost(request.url, [...request.headers].flat())
    if (mode === undefined || elsewhere) return network(input, init)
    const send = sender(network, request, init)
    for (let hop = firstHop(request); ; ) {
      const response: Response = await ask({ cache, request, mode, send }, hop)
      const next = nextHop(hop, response, redirect)
      if (next === undefined) return integrity ? intact(response, integrity) : response
      response.body?.cancel().catch(() => {})
      hop = next
    }
  }
  const { purge, settled } = cache.upkeep
  return Object.assign(fetching, { purge, settled })
}

/** What is asked, without the body: that is for the network to read. */
function requestOf(input: string | URL | Request, init: RequestInit | undefined): Request {
  if (!(input instanceof Request)) return new Request(input, { ...init, body: null })
  if (input.body === null)
    return init === undefined ? input : new Request(input, { ...init, body: null })
  const { method, headers, signal } = input
  return new Request(input.url, { method, headers, signal, ...init, body: null })
}

function firstHop({ url, headers }: Request): Hop {
  return { url: withoutFragment(url), headers, count: 0 }
}

function withoutFragment(url: string): string {
  const hash = url.indexOf('#')
  return hash < 0 ? url : url.slice(0, hash)
}

type Send = (forwarded: HttpRequest) => Promise<Response>

/** Asks the network for one hop, with all that the caller wants besides: members that are a runtime's own, too. */
function sender(network: Fetch, request: Request, init: RequestInit | undefined): Send {
  const { credentials, keepalive, mode, referrer, referrerPolicy } = request
  const wanted = { ...init, credentials, keepalive, mode, referrer, referrerPolicy }
  return (forwarded) => {
    const sent = {
      ...wanted,
      method: forwarded.method,
      headers: pairs(wireFields(request, forwarded)),
      cache: 'default',
      integrity: '',
      redirect: 'manual',
      signal: forwarded.signal ?? null,
    } as const
    return network(forwarded.url, sent)
  }
}

function pairs(lines: readonly string[]): [string, string][] {
  const list: [string, string][] = []
  for (let i = 0; i < lines.length; i += 2) list.push([lines[i] as string, lines[i + 1] as string])
  return list
}

interface Call {
  readonly cache: ClientCache
  readonly request: Request
  readonly mode: CacheMode
  readonly send: Send
}

/** The answer to one hop, from the cache or through it. */
async function ask({ cache, request, mode, send }: Call, hop: Hop): Promise<Response> {
  const { method, signal } = request
  const { url, count } = hop
  const own = { method, url, headers: [...hop.headers].flat(), signal }
  const source = { url, redirected: count > 0 }
  const now = mode.rules === undefined ? cache.answerNow(own) : undefined
  if (now !== undefined) return webResponse(now, source, signal)
  let alone: Promise<Response> | undefined
  const origin: Origin = async (forwarded) => {
    const sent = send(forwarded)
    if (mode.insists) alone = sent
    const response = await sent
    if (!isForCache(response) || (mode.insists && response.status > 499)) {
      alone = sent
      throw new Aside()
    }
    alone = undefined
    return decodedReply(response, method)
  }
  const asked = { ...own, headers: [...own.headers, ...mode.told] }
  const answer = await present(cache.handle(asked, origin, mode.rules), signal).catch((error) => {
    if (signal.aborted || (alone === undefined && !(error instanceof Aside))) throw error
    return undefined
  })
  if (alone !== undefined) return alone
  if (answer === undefined) return send(own)
  if (mode.offline && answer.status === 504)
    throw new TypeError('fetch failed', { cause: notStored })
  return webResponse(answer, source, signal)
}

const notStored = new Error('Nothing is stored for the request')

/** Whether it is a response as HTTP knows them, and not an opaque one. */
function isForCache({ status }: Response): boolean {
  return status >= 200 && status <= 599
}

/** Something that may change what is stored: it goes to the network as it is. */
async function change(
  cache: ClientCache,
  request: Request,
  send: () => Promise<Response>,
): Promise<Response> {
  const { method, signal } = request
  const url = withoutFragment(request.url)
  const asked = { method, url, headers: [...request.headers].flat(), signal }
  const source = { url, redirected: false }
  const origin: Origin = async () => {
    const response = await send()
    Object.assign(source, { url: response.url, redirected: response.redirected })
    return decodedReply(response, method)
  }
  return webResponse(await present(cache.handle(asked, origin), signal), source, signal)
}

/** Who aborts is not kept waiting, whoever else waits for the same. */
function present(answering: Promise<HttpResponse>, signal: AbortSignal): Promise<HttpResponse> {
  return new Promise((resolve, reject) => {
    const leave = () => reject(signal.reason)
    signal.addEventListener('abort', leave, { once: true })
    answering.then((answer) => {
      signal.removeEventListener('abort', leave)
      if (signal.aborted) discard(answer.body)
      resolve(answer)
    }, reject)
  })
}

/** What is not intact does not arrive (Fetch §4.1). */
async function intact(response: Response, integrity: string): Promise<Response> {
  const bytes = new Uint8Array(await response.arrayBuffer())
  if (!(await isIntact(bytes, integrity))) {
    throw new TypeError('fetch failed', { cause: new Error('The body is not what was announced') })
  }
  const { status, statusText: reason, headers, url, redirected } = response
  const read = { status, reason, headers: [...headers].flat(), body: bytes }
  return webResponse(read, { url, redirected }, new AbortController().signal)
}
