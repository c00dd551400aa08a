import type { Cache, Duration } from '../contracts/cache.ts'
import type { Clock } from '../contracts/clock.ts'
import { expectFunction, expectOptions } from '../kernel/expect.ts'
import { sha256 } from '../kernel/sha256.ts'
import { systemClock } from '../kernel/system-clock.ts'
import { forEver } from './exact-life.ts'
import { KeyList } from './key-list.ts'
import { RequestResponses } from './web-cache/request-responses.ts'
import { expectRequest, expectStorable, requestOf, type WebQuery } from './web-cache/requests.ts'

export type { WebQuery } from './web-cache/requests.ts'

/** The `Cache` of the Service Worker specification (§5.4). */
export interface WebCache {
  match(request: Request | URL | string, options?: WebQuery): Promise<Response | undefined>
  matchAll(request?: Request | URL | string, options?: WebQuery): Promise<readonly Response[]>
  add(request: Request | URL | string): Promise<void>
  /** Stores all that is fetched, or nothing. */
  addAll(requests: Iterable<Request | URL | string>): Promise<void>
  put(request: Request | URL | string, response: Response): Promise<void>
  delete(request: Request | URL | string, options?: WebQuery): Promise<boolean>
  keys(request?: Request | URL | string, options?: WebQuery): Promise<readonly Request[]>
}

/** The `CacheStorage` of the Service Worker specification (§5.5), for `globalThis.caches`. */
export interface WebCaches {
  match(
    request: Request | URL | string,
    options?: WebQuery & { readonly cacheName?: string },
  ): Promise<Response | undefined>
  has(name: string): Promise<boolean>
  open(name: string): Promise<WebCache>
  delete(name: string): Promise<boolean>
  /** In the order in which they were opened first. */
  keys(): Promise<string[]>
}

/** Where responses are kept, and for how long. */
export interface WebCachesOptions {
  /** Where responses are kept: in the namespace `web` of it. */
  readonly cache: Cache
  /** Time for which a response is kept; a function decides for each. @default null: until it is evicted */
  readonly ttl?: Duration | null | ((response: Response) => Duration | null) | undefined
  /** What `add` and `addAll` ask. @default the runtime's */
  readonly fetch?: ((request: Request) => Promise<Response>) | undefined
  /** Tells the time. @default the system's */
  readonly clock?: Clock | undefined
}

const known: ReadonlySet<string> = new Set<keyof WebCachesOptions>([
  'cache',
  'ttl',
  'fetch',
  'clock',
])

/**
 * The caches of the Web for servers, shared by all processes that share the cache. As with a browser,
 * no `Set-Cookie` is kept. Throws a `ConfigError` for options that make no sense.
 */
export function webCaches(options: WebCachesOptions): WebCaches {
  expectOptions('webCaches', options, known)
  const { cache, ttl = null, clock = systemClock } = options
  const { fetch = (request) => globalThis.fetch(request) } = options
  expectFunction('fetch', fetch)
  const lifetime = typeof ttl === 'function' ? ttl : () => ttl
  const root = cache.namespace('web')
  const directory = root.namespace('names')
  const list = new KeyList(directory)
  /** One object for all that open a name: what it writes to a shelf, it writes in order. */
  const opened = new Map<string, RequestResponses>()
  const spaceOf = (name: string): Cache => root.namespace(`c${sha256(name)}`)
  const cacheOf = (name: string): WebCache => {
    const responses = opened.get(name) ?? new RequestResponses(spaceOf(name), clock, lifetime)
    opened.set(name, responses)
    return webCache(responses, fetch)
  }

  async function names(): Promise<string[]> {
    const entries = await list.entries<number>(prefix)
    return entries.sort(([, a], [, b]) => a - b).map(([key]) => key.slice(prefix.length))
  }

  return {
    async match(request, { cacheName, ...query } = {}) {
      for (const name of cacheName === undefined ? await names() : [cacheName]) {
        if (!(await directory.has(prefix + name))) continue
        const response = await cacheOf(name).match(request, query)
        if (response !== undefined) return response
      }
      return undefined
    },
    has: (name) => directory.has(prefix + name),
    async open(name) {
      if (!(await directory.has(prefix + name))) {
        const order = await root.increment('opened', 1, { ...forEver, initial: 0 })
        await directory.add(prefix + name, order, forEver)
        await list.note(prefix + name)
      }
      return cacheOf(name)
    },
    async delete(name) {
      if (!(await directory.delete(prefix + name))) return false
      opened.delete(name)
      await spaceOf(name).clear()
      return true
    },
    keys: names,
  }
}

/** Begins the names in the directory: one may be empty. */
const prefix = ':'

function webCache(
  responses: RequestResponses,
  fetch: (request: Request) => Promise<Response>,
): WebCache {
  const addAll = async (wanted: Iterable<Request | URL | string>): Promise<void> => {
    const requests = [...wanted].map(requestOf)
    requests.forEach(expectRequest)
    const fetched = await Promise.all(
      requests.map(async (request) => {
        const response = await fetch(request.clone())
        if (!response.ok)
          throw new TypeError(`Expected "${request.url}" to be answered, got ${response.status}`)
        expectStorable(response)
        return [request, response] as const
      }),
    )
    await responses.putAll(fetched)
  }
  return {
    match: async (request, query) => (await responses.find(requestOf(request), query, 1))[0],
    matchAll: async (request, query) =>
      responses.find(request === undefined ? undefined : requestOf(request), query),
    add: (request) => addAll([request]),
    addAll,
    async put(wanted, response) {
      const request = requestOf(wanted)
      expectRequest(request)
      expectStorable(response)
      await responses.putAll([[request, response]])
    },
    delete: async (request, query) => responses.delete(requestOf(request), query),
    keys: async (request, query) =>
      responses.requests(request === undefined ? undefined : requestOf(request), query),
  }
}
