import 'reflect-metadata'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { getRequestListener } from '@hono/node-server'
import { Controller, Get, Inject, Module } from '@nestjs/common'
import { NestFactory } from '@nestjs/core'
import express from 'express'
import fastify from 'fastify'
import { Hono } from 'hono'
import Koa from 'koa'
import { afterEach, describe, expect, test } from 'vitest'
import * as expressShell from '../../../src/http/adapters/express.ts'
import * as fastifyShell from '../../../src/http/adapters/fastify.ts'
import * as fetchShell from '../../../src/http/adapters/fetch.ts'
import * as honoShell from '../../../src/http/adapters/hono.ts'
import * as koaShell from '../../../src/http/adapters/koa.ts'
import * as nestShell from '../../../src/http/adapters/nest.ts'
import { createHttpCache, type HttpCache } from '../../../src/http/exchange/http-cache.ts'
import type { PageVerbs } from '../../../src/http/page/page-verbs.ts'
import { createCache } from '../../../src/index.ts'
import { ask, isHit } from './client.ts'
import { closed, listenOn } from './shells.ts'

const servers: Server[] = []

afterEach(async () => {
  for (const server of servers.splice(0)) await closed(server)
})

type Listener = (message: IncomingMessage, response: ServerResponse) => unknown
type Name = 'neverCache' | 'varyOnCookie' | 'varyOnTenant' | 'cacheControl' | 'conditional'

interface Framework {
  readonly name: string
  /** The chain: a verb and the cache, the one before the other. */
  serve(verb: Name, order: 'outside' | 'inside', page: () => string): Promise<Listener> | Listener
}

const cacheControl = { maxAge: '1m', public: true }
const validators = { etag: () => 'v1', lastModified: () => Date.UTC(2026, 0, 1) }
const cacheOf = () => ({ cache: createHttpCache({ cache: createCache() }) })

function verbOf<V>(verbs: PageVerbs<V>, name: Name, conditional: V): V {
  const all = {
    neverCache: () => verbs.neverCache,
    varyOnCookie: () => verbs.varyOnCookie,
    varyOnTenant: () => verbs.varyOnHeaders('X-Tenant'),
    cacheControl: () => verbs.cacheControl(cacheControl),
    conditional: () => conditional,
  }
  return all[name]()
}

const frameworks: readonly Framework[] = [
  {
    name: 'Express',
    serve(name, order, page) {
      const app = express()
      const verb = verbOf(expressShell, name, expressShell.conditional(validators))
      const cache = expressShell.cachePage('1h', cacheOf())
      app.get('/', ...(order === 'outside' ? [verb, cache] : [cache, verb]), ((_, response) => {
        response.send(page())
      }) as express.RequestHandler)
      return app
    },
  },
  {
    name: 'Koa',
    serve(name, order, page) {
      const app = new Koa()
      const verb = verbOf(koaShell, name, koaShell.conditional(validators))
      const cache = koaShell.cachePage('1h', cacheOf())
      for (const each of order === 'outside' ? [verb, cache] : [cache, verb]) app.use(each)
      app.use((context) => {
        context.body = page()
      })
      return app.callback()
    },
  },
  {
    name: 'Fastify',
    async serve(name, order, page) {
      let listener: Listener = () => {}
      const app = fastify({
        serverFactory: (handle) => {
          listener = handle
          return createServer()
        },
      })
      const verb = verbOf(fastifyShell, name, fastifyShell.conditional(validators))
      const { preHandler, onSend } = fastifyShell.cachePage('1h', cacheOf())
      const before = order === 'outside' ? [verb, preHandler] : [preHandler, verb]
      app.get('/', { preHandler: before, onSend }, async () => page())
      await app.ready()
      return listener
    },
  },
  {
    name: 'Hono',
    serve(name, order, page) {
      const app = new Hono()
      const verb = verbOf(honoShell, name, honoShell.conditional(validators))
      const cache = honoShell.cachePage('1h', cacheOf())
      for (const each of order === 'outside' ? [verb, cache] : [cache, verb]) app.use(each)
      app.get('/', (context) => context.text(page()))
      return getRequestListener(app.fetch)
    },
  },
  {
    name: 'fetch',
    serve(name, order, page) {
      const verb = verbOf(fetchShell, name, fetchShell.conditional(validators))
      const cache = fetchShell.cachePage('1h', cacheOf())
      const handler = () => new Response(page())
      return getRequestListener(order === 'outside' ? verb(cache(handler)) : cache(verb(handler)))
    },
  },
]

describe.each(frameworks)('$name', ({ serve }) => {
  describe.each(['outside', 'inside'] as const)('%s of the cache', (order) => {
    async function open(name: Name): Promise<string> {
      let made = 0
      const listener = await serve(name, order, () => `page ${++made}`)
      const server = createServer((message, response) => listener(message, response))
      servers.push(server)
      return listenOn(server)
    }

    test('neverCache', async () => {
      const url = await open('neverCache')
      await ask(url)
      const second = await ask(url)
      expect(second.text).toBe('page 2')
      expect(second.headers['cache-control']).toBe(
        'max-age=0, no-cache, no-store, must-revalidate, private',
      )
    })

    test('varyOnHeaders', async () => {
      const url = await open('varyOnTenant')
      const asTenant = (tenant: string) => ask(url, { headers: { 'X-Tenant': tenant } })
      const texts: string[] = []
      for (const tenant of ['a', 'b', 'a', 'b']) {
        const got = await asTenant(tenant)
        expect(got.headers.vary).toBe('X-Tenant')
        texts.push(got.text)
      }
      expect(texts).toEqual(['page 1', 'page 2', 'page 1', 'page 2'])
    })

    test('varyOnCookie', async () => {
      const url = await open('varyOnCookie')
      await ask(url)
      const other = await ask(url, { headers: { Cookie: 'a=1' } })
      expect([other.text, other.headers.vary]).toEqual(['page 2', 'Cookie'])
      expect((await ask(url)).text).toBe('page 1')
    })

    test('cacheControl', async () => {
      const url = await open('cacheControl')
      await ask(url)
      const hit = await ask(url)
      expect([isHit(hit), hit.text]).toEqual([true, 'page 1'])
      expect(hit.headers['cache-control']).toBe('max-age=60, public')
    })

    test('conditional', async () => {
      const url = await open('conditional')
      const first = await ask(url)
      expect([first.status, first.text]).toEqual([200, 'page 1'])
      expect(first.headers.etag).toBe('"v1"')
      const same = await ask(url, { headers: { 'If-None-Match': '"v1"' } })
      expect([same.status, same.text, same.headers.etag]).toEqual([304, '', '"v1"'])
      const changed = await ask(url, { headers: { 'If-Match': '"v0"' } })
      expect([changed.status, changed.text]).toEqual([412, ''])
    })
  })
})

describe('Nest', () => {
  async function open(decorate: (pages: object, method: PropertyDescriptor) => void) {
    let made = 0
    let guarded = 0
    let seen: HttpCache | undefined
    class Pages {
      constructor(http: HttpCache) {
        seen = http
      }
      page(): string {
        return `page ${++made}`
      }
    }
    class Application {}
    const method = Object.getOwnPropertyDescriptor(Pages.prototype, 'page') as PropertyDescriptor
    Get('/')(Pages.prototype, 'page', method)
    decorate(Pages.prototype, method)
    Inject(nestShell.HTTP_CACHE)(Pages, undefined as never, 0)
    Controller()(Pages)
    const { cache } = cacheOf()
    const forRoot = nestShell.HttpCacheModule.forRoot({ cache })
    Module({ imports: [forRoot], controllers: [Pages] })(Application)
    const app = await NestFactory.create(Application, { logger: false })
    app.useGlobalGuards({ canActivate: () => ++guarded > 0 })
    await app.init()
    const listener: Listener = app.getHttpAdapter().getInstance()
    const server = createServer((message, response) => listener(message, response))
    servers.push(server)
    return { url: await listenOn(server), cache, guarded: () => guarded, seen: () => seen }
  }

  test('@CachePage on a method, with the cache of the module, behind the guards', async () => {
    const { url, cache, guarded, seen } = await open((pages, method) =>
      nestShell.CachePage('1h')(pages, 'page', method),
    )
    expect((await ask(url)).text).toBe('page 1')
    const hit = await ask(url)
    expect([hit.text, isHit(hit), guarded()]).toEqual(['page 1', true, 2])
    expect(seen()).toBe(cache)
    await cache.purge({ url: `${url}/` })
    expect((await ask(url)).text).toBe('page 2')
  })

  test('the other decorators', async () => {
    const { url } = await open((pages, method) => {
      nestShell.CachePage('1h')(pages, 'page', method)
      nestShell.VaryOnHeaders('X-Tenant')(pages, 'page', method)
      nestShell.CacheControl({ maxAge: '1m' })(pages, 'page', method)
      nestShell.Conditional(validators)(pages, 'page', method)
    })
    await ask(url)
    const hit = await ask(url)
    expect([isHit(hit), hit.headers.vary, hit.headers.etag]).toEqual([true, 'X-Tenant', '"v1"'])
    expect(hit.headers['cache-control']).toBe('max-age=60')
    expect((await ask(url, { headers: { 'X-Tenant': 'a' } })).text).toBe('page 2')
    expect((await ask(url, { headers: { 'If-Match': '"v0"' } })).status).toBe(412)
  })

  test('@NeverCache', async () => {
    const { url } = await open((pages, method) => {
      nestShell.CachePage('1h')(pages, 'page', method)
      nestShell.NeverCache()(pages, 'page', method)
    })
    await ask(url)
    expect((await ask(url)).text).toBe('page 2')
  })
})
