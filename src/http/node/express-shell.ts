import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Duration } from '../../contracts/cache.ts'
import { type PageOptions, type Purging, pageOf, purgingOf } from '../page/page.ts'
import { headOf, targetSaidBy } from './request-head.ts'
import { Shell } from './shell.ts'

/** What of an Express application is made use of. */
export interface ExpressApp {
  (message: IncomingMessage, response: ServerResponse): unknown
  readonly parent?: ExpressApp | undefined
}

/** What of an Express request is made use of. Scheme and host heed the application's `trust proxy`. */
export interface ExpressRequest extends IncomingMessage {
  readonly originalUrl: string
  readonly protocol: string
  readonly host: string
  readonly app: ExpressApp
}

/** The cache in a chain of Express, for its middleware and for what is built on Express. */
export function expressShell<R extends ExpressRequest>(
  ttl: Duration | undefined,
  options: PageOptions<R>,
): { readonly shell: Shell<R>; readonly purging: Purging } {
  const page = pageOf(ttl, options)
  const shell = new Shell<R>({
    page,
    head: (request) => headOf(request, targetSaidBy(request)),
    dispatch: ({ message, response }, { app }) => rootOf(app)(message, response),
  })
  return { shell, purging: purgingOf(page) }
}

/** Where the chain begins: a renewal is to pass by all that the client's request has passed by. */
function rootOf(app: ExpressApp): ExpressApp {
  return app.parent === undefined ? app : rootOf(app.parent)
}
