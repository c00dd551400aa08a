import type { Cache } from '../../contracts/cache.ts'
import type { Clock } from '../../contracts/clock.ts'
import { sha256 } from '../../kernel/sha256.ts'
import { fieldLines, fieldValue, withoutFields } from '../engine/fields.ts'
import { type Profile, profiles, type Rules } from '../engine/rules.ts'
import { createHttpCache, type HttpCache } from '../exchange/http-cache.ts'
import type { FieldLines, HttpRequest, HttpResponse, Origin, RequestHead } from '../message.ts'

/** How a client caches what it is answered. */
export interface ClientOptions {
  /** Where responses are kept: memory, and what is behind it. */
  readonly cache: Cache
  /** Whether several users are answered from it, as by a proxy: `private` is then not stored. @default false */
  readonly shared?: boolean | undefined
  /** `safe` refuses what has leaked in practice; `rfc` does all that RFC 9111 allows. @default 'safe' */
  readonly profile?: Profile | undefined
  /** Choices that differ from the profile's. */
  readonly rules?: Partial<Omit<Rules, 'shared' | 'methods'>> | undefined
  /** How this cache calls itself in `Cache-Status` (RFC 9211). @default 'hotset' */
  readonly name?: string | undefined
  /** Begins the keys, for several clients on one cache that are to share nothing. @default '' */
  readonly keyPrefix?: string | undefined
  /** Tells the time. @default the system's */
  readonly clock?: Clock | undefined
}

export const clientOptions: readonly string[] = [
  'cache',
  'shared',
  'profile',
  'rules',
  'name',
  'keyPrefix',
  'clock',
]

/** What a client can do besides asking. */
export type Upkeep = Pick<HttpCache, 'purge' | 'settled'>

/** An HTTP cache on the client's side. */
export interface ClientCache {
  readonly upkeep: Upkeep
  /** A complete answer from memory, in this turn. */
  answerNow(request: RequestHead): HttpResponse | undefined
  /** As that of `HttpCache`. */
  handle(request: HttpRequest, origin: Origin, overrides?: Partial<Rules>): Promise<HttpResponse>
}

/** The name of what is no field, and selects a response as if it were: none can be called so. */
const callerField = 'hotset caller'
const ofCaller: ReadonlySet<string> = new Set([callerField])
const setCookie: ReadonlySet<string> = new Set(['set-cookie'])

/**
 * What is kept by one kind of client is not found by another: one has decoded bodies, the other has
 * not, and what is private must never be where others look.
 */
export function clientCache(
  kind: 'fetch' | 'undici',
  methods: readonly string[],
  options: ClientOptions,
): ClientCache {
  const { cache, clock, name, profile = 'safe', shared = false, keyPrefix = '' } = options
  // A private cache is one user's (RFC 9111 §1.2.3); a server that asks for many has many users.
  const tellsApart = !shared && profile === 'safe'
  const vary = [...(options.rules?.vary ?? []), ...(tellsApart ? [callerField] : [])]
  const rules = { ...profiles[profile], ...options.rules, shared, methods, vary }
  const prefix = `${kind} ${shared ? 'shared' : 'private'} ${keyPrefix}:`
  const http = createHttpCache({ cache, clock, name, profile, rules, keyPrefix: prefix })
  const seen = <R extends RequestHead>(request: R): R =>
    tellsApart ? { ...request, headers: [...request.headers, ...callerOf(request)] } : request
  return {
    upkeep: http,
    answerNow: (request) => http.answerNow(seen(request)),
    async handle(request, origin, overrides) {
      const cookies: string[] = []
      const asked: Origin = async (forwarded) => {
        const headers = withoutFields(forwarded.headers, ofCaller)
        const reply = await origin({ ...forwarded, headers })
        if (!rules.storeSetCookie) return reply
        // A cookie is set once, by who brings it: from the cache it would undo those set since.
        if (!forwarded.background) cookies.push(...cookiesOf(reply))
        return { ...reply, headers: withoutFields(reply.headers, setCookie) }
      }
      const answer = await http.handle(seen(request), asked, overrides)
      return cookies.length === 0 ? answer : { ...answer, headers: [...answer.headers, ...cookies] }
    },
  }
}

/** Whether the field `Host` names another than is asked: what it answers is not what the URL is. */
export function namesAnotherHost(url: string, headers: FieldLines): boolean {
  const host = fieldValue(headers, 'host')
  return host !== undefined && host.toLowerCase() !== new URL(url).host
}

/** Who asks, as a line by which responses are told apart; the store gets no token to read. */
function callerOf({ headers }: RequestHead): readonly string[] {
  const authorization = fieldValue(headers, 'authorization')
  const cookie = fieldValue(headers, 'cookie')
  if (authorization === undefined && cookie === undefined) return []
  return [callerField, sha256(JSON.stringify([authorization ?? null, cookie ?? null]))]
}

function cookiesOf({ headers }: HttpResponse): string[] {
  return fieldLines(headers, 'set-cookie').flatMap((cookie) => ['Set-Cookie', cookie])
}
