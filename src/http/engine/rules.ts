/** Everything about HTTP caching that is a choice. Durations are milliseconds. */
export interface Rules {
  /** Whether several users are answered from it: `private` is then not stored, and `s-maxage` counts. */
  readonly shared: boolean
  /** Fields that come before `Cache-Control`, the most specific first (RFC 9213 §2.2). */
  readonly targets: readonly string[]
  /** Methods whose responses may be stored to answer GET. POST needs a `Content-Location` of its own URL. */
  readonly methods: readonly string[]
  /** Lifetime of a response that declares none, and the longest of one that does; `undefined`: only what the RFC allows. */
  readonly ttl: number | undefined
  /** Statuses that `ttl` may give a lifetime. */
  readonly statuses: readonly number[]
  /**
   * How long clients may keep what has its lifetime from `ttl`; 0 lets them ask each time. It is `private` where `vary` or
   * `cookies` name what selects it.
   */
  readonly browserTtl: number
  /**
   * Requests with cookies: where the response declares no lifetime, `bypass` neither stores nor serves, and
   * `ignore` takes all for one; a list makes these cookies part of what selects any response, and says `Vary: Cookie`. But for
   * `ignore`, a request with `Authorization` is then bypassed too.
   */
  readonly cookies: 'bypass' | 'ignore' | readonly string[]
  /** Whether what varies on `Cookie` is stored when the request has cookies. */
  readonly storeVaryCookie: boolean
  /** Whether responses that set a cookie are stored, with the cookie. */
  readonly storeSetCookie: boolean
  /** Whether a page whose `Content-Security-Policy` has a nonce is stored: the nonce is then everybody's. */
  readonly storeNonce: boolean
  /** Whether a client may ask for something newer than what is stored (RFC 9111 §5.2.1); `cachePage` never lets it. */
  readonly heedReload: boolean
  /** Whether what is stale, or must be validated before each use, is; without, whatever is stored answers. */
  readonly heedFreshness: boolean
  /** Whether what is stale is served while it is renewed (RFC 5861 §3); without, the client waits. */
  readonly renewInBackground: boolean
  /** How long past its lifetime a response stands in for an origin that cannot be reached (RFC 9111 §4.2.4), or is kept to be validated. */
  readonly staleOnDisconnect: number
  /** Whether the order of languages in `Accept-Language` makes no difference; to many servers it does. */
  readonly normaliseLanguage: boolean
  /** Fields of the request that every response is selected by, besides those in its `Vary`. */
  readonly vary: readonly string[]
  /** Tags of everything that is stored, besides those that a response has. */
  readonly tags: readonly string[]
  /** Responses of one URL that are kept; the newest stay. */
  readonly maxVariants: number
  /** Longest body that is stored, bytes. */
  readonly maxBodyBytes: number
}

/** Whether an HTTP cache is as careful as sites need it (`safe`), or does all that the RFC allows. */
export type Profile = 'safe' | 'rfc'

const safe: Rules = {
  shared: true,
  targets: [],
  methods: ['GET', 'POST'],
  ttl: undefined,
  statuses: [200],
  browserTtl: 0,
  cookies: 'bypass',
  storeVaryCookie: false,
  storeSetCookie: false,
  storeNonce: false,
  heedReload: true,
  heedFreshness: true,
  renewInBackground: true,
  staleOnDisconnect: 86_400_000,
  normaliseLanguage: false,
  vary: [],
  tags: [],
  maxVariants: 32,
  maxBodyBytes: 8 * 1024 * 1024,
}

/** `safe` refuses what has leaked in practice; `rfc` does all that RFC 9111 allows. */
export const profiles: Readonly<Record<Profile, Rules>> = {
  safe,
  rfc: {
    ...safe,
    cookies: 'ignore',
    storeVaryCookie: true,
    storeSetCookie: true,
    storeNonce: true,
    normaliseLanguage: true,
  },
}
