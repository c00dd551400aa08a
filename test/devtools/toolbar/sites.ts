import 'reflect-metadata'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Readable } from 'node:stream'
import { getRequestListener } from '@hono/node-server'
import { All, Controller, Module, Req, Res } from '@nestjs/common'
import { NestFactory } from '@nestjs/core'
import express from 'express'
import fastify from 'fastify'
import { Hono, type MiddlewareHandler } from 'hono'
import Koa from 'koa'
import { onTestFinished } from 'vitest'
import type { Toolbar } from '../../../src/devtools/toolbar.ts'
import * as expressShell from '../../../src/http/adapters/express.ts'
import * as fastifyShell from '../../../src/http/adapters/fastify.ts'
import * as honoShell from '../../../src/http/adapters/hono.ts'
import * as koaShell from '../../../src/http/adapters/koa.ts'
import * as nestShell from '../../../src/http/adapters/nest.ts'
import type { HttpCache } from '../../../src/http/exchange/http-cache.ts'

export interface Reply {
  readonly status?: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | AsyncIterable<Uint8Array>
}

/** What the application answers to a path with its query. */
export type Handler = (path: string) => Reply | Promise<Reply>

export interface SiteOptions {
  /** Where a page cache is in the chain, if there is one. */
  readonly pages?: { readonly http: HttpCache; readonly order: 'toolbar first' | 'cache first' }
}

/** How one framework is given a toolbar. */
export interface SiteCase {
  readonly name: string
  /** Whether a page cache that comes first lets the toolbar see all that it answers. */
  readonly seesHits: boolean
  /** A server, to the end of the test; answers its URL. */
  open(bar: Toolbar, handler: Handler, options?: SiteOptions): Promise<string>
}

/** In the order in which they come in the chain; `undefined` for what is not there. */
function inOrder<T>(bar: T, { pages }: SiteOptions, page: (http: HttpCache) => T): T[] {
  if (pages === undefined) return [bar]
  const both = [bar, page(pages.http)]
  return pages.order === 'toolbar first' ? both : both.reverse()
}

export const sites: readonly SiteCase[] = [
  {
    name: 'Express',
    seesHits: false,
    open(bar, handler, options = {}) {
      const app = express()
      const chain = inOrder<express.RequestHandler>(bar.express(), options, (cache) =>
        expressShell.cachePage('1h', { cache }),
      )
      for (const each of chain) app.use(each)
      app.use((request, response) => answerOnExpress(handler, request, response))
      return listening(app)
    },
  },
  {
    name: 'Fastify',
    seesHits: true,
    async open(bar, handler, options = {}) {
      let handle: Listener = () => {}
      const app = fastify({
        serverFactory: (listener) => {
          handle = listener
          return createServer()
        },
      })
      const plugins = inOrder(
        () => app.register(bar.fastify),
        options,
        (cache) => () =>
          app.register(fastifyShell.everyRoute(fastifyShell.cachePage('1h', { cache }))),
      )
      for (const register of plugins) register()
      app.all('/*', async (request, reply) => {
        const { status = 200, headers = {}, body = '' } = await handler(request.url)
        reply.code(status).headers(headers)
        return reply.send(typeof body === 'string' ? body : Readable.from(body))
      })
      await app.ready()
      return listening(handle)
    },
  },
  {
    name: 'Koa',
    seesHits: false,
    open(bar, handler, options = {}) {
      const app = new Koa()
      app.silent = true
      const chain = inOrder<Koa.Middleware>(bar.koa(), options, (cache) =>
        koaShell.cachePage('1h', { cache }),
      )
      for (const each of chain) app.use(each)
      app.use(async (context) => {
        const { status = 200, headers = {}, body = '' } = await handler(context.url)
        context.body = typeof body === 'string' ? body : Readable.from(body)
        context.status = status
        context.set(headers)
      })
      return listening(app.callback())
    },
  },
  {
    name: 'Hono',
    seesHits: false,
    open(bar, handler, options = {}) {
      const app = new Hono()
      const chain = inOrder<MiddlewareHandler>(bar.hono(), options, (cache) =>
        honoShell.cachePage('1h', { cache }),
      )
      for (const each of chain) app.use(each)
      app.onError((_, context) => context.text('failed', 500))
      app.all('*', async (context) => {
        const { pathname, search } = new URL(context.req.url)
        const { status = 200, headers = {}, body = '' } = await handler(pathname + search)
        const sent = typeof body === 'string' ? body : Readable.toWeb(Readable.from(body))
        const isEmpty = status === 204 || status === 304
        return new Response(isEmpty ? null : (sent as BodyInit), { status, headers })
      })
      return listening(getRequestListener(app.fetch))
    },
  },
  {
    name: 'Nest',
    // Interceptors, which cache pages, come after all middleware.
    seesHits: true,
    async open(bar, handler, options = {}) {
      class Pages {
        all(request: express.Request, response: express.Response): Promise<void> {
          return answerOnExpress(handler, request, response)
        }
      }
      class Application {}
      const method = Object.getOwnPropertyDescriptor(Pages.prototype, 'all') as PropertyDescriptor
      All('{*path}')(Pages.prototype, 'all', method)
      Req()(Pages.prototype, 'all', 0)
      Res()(Pages.prototype, 'all', 1)
      Controller()(Pages)
      Module({ controllers: [Pages] })(Application)
      const app = await NestFactory.create(Application, { logger: false })
      app.use(bar.nest())
      if (options.pages !== undefined) {
        app.useGlobalInterceptors(nestShell.pageInterceptor('1h', { cache: options.pages.http }))
      }
      await app.init()
      return listening(app.getHttpAdapter().getInstance())
    },
  },
]

async function answerOnExpress(
  handler: Handler,
  request: express.Request,
  response: express.Response,
): Promise<void> {
  const { status = 200, headers = {}, body = '' } = await handler(request.originalUrl)
  response.status(status).set(headers)
  if (typeof body === 'string') response.send(body)
  else Readable.from(body).pipe(response)
}

export type Listener = (message: IncomingMessage, response: ServerResponse) => unknown

/** Serves to the end of the test; answers the URL. */
export async function listening(listener: Listener): Promise<string> {
  const server = createServer((message, response) => void listener(message, response))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.close()
    server.closeAllConnections()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}
