import type { RequestHead, ResponseHead } from '../message.ts'
import { fieldLines } from './fields.ts'
import { groupsIn } from './tags.ts'
import { normalUrl, sameOriginUrl } from './url.ts'

export interface Invalidation {
  /** Everything that is stored for them, in the normal form of URLs. */
  readonly urls: readonly string[]
  /** As in `Kept.tags`. */
  readonly tags: readonly string[]
}

/** RFC 9110 §9.2.1, and QUERY, which is safe too: what is not known may change anything. */
const safeMethods: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE', 'QUERY'])

/** What an answered request makes invalid (RFC 9111 §4.4, RFC 9875 §3); nothing where it is safe or failed. */
export function invalidated(
  request: RequestHead,
  { status, headers }: ResponseHead,
): Invalidation | undefined {
  if (safeMethods.has(request.method) || status < 200 || status > 399) return undefined
  const urls = new Set([normalUrl(request.url)])
  for (const name of ['location', 'content-location']) {
    for (const reference of fieldLines(headers, name)) {
      const url = sameOriginUrl(reference, request.url)
      if (url !== undefined) urls.add(url)
    }
  }
  return { urls: [...urls], tags: groupsIn(headers, 'cache-group-invalidation', request.url) }
}
