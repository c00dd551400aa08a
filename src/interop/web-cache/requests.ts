import { listMembers } from '../../http/engine/fields.ts'

/** How a request is compared with those that responses are kept for (`CacheQueryOptions`). */
export interface WebQuery {
  /** Whatever follows `?` counts for nothing. @default false */
  readonly ignoreSearch?: boolean
  /** Requests that are no GET are answered as if they were. @default false */
  readonly ignoreMethod?: boolean
  /** What the response says in `Vary` counts for nothing. @default false */
  readonly ignoreVary?: boolean
}

/** A request that a response is kept for. */
export interface KeptRequest {
  readonly url: string
  readonly headers: readonly (readonly [string, string])[]
  /** The fields that the response varies on. */
  readonly vary: readonly string[]
}

export function requestOf(request: Request | URL | string): Request {
  return request instanceof Request ? request : new Request(request)
}

/** Throws a `TypeError` for what no response can be kept for (§5.4.4, §5.4.5). */
export function expectRequest({ method, url }: Request): void {
  if (method !== 'GET' || !/^https?:/.test(url)) {
    throw new TypeError(`Expected a GET of http: or https:, got ${method} "${url}"`)
  }
}

/** Throws a `TypeError` for a response that cannot be kept (§5.4.5). */
export function expectStorable(response: Response): void {
  if (response.status === 206) throw new TypeError('Expected a whole response, got a part (206)')
  if (response.status === 0) throw new TypeError('Expected a response, got an error')
  if (varyOf(response).includes('*'))
    throw new TypeError('Expected no `Vary: *` in a response to keep')
  if (response.bodyUsed || response.body?.locked === true) {
    throw new TypeError('Expected a response whose body nobody has read')
  }
}

export function varyOf({ headers }: Response): string[] {
  return listMembers(headers.get('vary') ?? undefined).map((name) => name.toLowerCase())
}

/** Whether a response that is kept for `kept` answers the request ("request matches cached item"). */
export function answers(kept: KeptRequest, request: Request, query: WebQuery): boolean {
  if (!query.ignoreMethod && request.method !== 'GET') return false
  if (comparable(kept.url, query) !== comparable(request.url, query)) return false
  if (query.ignoreVary) return true
  const headers = new Headers(kept.headers.map(([name, value]) => [name, value]))
  return kept.vary.every((name) => headers.get(name) === request.headers.get(name))
}

function comparable(url: string, { ignoreSearch }: WebQuery): string {
  const parts = new URL(url)
  parts.hash = ''
  if (ignoreSearch) parts.search = ''
  return parts.href
}
