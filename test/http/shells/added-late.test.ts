import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http'
import { getRequestListener } from '@hono/node-server'
import express from 'express'
import fastify from 'fastify'
import { Hono } from 'hono'
import Koa from 'koa'
import { afterEach, describe, expect, test } from 'vitest'
import { cachePage as expressPage } from '../../../src/http/adapters/express.ts'
import { everyRoute, cachePage as fastifyPage } from '../../../src/http/adapters/fastify.ts'
import { cachePage as honoPage } from '../../../src/http/adapters/hono.ts'
import { cachePage as koaPage } from '../../../src/http/adapters/koa.ts'
import { createHttpCache, type HttpCache } from '../../../src/http/exchange/http-cache.ts'
import { cached } from '../../../src/http/node/cached.ts'
import { createCache } from '../../../src/index.ts'
import { fakeClock } from '../../../src/testing/index.ts'
import { gate } from '../gate.ts'
import { ask, isHit } from './client.ts'
import { closed, listenOn } from './shells.ts'

const servers: ReturnType<typeof createServer>[] = []

afterEach(async () => {
  for (const server of servers.splice(0)) await closed(server)
})

type Fields = Readonly<Record<string, string>>
/** What the handler answers, and what others add to the head once the cache has answered. */
interface Chain {
  readonly http: HttpCache
  page(): string | Promise<string>
  late(): Fields
}
type Listener = (message: IncomingMessage, response: ServerResponse) => unknown

/** Has the fields set when the head is written, as middlewares for Node's responses do. */
function whenWritten(
  { late }: Chain,
  response: ServerResponse,
  way: 'fields' | 'arguments' = 'fields',
): void {
  const { writeHead } = response
  response.writeHead = ((...args: unknown[]) => {
    if (way === 'fields') response.setHeaders(new Map(Object.entries(late())))
    const added = way === 'fields' ? [] : [{ ...(args[1] as object), ...late() }]
    return Reflect.apply(writeHead, response, [args[0], ...added])
  }) as ServerResponse['writeHead']
}

const chains: Readonly<Record<string, (chain: Chain) => Listener | Promise<Listener>>> = {
  'node:http': (chain) => {
    const handler = async (_: unknown, response: ServerResponse) =>
      void response.end(await chain.page())
    const page = cached(handler, { cache: chain.http, ttl: '1h' })
    return (message, response) => {
      whenWritten(chain, response)
      return page(message, response)
    }
  },
  Express: (chain) => {
    const app = express()
    app.use((_, response, next) => {
      whenWritten(chain, response, 'arguments')
      next()
    })
    app.use(expressPage('1h', { cache: chain.http }))
    app.use(async (_, response) => void response.send(await chain.page()))
    return app
  },
  'Koa, after the cache has answered': ({ http, page, late }) => {
    const app = new Koa()
    app.use(async (context, next) => {
      await next()
      context.set(late())
    })
    app.use(koaPage('1h', { cache: http }))
    app.use(async (context) => {
      context.body = await page()
    })
    return app.callback()
  },
  'Koa, when the head is written': (chain) => {
    const app = new Koa()
    app.use(async (context, next) => {
      whenWritten(chain, context.res)
      await next()
    })
    app.use(koaPage('1h', { cache: chain.http }))
    app.use(async (context) => {
      context.body = await chain.page()
    })
    return app.callback()
  },
  'Fastify, in a hook after the cache’s': async ({ http, page, late }) => {
    let handle: Listener = () => {}
    const app = fastify({
      serverFactory: (listener) => {
        handle = listener
        return createServer()
      },
    })
    app.register(everyRoute(fastifyPage('1h', { cache: http })))
    app.register(async (site) => {
      site.addHook('onSend', async (_, reply, payload) => {
        reply.headers(late())
        return payload
      })
      site.get('/', async () => page())
    })
    await app.ready()
    return (message, response) => handle(message, response)
  },
  'Fastify, when the head is written': async (chain) => {
    let handle: Listener = () => {}
    const app = fastify({
      serverFactory: (listener) => {
        handle = listener
        return createServer()
      },
    })
    app.addHook('onRequest', async (_, reply) => whenWritten(chain, reply.raw, 'arguments'))
    app.register(everyRoute(fastifyPage('1h', { cache: chain.http })))
    app.register(async (site) => {
      site.get('/', async () => chain.page())
    })
    await app.ready()
    return (message, response) => handle(message, response)
  },
  'Hono, after the cache has answered': ({ http, page, late }) => {
    const app = new Hono()
    app.use(async (context, next) => {
      await next()
      for (const [name, value] of Object.entries(late())) context.header(name, value)
    })
    app.use(honoPage('1h', { cache: http }))
    app.get('/', async (context) => context.text(await page()))
    return getRequestListener(app.fetch)
  },
}

async function serve(way: string, chain: Omit<Chain, 'http'>) {
  const http = createHttpCache({ cache: createCache() })
  const listener = await chains[way]?.({ ...chain, http })
  const server = createServer((message, response) => void listener?.(message, response))
  servers.push(server)
  return { http, url: await listenOn(server) }
}

describe.each(Object.keys(chains))('%s', (way) => {
  test.each<Fields>([
    { 'Set-Cookie': 'token=1' },
    { 'Cache-Control': 'private' },
    { 'Cache-Control': 'no-store' },
    { Vary: '*' },
  ])('with %j a page is nobody else’s', async (fields) => {
    let made = 0
    const { url, http } = await serve(way, { page: () => `page ${++made}`, late: () => fields })
    const [[name = '', value] = []] = Object.entries(fields)
    for (const n of [1, 2, 3]) {
      const got = await ask(url)
      expect([got.text, `${got.headers[name.toLowerCase()]}`]).toEqual([
        `page ${n}`,
        expect.stringContaining(`${value}`),
      ])
      await http.settled()
    }
  })

  test('those who wait for it make their own', async () => {
    let made = 0
    const held = gate()
    const page = async () => {
      const n = ++made
      await held.promise
      return `page ${n}`
    }
    const { url } = await serve(way, { page, late: () => ({ 'Set-Cookie': `token=${made}` }) })
    const all = Promise.all(Array.from({ length: 5 }, () => ask(url)))
    held.open()
    expect(new Set((await all).map(({ text }) => text)).size).toBe(5)
  })

  test('what else is added keeps nothing out of the cache, and is of the moment', async () => {
    let n = 0
    const late = () => ({ 'X-Count': `${++n}`, Vary: 'Accept-Encoding' })
    const { url, http } = await serve(way, { page: () => 'page', late })
    await ask(url)
    await http.settled()
    const hit = await ask(url)
    expect([isHit(hit), hit.headers['x-count']]).toEqual([true, '2'])
  })

  test('a client that goes before it is answered leaves nothing of its own behind', async () => {
    let made = 0
    const inside = gate()
    const held = gate()
    const gone = gate()
    const page = async () => {
      const n = ++made
      if (n > 1) return `page ${n}`
      inside.open()
      await held.promise
      return 'page 1'
    }
    const http = createHttpCache({ cache: createCache() })
    const late = () => ({ 'Set-Cookie': `token=${made}` })
    const listener = await chains[way]?.({ page, late, http })
    const server = createServer((message, response) => {
      response.once('close', () => gone.open())
      void Promise.resolve(listener?.(message, response)).catch(() => {})
    })
    servers.push(server)
    const url = await listenOn(server)
    const leaving = request(url)
    leaving.on('error', () => {})
    leaving.end()
    await inside.promise
    leaving.destroy()
    await gone.promise
    held.open()
    await http.settled()
    expect((await ask(url)).text).toBe('page 2')
    expect((await ask(url)).text).toBe('page 3')
  })
})

// Nobody comes before the cache of a renewal where it is around all; and Hono renews nothing.
const renewing = Object.keys(chains).filter((way) => !/^(?:node:http|Hono)/.test(way))

describe.each(renewing)('%s', (way) => {
  test('a renewal to which a cookie is added renews nothing', async () => {
    let made = 0
    let cookie: Fields = {}
    const clock = fakeClock()
    const http = createHttpCache({ cache: createCache({ clock }), clock })
    const page = () => `page ${++made}`
    const listener = await chains[way]?.({ page, late: () => cookie, http })
    const server = createServer((message, response) => {
      response.setHeader('Cache-Control', 'max-age=60, stale-while-revalidate=600')
      return void listener?.(message, response)
    })
    servers.push(server)
    const url = await listenOn(server)
    await ask(url)
    await http.settled()
    clock.advance(61_000)
    cookie = { 'Set-Cookie': 'token=1' }
    for (const _ of [1, 2]) {
      expect((await ask(url)).text).toBe('page 1')
      await http.settled()
    }
    expect(made).toBe(2)
    cookie = {}
    clock.advance(11_000)
    await ask(url)
    await http.settled()
    expect((await ask(url)).text).toBe('page 3')
  })
})
