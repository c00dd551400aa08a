import { Agent, createServer, get, type IncomingMessage, ServerResponse } from 'node:http'
import { text } from 'node:stream/consumers'
import { getRequestListener } from '@hono/node-server'
import { Hono } from 'hono'
import Koa from 'koa'
import { afterEach, describe, expect, test } from 'vitest'
import * as hono from '../../../src/http/adapters/hono.ts'
import * as koa from '../../../src/http/adapters/koa.ts'
import { createHttpCache } from '../../../src/http/exchange/http-cache.ts'
import { cached, type NodeHandler } from '../../../src/http/node/cached.ts'
import { createCache } from '../../../src/index.ts'
import { ask, isHit } from './client.ts'
import { closed, listenOn } from './shells.ts'

const servers: ReturnType<typeof createServer>[] = []
const { writeHead } = ServerResponse.prototype

afterEach(async () => {
  Object.assign(ServerResponse.prototype, { writeHead })
  for (const server of servers.splice(0)) await closed(server)
})

async function serve(handler: NodeHandler, setUp: Partial<ReturnType<typeof createServer>> = {}) {
  const server = Object.assign(createServer(handler), setUp)
  servers.push(server)
  return listenOn(server)
}

const site = { headers: { Host: 'site.test' } }

/** By Node's own client, which says whether it will ask again. */
function asked(url: string, agent: Agent | false): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    get(url, { agent, ...site }, (answer) => {
      text(answer).then(() => resolve(answer), reject)
    }).on('error', reject)
  })
}

describe('a head that is sent again', () => {
  const page = (http = createHttpCache({ cache: createCache() })) =>
    cached((_, response) => void response.end('page'), { cache: http, ttl: '1h' })

  test('says of the connection what is so', async () => {
    const handler = page()
    const short = await serve(handler, { keepAliveTimeout: 4000 })
    const long = await serve(handler, { keepAliveTimeout: 9000, maxRequestsPerSocket: 3 })
    for (const url of [short, short, short]) await ask(url, site)
    expect((await ask(short, site)).headers['keep-alive']).toBe('timeout=4')
    expect((await asked(short, false)).headers.connection).toBe('close')
    const agent = new Agent({ keepAlive: true, maxSockets: 1 })
    const said = []
    for (let i = 0; i < 3; i++) said.push((await asked(long, agent)).headers)
    agent.destroy()
    expect(said.map(({ connection }) => connection)).toEqual(['keep-alive', 'keep-alive', 'close'])
    expect(said[1]?.['keep-alive']).toBe('timeout=9, max=3')
    expect((await ask(short, site)).headers['keep-alive']).toBe('timeout=4')
  })

  test('has nothing in it that was of one response', async () => {
    const http = createHttpCache({ cache: createCache() })
    const url = await serve(page(http))
    await ask(url)
    await http.settled()
    let traces = 0
    Object.assign(ServerResponse.prototype, {
      writeHead(this: ServerResponse, status: number, reason: string, fields?: string[]) {
        // What is made and sent as it comes is begun by Node itself.
        if (fields === undefined) return Reflect.apply(writeHead, this, [status])
        const traced = [...fields, 'X-Trace', `${traces++}`]
        return Reflect.apply(writeHead, this, [status, reason, traced])
      },
    })
    const hits = [await ask(url), await ask(url), await ask(url)]
    expect(hits.every(isHit)).toBe(true)
    expect(hits.map(({ headers }) => headers['x-trace'])).toEqual(['0', '1', '2'])
  })
})

test('Koa: whoever is outside of the cache has the last word', async () => {
  const app = new Koa()
  let hits = 0
  app.use(async (context, next) => {
    await next()
    context.set('X-Hits', `${hits++}`)
    context.body = `${context.body} and more`
  })
  app.use(koa.cachePage('1h', { cache: createHttpCache({ cache: createCache() }) }))
  app.use((context) => {
    context.body = 'page'
  })
  const url = await serve(app.callback())
  await ask(url)
  const hit = await ask(url)
  expect([isHit(hit), hit.text, hit.headers['x-hits']]).toEqual([true, 'page and more', '1'])
})

/** Different ways to have what comes after ask in the name of a group. */
const ways: Readonly<Record<string, (request: Request, group: string) => Request>> = {
  'a field that is set'(request, group) {
    request.headers.set('X-Group', group)
    return request
  },
  'another request': ({ url }, group) => new Request(url, { headers: { 'X-Group': group } }),
  'what only looks like a request'({ url, method }, group) {
    return Object.create({ url, method, headers: new Headers({ 'X-Group': group }) })
  },
  'other fields'(request, group) {
    return Object.defineProperty(request, 'headers', { value: new Headers({ 'X-Group': group }) })
  },
}

test.each(Object.keys(ways))(
  'Hono: what is changed of a request before the cache counts: %s',
  async (way) => {
    const groups = ['red', 'blue', 'red', 'blue']
    const http = createHttpCache({ cache: createCache() })
    const app = new Hono()
    app.use(async ({ req }, next) => {
      req.raw = ways[way]?.(req.raw, groups.shift() ?? '') ?? req.raw
      await next()
    })
    app.use(hono.cachePage('1h', { cache: http }))
    app.get('/', (context) => {
      context.header('Vary', 'X-Group')
      return context.text(context.req.raw.headers.get('X-Group') ?? 'nobody')
    })
    const url = await serve(getRequestListener(app.fetch))
    const got = [await ask(url), await ask(url), await ask(url), await ask(url)]
    expect(got.map(({ text }) => text)).toEqual(['red', 'blue', 'red', 'blue'])
    expect(got.map(isHit)).toEqual([false, false, true, true])
  },
)
