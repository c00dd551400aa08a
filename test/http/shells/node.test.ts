import { once } from 'node:events'
import {
  createServer,
  type IncomingMessage,
  request,
  type Server,
  type ServerResponse,
} from 'node:http'
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { getRequestListener } from '@hono/node-server'
import expressApp from 'express'
import fastifyApp from 'fastify'
import { Hono } from 'hono'
import Koa from 'koa'
import { afterEach, describe, expect, test } from 'vitest'
import * as express from '../../../src/http/adapters/express.ts'
import * as fastify from '../../../src/http/adapters/fastify.ts'
import * as fetching from '../../../src/http/adapters/fetch.ts'
import * as hono from '../../../src/http/adapters/hono.ts'
import * as koa from '../../../src/http/adapters/koa.ts'
import { createHttpCache, type HttpCache } from '../../../src/http/exchange/http-cache.ts'
import { type CachedOptions, cached, type NodeHandler } from '../../../src/http/node/cached.ts'
import { createCache } from '../../../src/index.ts'
import { fakeClock } from '../../../src/testing/index.ts'
import { gate } from '../gate.ts'
import { ask, isHit } from './client.ts'
import { closed, listenOn, shells } from './shells.ts'

const servers: Server[] = []

afterEach(async () => {
  for (const server of servers.splice(0)) await closed(server)
})

async function serve(
  handler: NodeHandler,
  options: Partial<CachedOptions> = {},
): Promise<{ url: string; http: HttpCache }> {
  const http = createHttpCache({ cache: createCache() })
  const listener = cached(handler, { cache: http, ttl: '1h', ...options })
  const server = createServer((message, response) => listener(message, response))
  servers.push(server)
  return { url: await listenOn(server), http }
}

describe('what an application writes', () => {
  const ways: Readonly<Record<string, (response: ServerResponse) => void>> = {
    'end alone': (response) => response.end('page'),
    'setHeader and end': (response) => {
      response.setHeader('X-One', ['1', '2'])
      response.statusCode = 203
      response.end(Buffer.from('page'))
    },
    'writeHead with an object': (response) => {
      response.writeHead(200, { 'X-One': ['1', '2'], 'Content-Length': 4 })
      response.end('page')
    },
    'writeHead with a list and a reason': (response) => {
      response.writeHead(200, 'Fine', ['X-One', '1', 'X-One', '2'])
      response.end('page')
    },
    'writeHead with a list of pairs': (response) => {
      response.writeHead(200, [
        ['X-One', '1'],
        ['X-One', '2'],
        ['Content-Length', '4'],
      ] as never)
      response.end('page')
    },
    'fields when the head has gone': (response) => {
      response.write('a page ')
      const changes = [
        () => response.setHeader('X-One', '1'),
        () => response.appendHeader('X-One', '1'),
        () => response.removeHeader('X-One'),
      ]
      for (const change of changes) {
        try {
          change()
          response.write('changed ')
        } catch (error) {
          response.write(`${(error as { code?: string }).code} `)
        }
      }
      response.end()
    },
    'write and end with encodings': (response) => {
      response.write('7061', 'hex')
      response.end('Z2U=', 'base64')
    },
    'a late end': (response) => {
      response.write('pa', () => response.end('ge'))
    },
    'nothing at all': (response) => response.end(),
    'no content': (response) => response.writeHead(204).end(),
    'flushed early': (response) => {
      response.flushHeaders()
      setImmediate(() => response.end('page'))
    },
  }

  test.each(Object.keys(ways))('%s: the same with the cache as without', async (way) => {
    const write = ways[way] as (response: ServerResponse) => void
    const plain = createServer((_, response) => write(response))
    servers.push(plain)
    const expected = await ask(await listenOn(plain))
    const { url, http } = await serve((_, response) => write(response), {
      statuses: [200, 203, 204],
    })
    const miss = await ask(url)
    await http.settled()
    const hit = await ask(url)
    expect(isHit(hit)).toBe(true)
    for (const got of [miss, hit]) {
      expect([got.status, got.text]).toEqual([expected.status, expected.text])
      expect(got.headers['x-one']).toEqual(expected.headers['x-one'])
    }
  })

  test('the application finds its response as it would be without the cache', async () => {
    const seen: unknown[] = []
    const { url } = await serve(async (_, response) => {
      const state = () => [response.headersSent, response.writableEnded]
      seen.push(state())
      response.writeHead(200)
      seen.push(state())
      response.end('page')
      seen.push(state())
      await once(response, 'finish')
      seen.push('finished')
    })
    await ask(url)
    expect(seen).toEqual([[false, false], [true, false], [true, true], 'finished'])
  })

  test('interim responses and trailers pass; a hit announces no trailer', async () => {
    const { url, http } = await serve((_, response) => {
      response.writeEarlyHints({ link: '</a.css>; rel=preload' })
      response.writeHead(200, { Trailer: 'X-Sum' })
      response.write('page')
      response.addTrailers({ 'X-Sum': '1' })
      response.end()
    })
    const sent = request(url).end()
    const hints = once(sent, 'information')
    const [answer] = (await once(sent, 'response')) as [IncomingMessage]
    expect([(await hints)[0].statusCode, await text(answer)]).toEqual([103, 'page'])
    expect([answer.headers.trailer, answer.trailers]).toEqual(['X-Sum', { 'x-sum': '1' }])
    await http.settled()
    const hit = await ask(url)
    expect([isHit(hit), hit.text, hit.headers.trailer]).toEqual([true, 'page', undefined])
  })

  test('an application that gives up midway, or says more than it sends, is not stored', async () => {
    for (const fail of [
      (response: ServerResponse) => {
        response.write('begun', () => response.destroy())
      },
      (response: ServerResponse) => {
        response.writeHead(200, { 'Content-Length': 10 })
        response.write('begun', () => response.socket?.destroy())
      },
    ]) {
      let made = 0
      const { url } = await serve((_, response) => {
        if (++made === 1) fail(response)
        else response.end('page')
      })
      await expect(ask(url)).rejects.toThrow()
      expect([(await ask(url)).text, (await ask(url)).text, made]).toEqual(['page', 'page', 2])
    }
  })

  test('who waited with a client that has gone is answered by a run of his own', async () => {
    let runs = 0
    const inside = gate()
    const { url } = await serve(async ({ method }, response) => {
      if (method === 'OPTIONS' || ++runs > 1) {
        response.end('page')
        return
      }
      inside.open()
      // As one that sees no sense in answering nobody.
      await once(response, 'close')
    })
    const leaving = request(url).end()
    leaving.on('error', () => {})
    await inside.promise
    const waiting = ask(url)
    for (const n of [1, 2, 3]) await ask(`${url}/${n}`, { method: 'OPTIONS' })
    leaving.destroy()
    expect([(await waiting).text, runs]).toEqual(['page', 2])
  })

  test('a handler that fails when it has answered rejects, as without the cache', async () => {
    const failed: unknown[] = []
    const listener = cached(
      async (_, response) => {
        response.end('page')
        throw new Error('late')
      },
      { cache: createCache(), ttl: '1h' },
    )
    const server = createServer((message, response) => {
      Promise.resolve(listener(message, response)).catch((error) => failed.push(error))
    })
    servers.push(server)
    const url = await listenOn(server)
    expect((await ask(url)).text).toBe('page')
    expect((await ask(url)).text).toBe('page')
    expect(failed).toEqual([new Error('late')])
  })

  test('a slow client holds the application back', async () => {
    const part = Buffer.alloc(256 * 1024)
    let written = 0
    const { url } = await serve(async (_, response) => {
      // More than is kept: from there on it goes as fast as the client takes it.
      for (let i = 0; i < 400; i++) {
        written += part.length
        if (!response.write(part)) await once(response, 'drain')
      }
      response.end()
    })
    const sent = request(url).end()
    const [answer] = (await once(sent, 'response')) as [IncomingMessage]
    let received = 0
    let lead = 0
    for await (const chunk of answer) {
      lead = Math.max(lead, written - received)
      received += (chunk as Buffer).length
    }
    expect([received, written]).toEqual([400 * part.length, 400 * part.length])
    expect(lead).toBeLessThan(200 * part.length)
  })
})

test('every shell can purge', () => {
  const cache = createHttpCache({ cache: createCache() })
  for (const { purge } of [
    cached(() => {}, { cache }),
    express.cachePage('1h', { cache }),
    fastify.cachePage('1h', { cache }),
    fetching.cachePage('1h', { cache }),
    hono.cachePage('1h', { cache }),
    koa.cachePage('1h', { cache }),
  ]) {
    expect(purge).toBe(cache.purge)
  }
})

/** Each with one cache twice in the way of a request, as a site and a route of it may have. */
const twice: Readonly<Record<string, (http: HttpCache) => Promise<NodeHandler> | NodeHandler>> = {
  'node:http': (cache) =>
    cached(
      cached((_, response) => response.end('page'), { cache, ttl: '1m' }),
      { cache, ttl: '1h' },
    ),
  Express(cache) {
    const app = expressApp()
    app.use(express.httpCache({ cache }))
    app.get('/', express.cachePage('1h', { cache }), (_, response) => void response.send('page'))
    return cached(app, { cache, ttl: '1h' })
  },
  async Fastify(cache) {
    let listener: NodeHandler = () => {}
    const app = fastifyApp({
      serverFactory: (handle) => {
        listener = handle
        return createServer()
      },
    })
    const { preHandler, onSend } = fastify.cachePage('1h', { cache })
    app.register(fastify.everyRoute(fastify.cachePage('1h', { cache })))
    app.register(async (routes) => {
      routes.get('/', { preHandler, onSend }, async () => 'page')
    })
    await app.ready()
    return cached(listener, { cache, ttl: '1h' })
  },
  Koa(cache) {
    const app = new Koa()
    app.use(koa.cachePage('1h', { cache }))
    app.use(koa.cachePage('1m', { cache }))
    app.use((context) => {
      context.body = 'page'
    })
    return cached(app.callback(), { cache, ttl: '1h' })
  },
  Hono(cache) {
    const app = new Hono()
    app.use(hono.cachePage('1h', { cache }))
    app.get('/', hono.cachePage('1m', { cache }), (context) => context.text('page'))
    const wrapped = fetching.cachePage('1h', { cache })((request: Request, env) =>
      app.fetch(request, env as object),
    )
    return cached(
      getRequestListener((request, env) => wrapped(request, env)),
      { cache, ttl: '1h' },
    )
  },
}

test.each(Object.keys(twice))(
  '%s: a cache that is in the way twice does not wait for itself',
  async (name) => {
    const http = createHttpCache({ cache: createCache() })
    const listener = await twice[name]?.(http)
    const server = createServer((message, response) => listener?.(message, response))
    servers.push(server)
    const url = await listenOn(server)
    expect((await ask(url)).text).toBe('page')
    await http.settled()
    const hit = await ask(url)
    expect([hit.text, isHit(hit)]).toEqual(['page', true])
  },
)

describe('keys', () => {
  const echo: NodeHandler = ({ headers, url }, response) => {
    response.end(
      `${headers['x-forwarded-proto']} ${headers['x-forwarded-host'] ?? headers.host} ${url}`,
    )
  }

  test("what a proxy of one's own says of scheme and host tells pages apart", async () => {
    const { url } = await serve(echo, { trustProxy: true })
    const texts: string[] = []
    for (const headers of [
      { 'X-Forwarded-Proto': 'https', 'X-Forwarded-Host': 'a.test' },
      { 'X-Forwarded-Proto': 'http', 'X-Forwarded-Host': 'a.test' },
      { 'X-Forwarded-Proto': 'https', 'X-Forwarded-Host': 'b.test' },
      { 'X-Forwarded-Proto': 'https', 'X-Forwarded-Host': 'a.test' },
    ]) {
      texts.push((await ask(url, { headers })).text)
    }
    expect(texts).toEqual(['https a.test /', 'http a.test /', 'https b.test /', 'https a.test /'])
  })

  test('a target that names another host than `Host`, several hosts or none pass by the cache', async () => {
    const { url } = await serve(echo)
    const { port, host } = new URL(url)
    const raw = async (...lines: string[]) => {
      const socket = connect(Number(port), '127.0.0.1')
      socket.end(`${[...lines, 'Connection: close'].join('\r\n')}\r\n\r\n`)
      return text(socket)
    }
    const poison = await raw(`GET http://${host}/ HTTP/1.1`, 'Host: evil.test')
    expect(poison).toContain('evil.test')
    expect(poison).not.toContain('Cache-Status')
    expect(await raw('GET / HTTP/1.0')).not.toContain('Cache-Status')
    expect((await ask(url)).text).toBe(`undefined ${host} /`)
    expect((await ask(url)).text).toBe(`undefined ${host} /`)
  })

  test('a variant tells pages apart, however it is spelt, and null passes by', async () => {
    let made = 0
    const { url } = await serve((_, response) => response.end(`page ${++made}`), {
      variant: ({ headers }) => (headers['x-v'] === 'none' ? null : `${headers['x-v']}`),
    })
    const texts: string[] = []
    for (const v of ['de', 'a,b', 'a, b', 'DE', 'none', 'none', 'de', 'a,b', 'a, b', 'DE']) {
      texts.push((await ask(url, { headers: { 'X-V': v } })).text)
    }
    const [de, ab, aSpaceB, upper, ...rest] = texts
    expect(rest).toEqual(['page 5', 'page 6', de, ab, aSpaceB, upper])
    expect(new Set(texts).size).toBe(6)
  })

  test('tags of the options purge, and are told to nobody', async () => {
    let made = 0
    const { url, http } = await serve((_, response) => response.end(`page ${++made}`), {
      tags: ({ url: path }) => [`path:${path}`],
    })
    await ask(`${url}/a`)
    await http.settled()
    const hit = await ask(`${url}/a`)
    expect(JSON.stringify(hit.headers)).not.toContain('path:')
    await http.purge({ tag: 'path:/b' })
    expect((await ask(`${url}/a`)).text).toBe('page 1')
    await http.purge({ tag: 'path:/a' })
    expect((await ask(`${url}/a`)).text).toBe('page 2')
  })

  test('shells on one cache share what they keep, unless their prefixes differ', async () => {
    const cache = createCache()
    const page =
      (name: string): NodeHandler =>
      (_, response) =>
        response.end(name)
    const one = await serve(page('one'), { cache })
    const host = { Host: 'site.test' }
    expect((await ask(one.url, { headers: host })).text).toBe('one')
    const two = await serve(page('two'), { cache })
    expect((await ask(two.url, { headers: host })).text).toBe('one')
    const three = await serve(page('three'), { cache, keyPrefix: 'three' })
    expect((await ask(three.url, { headers: host })).text).toBe('three')
  })
})

describe.each(shells.filter(({ renews }) => renews))('$name', (shell) => {
  test("serves what is stale while it is renewed by a request of nobody's", async () => {
    const clock = fakeClock()
    const http = createHttpCache({ cache: createCache({ clock }), clock })
    const methods: string[] = []
    const held = gate()
    const site = await shell.open(
      async ({ method, header }) => {
        methods.push(`${method} ${header('if-none-match') ?? ''}`)
        if (methods.length === 2) await held.promise
        return {
          headers: {
            'Cache-Control': 'max-age=60, stale-while-revalidate=600',
            ETag: `"${methods.length}"`,
          },
          body: `page ${methods.length}`,
        }
      },
      { http },
    )
    const { url } = site
    await ask(url)
    await http.settled()
    clock.advance(61_000)
    const stale = await ask(url)
    expect([stale.text, isHit(stale)]).toEqual(['page 1', true])
    held.open()
    await http.settled()
    const fresh = await ask(url)
    expect([fresh.text, isHit(fresh)]).toEqual(['page 2', true])
    expect(methods).toEqual(['GET ', 'GET "1"'])
    await site.close()
  })
})

describe.each(shells)('$name', (shell) => {
  test('a page that is stale is asked after, and stands in for a handler that fails', async () => {
    const clock = fakeClock()
    const http = createHttpCache({ cache: createCache({ clock }), clock })
    const asked: (string | undefined)[] = []
    const site = await shell.open(
      ({ header }) => {
        asked.push(header('if-none-match'))
        if (asked.length === 3) return { status: 503, body: 'down' }
        const headers = { 'Cache-Control': 'max-age=60, stale-if-error=600', ETag: '"1"' }
        return asked.length === 2 ? { status: 304, headers } : { headers, body: 'page' }
      },
      { http },
    )
    const { url } = site
    await ask(url)
    await http.settled()
    clock.advance(61_000)
    const validated = await ask(url)
    expect([validated.status, validated.text]).toEqual([200, 'page'])
    await http.settled()
    clock.advance(61_000)
    const standIn = await ask(url)
    expect([standIn.status, standIn.text]).toEqual([200, 'page'])
    expect(asked).toEqual([undefined, '"1"', '"1"'])
    await site.close()
  })
})
