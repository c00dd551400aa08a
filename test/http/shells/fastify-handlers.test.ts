import { Readable } from 'node:stream'
import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify'
import { afterEach, expect, test } from 'vitest'
import { cachePage, everyRoute } from '../../../src/http/adapters/fastify.ts'
import { createCache } from '../../../src/index.ts'

const apps: FastifyInstance[] = []

afterEach(async () => {
  for (const app of apps.splice(0)) await app.close()
})

type Handler = (request: FastifyRequest, reply: FastifyReply) => unknown
const handlers: Readonly<Record<string, Handler>> = {
  'sends, and answers nothing': async (_, reply) => void reply.send('hello'),
  'sends an object, and answers nothing': async (_, reply) => void reply.send({ a: 1 }),
  'sends nothing': async (_, reply) => void reply.code(204).send(),
  'sends a stream': async (_, reply) => void reply.send(Readable.from(['a', 'b'])),
  'sends, and answers the reply': async (_, reply) => reply.send('hello'),
  'sends, and goes on for a while': async (_, reply) => {
    reply.send('hello')
    await new Promise(setImmediate)
  },
  'sends later': async (_, reply) => {
    await new Promise(setImmediate)
    reply.send('hello')
    return reply
  },
  'answers a value': async () => ({ a: 1 }),
  'is not async': (_, reply) => void reply.code(201).send('hello'),
  fails: async () => {
    throw new Error('no')
  },
  'sends an error': async (_, reply) => void reply.code(418).send(new Error('no')),
}

/** What a server answers to a request by each method. */
async function answers(handler: Handler, cached: boolean) {
  const app = fastify()
  apps.push(app)
  if (cached) await app.register(everyRoute(cachePage('1m', { cache: createCache() })))
  app.route({ method: ['GET', 'POST'], url: '/', handler })
  const url = await app.listen({ port: 0, host: '127.0.0.1' })
  const results = []
  for (const method of ['GET', 'HEAD', 'POST']) {
    const answer = await fetch(url, { method })
    const { status, headers } = answer
    const text = await answer.text()
    results.push({ method, status, type: headers.get('content-type'), text })
  }
  return results
}

test.each(Object.entries(handlers))(
  'a handler that %s answers as without a cache',
  async (_, own) => {
    expect(await answers(own, true)).toEqual(await answers(own, false))
  },
)

test('who takes the reply over keeps nobody waiting', async () => {
  const app = fastify({ forceCloseConnections: true })
  apps.push(app)
  await app.register(everyRoute(cachePage('1m', { cache: createCache() })))
  app.get('/', (_, reply) => {
    reply.hijack()
    reply.raw.writeHead(200, { 'Content-Type': 'text/event-stream' })
    reply.raw.write('data: 1\n\n')
  })
  const url = await app.listen({ port: 0, host: '127.0.0.1' })
  for (let i = 0; i < 3; i++) {
    const answer = await fetch(url)
    const { value } = (await answer.body?.getReader().read()) ?? {}
    expect(Buffer.from(value as Uint8Array).toString()).toBe('data: 1\n\n')
  }
})
