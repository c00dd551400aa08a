import { expectFunction, expectOptions } from '../../kernel/expect.ts'
import { isNotModified } from '../engine/answer.ts'
import { isStronglySame } from '../engine/entity-tag.ts'
import { listMembers } from '../engine/fields.ts'
import { formatHttpDate, parseHttpDate } from '../engine/http-date.ts'
import { requestFields } from '../engine/request-fields.ts'
import type { RequestHead } from '../message.ts'
import type { HeadPatch } from './head-patches.ts'

type MaybePromise<T> = T | Promise<T>

/** What tells whether a resource has changed, without making the response; `R` is the framework's request. */
export interface ConditionalOptions<R> {
  /** The entity tag, with its quotes or without; `undefined` where there is none. @default none */
  readonly etag?: ((request: R) => MaybePromise<string | undefined>) | undefined
  /** When it was last changed, as a date or milliseconds since the epoch. @default not known */
  readonly lastModified?: ((request: R) => MaybePromise<Date | number | undefined>) | undefined
}

const known: ReadonlySet<string> = new Set<keyof ConditionalOptions<never>>([
  'etag',
  'lastModified',
])

/** The validators of a resource, and what they make of a request. */
export interface Condition {
  readonly etag: string | undefined
  readonly lastModified: string | undefined
  /** What the request is to be answered with before a handler runs; `undefined` where it is to run. */
  readonly status: 304 | 412 | undefined
}

/** Throws a `ConfigError` for options that make no sense. */
export function conditionOf<R>(
  options: ConditionalOptions<R>,
): (request: R, head: RequestHead, now: number) => Promise<Condition> {
  expectOptions('conditional options', options, known)
  const { etag: etagOf, lastModified: modifiedOf } = options
  if (etagOf !== undefined) expectFunction('etag', etagOf)
  if (modifiedOf !== undefined) expectFunction('lastModified', modifiedOf)
  return async (request, head, now) => {
    const tag = await etagOf?.(request)
    const modified = await modifiedOf?.(request)
    const etag = tag === undefined || /^(?:W\/)?"/.test(tag) ? tag : `"${tag}"`
    const lastModified = modified === undefined ? undefined : formatHttpDate(Number(modified))
    return { etag, lastModified, status: statusOf(etag, lastModified, head, now) }
  }
}

/** Tells the validators of what is answered well, where the handler has none of its own. */
export function tellCondition({ etag, lastModified }: Condition): HeadPatch {
  return (head) => {
    if ((head.status < 200 || head.status > 299) && head.status !== 304) return
    if (etag !== undefined && head.get('etag') === undefined) head.set('ETag', etag)
    if (lastModified !== undefined && head.get('last-modified') === undefined) {
      head.set('Last-Modified', lastModified)
    }
  }
}

/** RFC 9110 §13.2.2. */
function statusOf(
  etag: string | undefined,
  lastModified: string | undefined,
  { method, headers }: RequestHead,
  now: number,
): 304 | 412 | undefined {
  const asked = requestFields(headers)
  if (isUnmet(asked, etag, lastModified, now)) return 412
  const reading = method === 'GET' || method === 'HEAD'
  // §13.1.3: a date alone is a condition for reading, and needs one to compare with.
  if (!reading && asked.ifNoneMatch === undefined) return undefined
  if (asked.ifNoneMatch === undefined && lastModified === undefined) return undefined
  const present = { status: 200, etag, lastModified, date: now }
  if (asked.ifNoneMatch === '*' && etag === undefined && lastModified === undefined)
    return undefined
  if (!isNotModified(present, asked, now)) return undefined
  return reading ? 304 : 412
}

/** Whether what the client takes to be there has been changed since (§13.1.1, §13.1.4). */
function isUnmet(
  { ifMatch, ifUnmodifiedSince }: ReturnType<typeof requestFields>,
  etag: string | undefined,
  lastModified: string | undefined,
  now: number,
): boolean {
  if (ifMatch !== undefined) {
    if (ifMatch === '*') return etag === undefined && lastModified === undefined
    return !listMembers(ifMatch).some((tag) => isStronglySame(tag, etag))
  }
  const since = parseHttpDate(ifUnmodifiedSince ?? '', now)
  const modified = parseHttpDate(lastModified ?? '', now)
  return since !== undefined && modified !== undefined && modified > since
}
