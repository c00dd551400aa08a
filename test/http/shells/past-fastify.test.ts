import { Writable } from 'node:stream'
import fastify, { type FastifyInstance } from 'fastify'
import { afterEach, describe, expect, test } from 'vitest'
import { cachePage, everyRoute } from '../../../src/http/adapters/fastify.ts'
import { createCache } from '../../../src/index.ts'
import { ask, isHit } from './client.ts'

const apps: FastifyInstance[] = []

afterEach(async () => {
  for (const app of apps.splice(0)) await app.close()
})

const page = () => cachePage('1h', { cache: createCache() })
const type = 'text/html; charset=utf-8'

/** A server whose routes answer `page`, with what else is registered, and how often `send` was called. */
async function site(setUp: (app: FastifyInstance) => unknown, options = {}) {
  const app = fastify(options)
  apps.push(app)
  const sent = { times: 0 }
  let isWatched = false
  app.addHook('onRequest', (_, reply, done) => {
    if (!isWatched) watchSend(reply, sent)
    isWatched = true
    done()
  })
  await setUp(app)
  const url = await app.listen({ port: 0, host: '127.0.0.1' })
  return { url, sent, app }
}

/** On the prototype: one of the reply's own would keep the cache from going past it. */
function watchSend(reply: object, sent: { times: number }): void {
  let owner = reply
  while (!Object.hasOwn(owner, 'send')) owner = Object.getPrototypeOf(owner)
  const { send } = owner as { send: (payload: unknown) => unknown }
  Object.assign(owner, {
    send(this: unknown, payload: unknown) {
      sent.times++
      return Reflect.apply(send, this, [payload])
    },
  })
}

const handle = (app: FastifyInstance, own = {}) => {
  app.get('/', own, (_, reply) => void reply.type(type).send('page'))
}

/** A miss and three hits. */
async function fourTimes(url: string, path = '/') {
  const answers = []
  for (let i = 0; i < 4; i++) answers.push(await ask(url + path))
  expect(answers.map(isHit)).toEqual([false, true, true, true])
  expect(answers.map(({ text }) => text)).toEqual(['page', 'page', 'page', 'page'])
  return answers
}

test('a hit goes past Fastify where nobody is on its way', async () => {
  const { url, sent } = await site(async (app) => {
    await app.register(everyRoute(page()))
    handle(app)
  })
  const [, ...hits] = await fourTimes(url)
  expect(sent.times).toBe(1)
  for (const { status, headers } of hits) {
    expect([status, headers['content-type'], headers['content-length']]).toEqual([200, type, '4'])
  }
})

describe('whoever has a hook for what is sent is called on a hit', () => {
  let calls = 0
  const onSend = async (_: unknown, reply: { header(name: string, value: string): unknown }) => {
    reply.header('X-Call', `${calls++}`)
  }
  const places: Readonly<Record<string, (app: FastifyInstance) => unknown>> = {
    'before the cache'(app) {
      app.addHook('onSend', onSend)
      app.register(everyRoute(page()))
      app.after(() => handle(app))
    },
    'after the cache'(app) {
      app.register(everyRoute(page()))
      app.addHook('onSend', onSend)
      app.after(() => handle(app))
    },
    'added when the route is there'(app) {
      app.register(everyRoute(page()))
      app.after(() => {
        handle(app)
        app.addHook('onSend', onSend)
      })
    },
    'on the route'(app) {
      app.register(everyRoute(page()))
      app.after(() => handle(app, { onSend }))
    },
    'beside the cache on the route'(app) {
      const { preHandler, onSend: own } = page()
      handle(app, { preHandler, onSend: [own, onSend] })
    },
    'around the instance of the cache'(app) {
      app.addHook('onSend', onSend)
      app.register((inner, _, done) => {
        inner.register(everyRoute(page()))
        inner.after(() => handle(inner))
        done()
      })
    },
    'in an instance in that of the cache'(app) {
      app.register(everyRoute(page()))
      app.register((inner, _, done) => {
        inner.addHook('onSend', onSend)
        handle(inner)
        done()
      })
    },
    'alone, where the cache has none'(app) {
      const { preHandler, onSend: own } = page()
      app.get('/other', { preHandler, onSend: own }, () => 'page')
      handle(app, { preHandler: [preHandler], onSend: [own, onSend] })
    },
  }
  test.each(Object.keys(places))('%s', async (place) => {
    calls = 0
    const { url } = await site((app) => places[place]?.(app))
    const answers = await fourTimes(url)
    expect(answers.map(({ headers }) => headers['x-call'])).toEqual(['0', '1', '2', '3'])
  })

  test('and of another route it is not', async () => {
    calls = 0
    const { url, sent } = await site((app) => {
      app.register(everyRoute(page()))
      app.register((inner, _, done) => {
        inner.addHook('onSend', onSend)
        inner.get('/hooked', (_, reply) => void reply.send('page'))
        done()
      })
      app.after(() => handle(app))
    })
    await fourTimes(url)
    expect([calls, sent.times]).toEqual([0, 1])
    await fourTimes(url, '/hooked')
    expect([calls, sent.times]).toEqual([4, 5])
  })
})

test('a route that has the hook of somebody else alone has it called', async () => {
  const { preHandler, onSend } = page()
  let calls = 0
  const { url } = await site((app) => {
    app.addHook('preHandler', preHandler)
    app.get('/', { onSend, constraints: { host: 'a.test' } }, async () => 'page')
    const other = async () => void calls++
    app.get('/', { onSend: other, constraints: { host: 'b.test' } }, async () => 'page')
  })
  for (const host of ['a.test', 'a.test', 'b.test', 'b.test']) {
    await ask(url, { headers: { Host: host } })
  }
  expect(calls).toBe(2)
})

test('who waits for the end is told what was sent', async () => {
  const seen: unknown[] = []
  const lines: string[] = []
  const stream = new Writable({
    write(line, _, done) {
      lines.push(`${line}`)
      done()
    },
  })
  const { url, sent } = await site(
    async (app) => {
      app.addHook('onResponse', async (_, reply) => {
        seen.push([reply.statusCode, reply.getHeader('content-type'), reply.elapsedTime > 0])
      })
      await app.register(everyRoute(page()))
      handle(app)
    },
    { logger: { stream } },
  )
  await fourTimes(url)
  expect(sent.times).toBe(1)
  expect(seen).toEqual(Array.from({ length: 4 }, () => [200, type, true]))
  expect(lines.filter((line) => line.includes('request completed'))).toHaveLength(4)
})

test.each([
  ['by Fastify', false],
  ['past it', true],
])('what was set before the cache is on each answer: %s', async (_, isRaw) => {
  let ids = 0
  const { url, sent } = await site(async (app) => {
    app.addHook('onRequest', async (_, reply) => {
      reply.header('X-Request-Id', `${ids}`)
      if (ids > 0) reply.header('Set-Cookie', [`a=${ids}`, 'b=b'])
      if (isRaw) reply.raw.setHeader('X-Raw', `${ids}`)
      if (isRaw) reply.raw.setHeader('Content-Type', 'text/plain')
      ids++
    })
    await app.register(everyRoute(page()))
    handle(app)
  })
  const answers = await fourTimes(url)
  expect(sent.times).toBe(1)
  for (const [id, { headers }] of answers.entries()) {
    expect(headers['x-request-id']).toBe(`${id}`)
    expect(headers['x-raw']).toBe(isRaw ? `${id}` : undefined)
    expect(headers['set-cookie']).toEqual(id > 0 ? [`a=${id}`, 'b=b'] : undefined)
    expect(headers['content-type']).toBe(type)
  }
})

describe('whoever has begun to send otherwise goes on so', () => {
  const ways: Readonly<Record<string, (reply: never, calls: unknown[]) => void>> = {
    'its send'(reply: { send(payload: unknown): unknown }, calls) {
      const { send } = reply
      reply.send = (payload) => {
        calls.push('send')
        return Reflect.apply(send, reply, [payload])
      }
    },
    'the head'({ raw }: { raw: { writeHead(...args: unknown[]): unknown } }, calls) {
      const { writeHead } = raw
      raw.writeHead = (...args) => {
        calls.push('head')
        return Reflect.apply(writeHead, raw, args)
      }
    },
    'the end'({ raw }: { raw: { end(...args: unknown[]): unknown } }, calls) {
      const { end } = raw
      raw.end = (...args) => {
        calls.push(`${args[0]}`)
        return Reflect.apply(end, raw, args)
      }
    },
    'a trailer'(reply: { trailer(name: string, make: () => Promise<string>): unknown }, calls) {
      reply.trailer('x-sum', async () => `${calls.push('trailer')}`)
    },
  }
  test.each(Object.keys(ways))('%s', async (way) => {
    const calls: unknown[] = []
    const { url } = await site(async (app) => {
      app.addHook('onRequest', async (_, reply) => ways[way]?.(reply as never, calls))
      await app.register(everyRoute(page()))
      handle(app)
    })
    await fourTimes(url)
    expect(calls).toHaveLength(4)
    expect(new Set(calls).size).toBe(1)
  })
})

test('HEAD is answered where nothing is kept, as GET is', async () => {
  const { url } = await site(async (app) => {
    await app.register(everyRoute(page()))
    handle(app)
  })
  const head = await ask(url, { method: 'HEAD' })
  expect([head.status, head.text, isHit(head)]).toEqual([200, '', false])
  await fourTimes(url)
})

test('HEAD and injected requests are answered from the cache too', async () => {
  const { url, app } = await site(async (app) => {
    await app.register(everyRoute(page()))
    handle(app)
  })
  await fourTimes(url)
  const head = await ask(url, { method: 'HEAD' })
  expect([isHit(head), head.headers['content-length'], head.text]).toEqual([true, '4', ''])
  const { host } = new URL(url)
  for (let i = 0; i < 2; i++) {
    const injected = await app.inject({ url: '/', headers: { host } })
    expect(`${injected.headers['cache-status']}`).toContain('hit')
    expect([injected.statusCode, injected.body]).toEqual([200, 'page'])
    expect(injected.headers['content-type']).toBe(type)
  }
})
