import 'reflect-metadata'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Readable } from 'node:stream'
import { getRequestListener } from '@hono/node-server'
import { All, Controller, Module, Req, Res } from '@nestjs/common'
import { NestFactory } from '@nestjs/core'
import express from 'express'
import fastify from 'fastify'
import { Hono } from 'hono'
import Koa from 'koa'
import * as expressShell from '../../../src/http/adapters/express.ts'
import * as fastifyShell from '../../../src/http/adapters/fastify.ts'
import * as fetchShell from '../../../src/http/adapters/fetch.ts'
import * as honoShell from '../../../src/http/adapters/hono.ts'
import * as koaShell from '../../../src/http/adapters/koa.ts'
import * as nestShell from '../../../src/http/adapters/nest.ts'
import { createHttpCache, type HttpCache } from '../../../src/http/exchange/http-cache.ts'
import { cached } from '../../../src/http/node/cached.ts'
import type { PageOptions } from '../../../src/http/page/page.ts'
import { createCache } from '../../../src/index.ts'

/** A request, as the handlers of all frameworks are shown it. */
export interface Asked {
  readonly method: string
  /** Path and query. */
  readonly path: string
  header(name: string): string | undefined
}

/** What a handler answers, in the framework's own way. */
export interface Reply {
  readonly status?: number
  readonly headers?: Readonly<Record<string, string | readonly string[]>>
  readonly body?: string | Uint8Array | AsyncIterable<Uint8Array>
}

/** Fails by throwing, before it answers or while its body is sent. */
export type Handler = (asked: Asked) => Reply | Promise<Reply>

export interface SiteOptions {
  readonly ttl?: number | string | undefined
  readonly page?: Omit<PageOptions<never>, 'cache' | 'tags' | 'variant'>
  readonly http?: HttpCache
  /** Fields that something in the chain sets before the cache runs. */
  readonly before?: (asked: Asked) => Readonly<Record<string, string>>
  /** Fields that something in the chain sets after the cache ran, and before the handler does. */
  readonly after?: (asked: Asked) => Readonly<Record<string, string>>
}

export interface Site {
  readonly url: string
  readonly http: HttpCache
  close(): Promise<void>
}

/** Where the cache is in a chain of others, and not before or around all of it. */
export interface ShellCase {
  readonly name: string
  readonly inChain: boolean
  /** Whether a stale page is renewed without a client that waits. */
  readonly renews: boolean
  open(handler: Handler, options?: SiteOptions): Promise<Site>
}

const none = (): Readonly<Record<string, string>> => ({})

export const shells: readonly ShellCase[] = [
  {
    name: 'node:http',
    inChain: false,
    renews: true,
    open: (handler, options = {}) =>
      listening(options, (http) => {
        const plain = (message: IncomingMessage, response: ServerResponse) =>
          answerOnNode(handler, message, response)
        return cached(plain, { ...pageOf(options, http), ttl: options.ttl })
      }),
  },
  {
    name: 'Express',
    inChain: true,
    renews: true,
    open: (handler, options = {}) =>
      listening(options, (http) => {
        const { before = none, after = none } = options
        const app = express()
        const setting =
          (fields: NonNullable<SiteOptions['before']>): express.RequestHandler =>
          (request, response, next) => {
            response.set(fields(askedOfNode(request)))
            next()
          }
        app.use(setting(before))
        app.use(
          options.ttl === undefined
            ? expressShell.httpCache(pageOf(options, http))
            : expressShell.cachePage(options.ttl, pageOf(options, http)),
        )
        app.use(setting(after))
        app.use(async (request, response) => {
          const { status = 200, headers = {}, body = '' } = await handler(askedOfNode(request))
          response.status(status).set(fieldsOf(headers))
          if (body instanceof Uint8Array) response.send(Buffer.from(body))
          else if (typeof body === 'string') response.send(body)
          else piped(body, response)
        })
        app.use(((_error, _request, response, next) => {
          if (response.headersSent) next(_error)
          else response.status(500).send('failed')
        }) as express.ErrorRequestHandler)
        return app
      }),
  },
  {
    name: 'Fastify',
    inChain: true,
    renews: true,
    open: (handler, options = {}) =>
      listening(options, async (http) => {
        const { before = none, after = none } = options
        let handle: (message: IncomingMessage, response: ServerResponse) => void = () => {}
        const app = fastify({
          serverFactory: (listener) => {
            handle = listener
            return createServer()
          },
        })
        const page =
          options.ttl === undefined
            ? fastifyShell.httpCache(pageOf(options, http))
            : fastifyShell.cachePage(options.ttl, pageOf(options, http))
        app.addContentTypeParser('*', async () => undefined)
        app.addHook('onRequest', async (request, reply) => {
          reply.headers(before(askedOfNode(request.raw)))
        })
        app.register(fastifyShell.everyRoute(page))
        app.all('/*', async (request, reply) => {
          const asked = askedOfNode(request.raw)
          reply.headers(after(asked))
          const { status = 200, headers = {}, body = '' } = await handler(asked)
          reply.code(status).headers(fieldsOf(headers))
          const parts = typeof body !== 'string' && !(body instanceof Uint8Array)
          return reply.send(parts ? Readable.from(body, { objectMode: false }) : body)
        })
        await app.ready()
        return handle
      }),
  },
  {
    name: 'Koa',
    inChain: true,
    renews: true,
    open: (handler, options = {}) =>
      listening(options, (http) => {
        const { before, after = none } = options
        const app = new Koa()
        app.silent = true
        // Where nothing is before it, the cache answers otherwise.
        if (before !== undefined) {
          app.use(async (context, next) => {
            context.set(before(askedOfNode(context.req)))
            await next()
          })
        }
        app.use(
          options.ttl === undefined
            ? koaShell.httpCache(pageOf(options, http))
            : koaShell.cachePage(options.ttl, pageOf(options, http)),
        )
        app.use(async (context) => {
          const asked = askedOfNode(context.req)
          context.set(after(asked))
          const { status = 200, headers = {}, body = '' } = await handler(asked)
          const parts = typeof body !== 'string' && !(body instanceof Uint8Array)
          if (parts) context.body = Readable.from(body, { objectMode: false })
          else context.body = typeof body === 'string' ? body : Buffer.from(body)
          context.status = status
          context.set(fieldsOf(headers))
        })
        return app.callback()
      }),
  },
  {
    name: 'Hono',
    inChain: true,
    renews: false,
    open: (handler, options = {}) =>
      listening(options, (http) => {
        const { before, after = none } = options
        const app = new Hono()
        // Where nobody has read the request's fields, the cache reads them otherwise.
        if (before !== undefined) {
          app.use(async (context, next) => {
            const fields = before(askedOfWeb(context.req.raw))
            for (const [name, value] of Object.entries(fields)) context.header(name, value)
            await next()
          })
        }
        app.use(
          options.ttl === undefined
            ? honoShell.httpCache(pageOf(options, http))
            : honoShell.cachePage(options.ttl, pageOf(options, http)),
        )
        app.all('*', async (context) => {
          const asked = askedOfWeb(context.req.raw)
          for (const [name, value] of Object.entries(after(asked))) context.header(name, value)
          return answerOnWeb(handler, asked)
        })
        app.onError((_, context) => context.text('failed', 500))
        return getRequestListener(app.fetch)
      }),
  },
  {
    name: 'Nest',
    inChain: true,
    renews: true,
    open: (handler, options = {}) =>
      listening(options, async (http) => {
        const { before = none, after = none } = options
        class Pages {
          async all(request: express.Request, response: express.Response): Promise<unknown> {
            const asked = askedOfNode(request)
            response.set(after(asked))
            const { status = 200, headers = {}, body = '' } = await handler(asked)
            response.status(status).set(fieldsOf(headers))
            if (body instanceof Uint8Array) response.send(Buffer.from(body))
            else if (typeof body === 'string') response.send(body)
            else piped(body, response)
            return undefined
          }
        }
        class Application {}
        const method = Object.getOwnPropertyDescriptor(Pages.prototype, 'all') as PropertyDescriptor
        All('{*path}')(Pages.prototype, 'all', method)
        Req()(Pages.prototype, 'all', 0)
        Res()(Pages.prototype, 'all', 1)
        Controller()(Pages)
        const { ttl } = options
        const forRoot = nestShell.HttpCacheModule.forRoot({ ...pageOf(options, http), ttl })
        Module({ imports: [forRoot], controllers: [Pages] })(Application)
        const app = await NestFactory.create(Application, { logger: false })
        app.use((request: express.Request, response: express.Response, next: () => void) => {
          response.set(before(askedOfNode(request)))
          next()
        })
        if (ttl === undefined) {
          app.useGlobalInterceptors(nestShell.pageInterceptor(undefined, pageOf(options, http)))
        }
        await app.init()
        return app.getHttpAdapter().getInstance()
      }),
  },
  {
    name: 'fetch',
    inChain: false,
    renews: true,
    open: (handler, options = {}) =>
      listening(options, (http) => {
        const wrap =
          options.ttl === undefined
            ? fetchShell.httpCache(pageOf(options, http))
            : fetchShell.cachePage(options.ttl, pageOf(options, http))
        const answer = wrap((request) => answerOnWeb(handler, askedOfWeb(request)))
        return getRequestListener(answer, {
          errorHandler: () => new Response('failed', { status: 500 }),
        })
      }),
  },
]

/** The options of a page, whose request no handler looks at. */
function pageOf({ page }: SiteOptions, http: HttpCache) {
  return { ...page, cache: http }
}

type Listener = (message: IncomingMessage, response: ServerResponse) => unknown

async function listening(
  options: SiteOptions,
  make: (http: HttpCache) => Listener | Promise<Listener>,
): Promise<Site> {
  const http = options.http ?? createHttpCache({ cache: createCache() })
  const listener = await make(http)
  const server = createServer((message, response) => {
    Promise.resolve(listener(message, response)).catch(() => {
      if (response.headersSent) response.destroy()
      else response.writeHead(500).end('failed')
    })
  })
  return { url: await listenOn(server), http, close: () => closed(server) }
}

export async function listenOn(server: Server): Promise<string> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

export async function closed(server: Server): Promise<void> {
  server.close()
  server.closeAllConnections()
}

function askedOfNode({ method = 'GET', url = '/', headers }: IncomingMessage): Asked {
  return { method, path: url, header: (name) => headers[name]?.toString() }
}

function askedOfWeb({ method, url, headers }: Request): Asked {
  const { pathname, search } = new URL(url)
  return { method, path: pathname + search, header: (name) => headers.get(name) ?? undefined }
}

async function answerOnNode(
  handler: Handler,
  message: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { status = 200, headers = {}, body = '' } = await handler(askedOfNode(message))
  response.writeHead(status, fieldsOf(headers))
  if (typeof body === 'string' || body instanceof Uint8Array) response.end(body)
  else piped(body, response)
}

function fieldsOf(headers: NonNullable<Reply['headers']>): Record<string, string | string[]> {
  return headers as Record<string, string | string[]>
}

/** As an application would that knows of failures: its response is cut off. */
function piped(body: AsyncIterable<Uint8Array>, response: ServerResponse): void {
  const parts = Readable.from(body, { objectMode: false })
  parts.once('error', () => response.destroy())
  parts.pipe(response)
}

async function answerOnWeb(handler: Handler, asked: Asked): Promise<Response> {
  const { status = 200, headers = {}, body = '' } = await handler(asked)
  const fields = new Headers()
  for (const [name, value] of Object.entries(headers)) {
    for (const line of [value].flat()) fields.append(name, line)
  }
  const empty = status === 204 || status === 304
  const whole = typeof body === 'string' || body instanceof Uint8Array
  const sent = whole ? body : Readable.toWeb(Readable.from(body))
  return new Response(empty ? null : (sent as BodyInit), { status, headers: fields })
}
