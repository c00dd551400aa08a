import { once } from 'node:events'
import { createServer, ServerResponse } from 'node:http'
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { getRequestListener } from '@hono/node-server'
import { type Context, Hono, type Next } from 'hono'
import { afterEach, describe, expect, test } from 'vitest'
import * as fetchShell from '../../../src/http/adapters/fetch.ts'
import * as hono from '../../../src/http/adapters/hono.ts'
import { createHttpCache } from '../../../src/http/exchange/http-cache.ts'
import { cached, type NodeHandler } from '../../../src/http/node/cached.ts'
import { createCache } from '../../../src/index.ts'
import { ask, isHit } from './client.ts'
import { closed, listenOn } from './shells.ts'

const servers: ReturnType<typeof createServer>[] = []

afterEach(async () => {
  for (const server of servers.splice(0)) await closed(server)
})

async function serve(handler: NodeHandler, options = {}) {
  const server = createServer(options, handler)
  servers.push(server)
  return listenOn(server)
}

const cache = () => createHttpCache({ cache: createCache() })

/** What comes back on one connection for all that is sent at once. */
async function converse(url: string, requests: readonly string[]): Promise<string> {
  const { port } = new URL(url)
  const socket = connect({ port: Number(port), host: '127.0.0.1' })
  await once(socket, 'connect')
  socket.write(requests.join(''))
  return text(socket)
}

const get = (path: string, last = false) =>
  `GET ${path} HTTP/1.1\r\nHost: site.test\r\n${last ? 'Connection: close\r\n' : ''}\r\n`

describe('a page that goes to its connection at once', () => {
  const slow = async (url = '/') => {
    await new Promise(setImmediate)
    return `page of ${url} `.repeat(url.startsWith('/long') ? 100_000 : 1)
  }
  const site = cached(async ({ url }, response) => void response.end(await slow(url)), {
    cache: cache(),
    ttl: '1h',
  })

  test('keeps its place among those asked for at once', async () => {
    const url = await serve(site)
    const site1 = { headers: { Host: 'site.test' } }
    for (const path of ['/a', '/b', '/b']) await ask(url + path, site1)
    const paths = ['/new', '/a', '/b', '/newer', '/a', '/b']
    const said = await converse(
      url,
      paths.map((path, i) => get(path, i === paths.length - 1)),
    )
    expect(said.match(/page of [^ ]+/g)).toEqual(paths.map((path) => `page of ${path}`))
    expect(said.match(/HTTP\/1\.1 200 OK\r\n/g)).toHaveLength(paths.length)
  })

  test('waits for who reads slowly, and is whole', async () => {
    const url = await serve(site)
    const host = { headers: { Host: 'site.test' } }
    await ask(`${url}/long`, host)
    expect(isHit(await ask(`${url}/long`, host))).toBe(true)
    const times = 40
    const said = await converse(
      url,
      Array.from({ length: times }, (_, i) => get('/long', i === times - 1)),
    )
    const whole = await slow('/long')
    const bodies = said.split(/HTTP\/1\.1 200 OK\r\n(?:[^\r]+\r\n)+\r\n/).slice(1)
    expect(bodies).toHaveLength(times)
    expect(bodies.every((body) => body === whole)).toBe(true)
  })

  test('ends with the connection where the client wants that, and for HTTP/1.0', async () => {
    const url = await serve(site)
    await ask(url, { headers: { Host: 'site.test' } })
    for (const request of [get('/', true), 'GET / HTTP/1.0\r\nHost: site.test\r\n\r\n']) {
      const said = await converse(url, [request])
      expect(said).toMatch(/\r\n\r\npage of \/ $/)
      expect(said).toMatch(/\r\nConnection: close\r\n/)
    }
  })

  test('says that it has been sent, and when', async () => {
    const seen: unknown[] = []
    const url = await serve((message, response) => {
      response.strictContentLength = true
      response.on('finish', () => seen.push(response.writableFinished))
      response.on('close', () => seen.push(response.writableEnded))
      site(message, response)
      seen.push(response.headersSent)
    })
    const host = { headers: { Host: 'site.test' } }
    await ask(url, host)
    seen.length = 0
    expect(isHit(await ask(url, host))).toBe(true)
    expect(seen).toEqual([true, true, true])
  })

  test('is shown to a response of a kind of its own', async () => {
    const bodies: string[] = []
    class Watched extends ServerResponse {
      override end(...args: unknown[]): this {
        bodies.push(`${args[0]}`)
        return Reflect.apply(super.end, this, args)
      }
    }
    const url = await serve(site, { ServerResponse: Watched })
    const host = { headers: { Host: 'site.test' } }
    for (let i = 0; i < 3; i++) await ask(`${url}/watched`, host)
    expect(bodies.slice(1)).toEqual(['page of /watched ', 'page of /watched '])
  })
})

const page = (context: Context) => context.html('page')
const cachedPage = () => hono.cachePage('1h', { cache: cache() })

/** What comes around a cache in Hono, and what of a hit it changes. */
const around: Readonly<Record<string, () => (request: Request, env: object) => unknown>> = {
  nothing() {
    const app = new Hono()
    app.use(cachedPage())
    app.get('/', page)
    return app.fetch
  },
  'a field that is set before'() {
    const app = new Hono()
    app.use(async (context: Context, next: Next) => {
      context.header('X-Count', `${count++}`)
      await next()
    })
    app.use(cachedPage())
    app.get('/', page)
    return app.fetch
  },
  'a field that is set afterwards'() {
    const app = new Hono()
    app.use(async (context: Context, next: Next) => {
      await next()
      context.header('X-Count', `${count++}`)
    })
    app.use(cachedPage())
    app.get('/', page)
    return app.fetch
  },
  'a field of the response itself'() {
    const app = new Hono()
    app.use(cachedPage())
    app.get('/', page)
    return async (request, env) => {
      const response = await app.fetch(request, env)
      response.headers.set('X-Count', `${count++}`)
      return response
    }
  },
  'another body'() {
    const app = new Hono()
    app.use(async (context: Context, next: Next) => {
      await next()
      const body = await context.res.text()
      context.res = new Response(`${body} and ${count++}`, context.res)
      context.res.headers.delete('Content-Length')
    })
    app.use(cachedPage())
    app.get('/', page)
    return app.fetch
  },
  'another status'() {
    const app = new Hono()
    app.use(cachedPage())
    app.get('/', page)
    return async (request, env) => {
      const { body, headers } = await app.fetch(request, env)
      return new Response(body, { status: 203, headers })
    }
  },
  'a page in a page'() {
    const app = new Hono()
    app.use(cachedPage())
    app.get('/', page)
    return async (request, env) => {
      const inner = await app.fetch(request, env)
      const body = `[${await inner.text()}] ${count++}`
      return new Response(body, {
        headers: { 'Cache-Status': `${inner.headers.get('cache-status')}` },
      })
    }
  },
  'a page beside another'() {
    const app = new Hono()
    app.use(cachedPage())
    app.get('/', page)
    return async (request, env) => {
      await app.fetch(request, env)
      return app.fetch(request, env)
    }
  },
  'the cache around all'() {
    const app = new Hono()
    app.get('/', page)
    return fetchShell.cachePage('1h', { cache: cache() })(app.fetch)
  },
  'a field around all'() {
    const app = new Hono()
    app.get('/', page)
    const inner = fetchShell.cachePage('1h', { cache: cache() })(app.fetch)
    return async (request, env) => {
      const response = await inner(request, env)
      response.headers.set('X-Count', `${count++}`)
      return response
    }
  },
}
let count = 0

/** By what a hit of each is to be known: its status, its text and its count. */
const expected: Readonly<Record<string, (n: number) => readonly unknown[]>> = {
  nothing: () => [200, 'page', undefined],
  'another body': (n) => [200, `page and ${n}`, undefined],
  'another status': () => [203, 'page', undefined],
  'a page in a page': (n) => [200, `[page] ${n}`, undefined],
  'a page beside another': () => [200, 'page', undefined],
  'the cache around all': () => [200, 'page', undefined],
}

describe.each([true, false])("on Node's server, with global objects replaced: %s", (replaced) => {
  test.each(Object.keys(around))('around a hit: %s', async (way) => {
    count = 0
    const answer = around[way]?.() as (request: Request, env: object) => Response
    const url = await serve(getRequestListener(answer, { overrideGlobalObjects: replaced }))
    for (let n = 0; n < 4; n++) {
      const got = await ask(url)
      if (n > 0) expect(isHit(got)).toBe(true)
      const { status, text, headers } = got
      const wanted = expected[way]?.(n) ?? [200, 'page', `${n}`]
      expect([status, text, headers['x-count']]).toEqual(wanted)
      if (headers['content-length']) expect(headers['content-length']).toBe(`${text.length}`)
    }
    const head = await ask(url, { method: 'HEAD' })
    expect(head.text).toBe('')
  })
})
