import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, request as send } from 'node:http'
import type { AddressInfo } from 'node:net'
import { gzipSync } from 'node:zlib'
import express from 'express'
import fastify from 'fastify'
import { Hono } from 'hono'
import Koa from 'koa'
import { afterEach, describe, expect, test } from 'vitest'
import type { Action } from '../../src/devtools/dashboard/state.ts'
import { type Access, dashboard } from '../../src/devtools/dashboard.ts'
import { createCache } from '../../src/index.ts'

const url = 'http://admin.test/cache'
const origin = 'http://admin.test'
const closing: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close()
})

function cacheNamed(name: string) {
  const cache = createCache({ name })
  closing.push(() => cache.close())
  return cache
}

function handlerFor(access: Access | false | 'nobody decides' = 'write') {
  const cache = cacheNamed('shop')
  const authorize = access === 'nobody decides' ? undefined : () => access
  const handler = dashboard<Request>(cache, { authorize })
  closing.push(() => handler.close())
  return { cache, handler }
}

/** What a browser sends along once it has the page. */
async function visit(handler: { fetch(request: Request): Promise<Response> }) {
  const response = await handler.fetch(new Request(url))
  const cookie = response.headers.get('set-cookie')?.split(';')[0] ?? ''
  const token = /data-token="([0-9a-f]{32})"/.exec(await response.text())?.[1] ?? ''
  return {
    cookie,
    'x-hotset-token': token,
    'content-type': 'application/json',
    origin,
    host: 'admin.test',
    'sec-fetch-site': 'same-origin',
  }
}

function post(action: unknown, headers: Readonly<Record<string, string | undefined>>): Request {
  const given = Object.entries(headers).filter((pair): pair is [string, string] => !!pair[1])
  return new Request(url, { method: 'POST', body: JSON.stringify(action), headers: given })
}

const clear: Action = { action: 'clear', cache: 'shop', confirm: 'shop' }

describe('who may come in', () => {
  test('nobody, as long as nobody decides about that', async () => {
    const { handler, cache } = handlerFor('nobody decides')
    await cache.set('secret-key', 'secret-value')
    for (const request of [
      new Request(url),
      new Request(`${url}?view=state`),
      post({ action: 'inspect', cache: 'shop', key: 'secret-key' }, { origin }),
    ]) {
      const response = await handler.fetch(request)
      const text = await response.text()
      expect(response.status).toBe(403)
      expect(text).toContain('authorize: (request) =&gt;')
      expect(text).not.toContain('secret')
    }
  })

  test('nobody who is refused, or of whom it is not known', async () => {
    for (const answer of [false, undefined, 'admin', true, {}]) {
      const authorize = () => answer as false
      const handler = dashboard(cacheNamed('shop'), { authorize })
      closing.push(() => handler.close())
      expect((await handler.fetch(new Request(url))).status).toBe(403)
    }
    const handler = dashboard(cacheNamed('shop'), {
      authorize: () => Promise.reject(new Error('secret')),
    })
    closing.push(() => handler.close())
    const response = await handler.fetch(new Request(url))
    expect(response.status).toBe(500)
    expect(await response.text()).not.toContain('secret')
  })

  test('it is decided by the request, each time', async () => {
    const authorize = (request: Request) =>
      request.headers.get('authorization') === 'yes' && ('write' as const)
    const handler = dashboard<Request>(cacheNamed('shop'), { authorize })
    closing.push(() => handler.close())
    const allowed = new Request(url, { headers: { authorization: 'yes' } })
    expect((await handler.fetch(allowed)).status).toBe(200)
    expect((await handler.fetch(new Request(url))).status).toBe(403)
  })

  test('who may only look changes nothing', async () => {
    const { handler, cache } = handlerFor('read')
    await cache.set('key', 'value', { tags: ['tag'] })
    const headers = await visit(handler)
    const actions: Action[] = [
      { action: 'delete', cache: 'shop', key: 'key' },
      { action: 'invalidate', cache: 'shop', tag: 'tag' },
      clear,
    ]
    for (const action of actions) {
      expect((await handler.fetch(post(action, headers))).status).toBe(403)
    }
    expect(await cache.get('key')).toBe('value')
    const inspect: Action = { action: 'inspect', cache: 'shop', key: 'key' }
    const response = await handler.fetch(post(inspect, headers))
    expect(await response.json()).toMatchObject({ inspected: { value: 'value' } })
  })
})

describe('messages that do not come from the page', () => {
  const forgeries: Readonly<Record<string, Readonly<Record<string, string | undefined>>>> = {
    'of a form': { 'content-type': 'text/plain' },
    'of no type': { 'content-type': undefined },
    'of another site': { 'sec-fetch-site': 'cross-site' },
    'of a sibling': { 'sec-fetch-site': 'same-site' },
    'of an address that was typed': { 'sec-fetch-site': 'none' },
    'of another origin': { 'sec-fetch-site': undefined, origin: 'http://evil.test' },
    'of an opaque origin': { 'sec-fetch-site': undefined, origin: 'null' },
    'of no origin': { 'sec-fetch-site': undefined, origin: undefined },
    'without a token': { 'x-hotset-token': undefined },
    'with another token': { 'x-hotset-token': '0'.repeat(32) },
    'without a cookie': { cookie: undefined },
    'with another cookie': { cookie: `hotset-dashboard=${'0'.repeat(32)}` },
    'with a cookie and a token that are empty': {
      cookie: 'hotset-dashboard=',
      'x-hotset-token': '',
    },
  }

  for (const [name, change] of Object.entries(forgeries)) {
    test(`${name} do nothing`, async () => {
      const { handler, cache } = handlerFor()
      await cache.set('key', 1)
      const headers = { ...(await visit(handler)), ...change }
      expect((await handler.fetch(post(clear, headers))).status).toBe(403)
      expect(await cache.get('key')).toBe(1)
    })
  }

  test('those that do are obeyed, with or without Sec-Fetch-Site', async () => {
    for (const change of [{}, { 'sec-fetch-site': undefined }]) {
      const { handler, cache } = handlerFor()
      await cache.set('key', 1)
      const response = await handler.fetch(post(clear, { ...(await visit(handler)), ...change }))
      expect(response.status).toBe(200)
      expect(await cache.get('key')).toBe(undefined)
    }
  })

  test('a GET never does anything', async () => {
    const { handler, cache } = handlerFor()
    await cache.set('key', 1)
    const query = new URLSearchParams({ ...clear })
    expect((await handler.fetch(new Request(`${url}?${query}`))).status).toBe(200)
    expect(await cache.get('key')).toBe(1)
    const put = new Request(url, { method: 'PUT' })
    expect((await handler.fetch(put)).status).toBe(405)
  })
})

test('every answer may be kept by nobody, framed by nobody, and runs what is in the page alone', async () => {
  const { handler } = handlerFor()
  const page = await handler.fetch(new Request(url))
  const html = await page.text()
  const others = [
    await handler.fetch(new Request(`${url}?view=state`)),
    await handler.fetch(post(clear, {})),
    await handlerFor(false).handler.fetch(new Request(url)),
  ]
  for (const { headers } of [page, ...others]) {
    expect(headers.get('cache-control')).toBe('no-store')
    expect(headers.get('x-content-type-options')).toBe('nosniff')
    const policy = headers.get('content-security-policy') ?? ''
    expect(policy).toContain("default-src 'none'")
    expect(policy).toContain("frame-ancestors 'none'")
    expect(policy).not.toMatch(/unsafe|\*|https?:/)
    for (const kind of ['script', 'style']) {
      const [, text = ''] = new RegExp(`<${kind}>([\\s\\S]*?)</${kind}>`).exec(html) ?? []
      const hash = createHash('sha256').update(text).digest('base64')
      expect(policy).toContain(`${kind}-src 'sha256-${hash}'`)
    }
  }
  expect(html).not.toMatch(/(?:src|href)="(?!data:,")/)
})

test('the page takes less than 60 kB, compressed', async () => {
  const { handler } = handlerFor()
  const html = await (await handler.fetch(new Request(url))).text()
  expect(gzipSync(html).length).toBeLessThan(60_000)
})

describe('messages', () => {
  test('that make no sense are refused', async () => {
    const { handler, cache } = handlerFor()
    await cache.set('key', 1)
    const headers = await visit(handler)
    const status = async (message: unknown) => (await handler.fetch(post(message, headers))).status
    for (const message of [
      null,
      7,
      [],
      {},
      { action: 'constructor' },
      { action: 'delete', key: 'key' },
    ]) {
      expect(await status(message)).toBe(400)
    }
    expect(await status({ action: 'delete', cache: 'shop', key: 7 })).toBe(400)
    expect(await status({ ...clear, cache: 'other' })).toBe(404)
    expect(await status({ ...clear, confirm: 'Shop' })).toBe(422)
    expect(await status({ action: 'inspect', cache: 'shop', key: '' })).toBe(422)
    expect(await status({ action: 'inspect', cache: 'shop', key: 'k'.repeat(10_000) })).toBe(422)
    expect(await status({ action: 'delete', cache: 'shop', key: 'k', namespace: ':' })).toBe(422)
    expect(await status({ ...clear, rest: 'x'.repeat(70_000) })).toBe(413)
    const broken = new Request(url, { method: 'POST', headers, body: '{"action"' })
    expect((await handler.fetch(broken)).status).toBe(400)
    expect(await cache.get('key')).toBe(1)
  })

  test('reach keys of any kind, in namespaces too', async () => {
    const { handler, cache } = handlerFor()
    const headers = await visit(handler)
    const space = cache.namespace('a').namespace('b')
    for (const key of ['\0', '\ud800', '<script>', '\u202etxt', 'ü', 'k'.repeat(4_096)]) {
      await space.set(key, 1)
      await cache.set(key, 2)
      const action: Action = { action: 'delete', cache: 'shop', namespace: 'a/b', key }
      const response = await handler.fetch(post(action, headers))
      expect(await response.json()).toEqual({ done: 'The entry is deleted' })
      expect(await space.get(key)).toBe(undefined)
      expect(await cache.get(key)).toBe(2)
    }
  })

  test('show values as text, and run no code of theirs', async () => {
    const { handler, cache } = handlerFor()
    const headers = await visit(handler)
    let ran = 0
    const run = () => {
      ran++
      return 'ran'
    }
    const value = {
      get secret() {
        return run()
      },
      toJSON: run,
      toString: run,
      [Symbol.for('nodejs.util.inspect.custom')]: run,
      big: 12n,
      map: new Map([[{ a: 1 }, new Set([2])]]),
      long: 'x'.repeat(100_000),
    }
    await cache.set('key', value)
    ran = 0
    const action: Action = { action: 'inspect', cache: 'shop', key: 'key' }
    const { inspected } = await (await handler.fetch(post(action, headers))).json()
    expect(inspected.value).toContain('12n')
    expect(inspected.value).toContain('Map(1)')
    expect(inspected.value.length).toBeLessThan(21_000)
    expect(ran).toBe(0)
  })
})

describe('in every framework', () => {
  const listen = async (server: Server) => {
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    closing.push(() => {
      server.closeAllConnections()
      server.close()
    })
    return (server.address() as AddressInfo).port
  }
  const frameworks: Readonly<Record<string, () => Promise<number>>> = {
    async 'node:http'() {
      return listen(createServer(mounted().node))
    },
    async Express() {
      const app = express()
      app.use('/cache', mounted<express.Request>().node)
      return listen(createServer(app))
    },
    async 'Express, after a parser of bodies'() {
      const app = express()
      app.use(express.json())
      app.use('/cache', mounted<express.Request>().node)
      return listen(createServer(app))
    },
    async Fastify() {
      const app = fastify()
      const { node } = mounted()
      app.all('/cache', (request, reply) => {
        reply.hijack()
        return node(Object.assign(request.raw, { body: request.body }), reply.raw)
      })
      await app.listen({ port: 0, host: '127.0.0.1' })
      closing.push(() => app.close())
      return (app.server.address() as AddressInfo).port
    },
    async Koa() {
      const app = new Koa()
      const { node } = mounted()
      app.use(async (context) => {
        context.respond = false
        await node(context.req, context.res)
      })
      return listen(createServer(app.callback()))
    },
    async Hono() {
      const app = new Hono()
      const { fetch } = mounted<Request>()
      app.all('/cache', (context) => fetch(context.req.raw))
      const { getRequestListener } = await import('@hono/node-server')
      return listen(createServer(getRequestListener(app.fetch)))
    },
  }

  function mounted<R = IncomingMessage>() {
    const cache = cacheNamed('shop')
    void cache.set('key', 'value')
    const handler = dashboard<R>(cache, { authorize: () => 'write' })
    closing.push(() => handler.close())
    return handler
  }

  for (const [name, start] of Object.entries(frameworks)) {
    test(name, async () => {
      const port = await start()
      const page = await ask(port, { method: 'GET' })
      expect(page.status).toBe(200)
      const token = /data-token="([0-9a-f]{32})"/.exec(page.text)?.[1] ?? ''
      const state = JSON.parse((await ask(port, { method: 'GET', query: '?view=state' })).text)
      expect(state.actsOn).toEqual(['shop'])
      const headers = {
        'content-type': 'application/json',
        'x-hotset-token': token,
        cookie: `hotset-dashboard=${token}`,
        origin: `http://127.0.0.1:${port}`,
      }
      const body = JSON.stringify({ action: 'inspect', cache: 'shop', key: 'key' })
      const acted = await ask(port, { method: 'POST', headers, body })
      expect(JSON.parse(acted.text).inspected.value).toBe('value')
      const head = await ask(port, { method: 'HEAD' })
      expect([head.status, head.text]).toEqual([200, ''])
    })
  }

  test('a body that somebody else has read is not waited for', async () => {
    const { node } = mounted()
    const port = await listen(
      createServer(async (request, response) => {
        for await (const _ of request);
        await node(request, response)
      }),
    )
    const token = '0'.repeat(32)
    const headers = {
      'content-type': 'application/json',
      'x-hotset-token': token,
      cookie: `hotset-dashboard=${token}`,
      origin: `http://127.0.0.1:${port}`,
    }
    const acted = await ask(port, { method: 'POST', headers, body: JSON.stringify(clear) })
    expect(acted.status).toBe(400)
  })
})

interface Sent {
  readonly method: string
  readonly query?: string
  readonly headers?: Record<string, string>
  readonly body?: string
}

async function ask(port: number, { method, query = '', headers = {}, body }: Sent) {
  const request = send({ port, host: '127.0.0.1', path: `/cache${query}`, method, headers })
  request.end(body)
  const [response] = (await once(request, 'response')) as [IncomingMessage]
  let text = ''
  for await (const part of response.setEncoding('utf8')) text += part
  return { status: response.statusCode, text }
}
