/** One request of those that a redirected one becomes. */
export interface Hop {
  readonly url: string
  readonly headers: Headers
  /** How many there were before it. */
  readonly count: number
}

const redirects: ReadonlySet<number> = new Set([301, 302, 303, 307, 308])
const mostHops = 20
/** What one origin is told of the user is not told to another. */
const ofOneOrigin = ['authorization', 'cookie', 'host', 'proxy-authorization']

/**
 * Where a GET or HEAD is to be sent on to (Fetch §4.4, HTTP-redirect fetch); `undefined` where the
 * response is the answer. Throws the `TypeError` of a network error.
 */
export function nextHop(hop: Hop, response: Response, mode: Request['redirect']): Hop | undefined {
  if (!redirects.has(response.status) || mode === 'manual') return undefined
  if (mode === 'error') throw failed('there is a redirect, which the request excludes')
  const location = response.headers.get('location')
  if (location === null) return undefined
  if (!URL.canParse(location, hop.url)) throw failed('it is redirected to no URL')
  const target = new URL(location, hop.url)
  if (!/^https?:$/.test(target.protocol)) throw failed(`it is redirected to ${target.protocol}`)
  if (target.username !== '' || target.password !== '') throw failed('the redirect has credentials')
  if (hop.count === mostHops) throw failed(`there were ${mostHops} redirects`)
  const headers = new Headers(hop.headers)
  if (target.origin !== new URL(hop.url).origin) {
    for (const name of ofOneOrigin) headers.delete(name)
  }
  target.hash = ''
  return { url: target.href, headers, count: hop.count + 1 }
}

function failed(why: string): TypeError {
  return new TypeError('fetch failed', { cause: new Error(`The answer cannot be had: ${why}`) })
}
