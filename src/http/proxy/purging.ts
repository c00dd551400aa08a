import { timingSafeEqual } from 'node:crypto'
import { sha256 } from '../../kernel/sha256.ts'
import { fieldLines, fieldValue, listMembers } from '../engine/fields.ts'
import type { HttpCache, Purge } from '../exchange/http-cache.ts'
import type { RequestHead } from '../message.ts'

/** Whether whoever sent the request knows the token (RFC 6750 §2.1). */
export function mayPurge(head: RequestHead, token: string): boolean {
  const [, given] = /^Bearer +(\S+)$/i.exec(fieldValue(head.headers, 'authorization') ?? '') ?? []
  // Of one length, so that how long it takes says nothing of the token.
  const [one, other] = [given ?? '', token].map((text) => Buffer.from(sha256(text)))
  return given !== undefined && timingSafeEqual(one as Buffer, other as Buffer)
}

/**
 * Purges what a `PURGE` is about, as content delivery networks have it: what has the tags in its
 * `Surrogate-Key` or `Cache-Tag`, or else its URL; softly with `Soft-Purge: 1`.
 */
export async function purge(head: RequestHead, cache: HttpCache): Promise<void> {
  const { headers, url } = head
  const keys = fieldLines(headers, 'surrogate-key').flatMap((line) => line.split(/[ \t]+/))
  const tags = [...keys, ...listMembers(fieldValue(headers, 'cache-tag'))].filter(Boolean)
  const soft = ['soft-purge', 'fastly-soft-purge'].some((name) => fieldValue(headers, name) === '1')
  const purges: Purge[] = tags.length > 0 ? tags.map((tag) => ({ tag })) : [{ url }]
  await Promise.all(purges.map((what) => cache.purge(what, { soft })))
}
