import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Duration } from '../../contracts/cache.ts'
import { expectFunction } from '../../kernel/expect.ts'
import { type PageOptions, type Purging, pageOf, purgingOf } from '../page/page.ts'
import { headOf, targetOf } from './request-head.ts'
import { Shell } from './shell.ts'

/** What `http.createServer` takes, and what Express, Koa and Hono make of an application. */
export type NodeHandler = (message: IncomingMessage, response: ServerResponse) => unknown

/** How a whole application of `node:http` is cached. */
export interface CachedOptions extends PageOptions<IncomingMessage> {
  /** Lifetime of pages that declare none. @default none: they are not cached */
  readonly ttl?: Duration | undefined
  /**
   * Whether a proxy of one's own is in front, whose word on scheme and host counts
   * (`X-Forwarded-Proto`, `X-Forwarded-Host`). @default false
   */
  readonly trustProxy?: boolean | undefined
}

/** A handler behind a cache. What it rejects with is the handler's own error. */
export type CachedHandler = NodeHandler & Purging

/**
 * Puts a cache before a handler of `node:http`, or a whole application: a hit does not reach it.
 * Throws a `ConfigError` for options that make no sense.
 */
export function cached(handler: NodeHandler, options: CachedOptions): CachedHandler {
  expectFunction('handler', handler)
  const { ttl, trustProxy = false, ...pageOptions } = options
  const page = pageOf(ttl, pageOptions)
  const shell = new Shell<IncomingMessage>({
    page,
    head: (message) => headOf(message, targetOf(message, trustProxy)),
    dispatch: ({ message, response }) => answer(message, response),
  })
  const answer = (message: IncomingMessage, response: ServerResponse): unknown =>
    shell.answer(message, response, () => handler(message, response))
  return Object.assign(answer, purgingOf(page))
}
