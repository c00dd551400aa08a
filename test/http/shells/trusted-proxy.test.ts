import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import express from 'express'
import fastify from 'fastify'
import Koa from 'koa'
import { expect, onTestFinished, test } from 'vitest'
import * as expressShell from '../../../src/http/adapters/express.ts'
import * as fastifyShell from '../../../src/http/adapters/fastify.ts'
import * as koaShell from '../../../src/http/adapters/koa.ts'
import { createHttpCache, type HttpCache } from '../../../src/http/exchange/http-cache.ts'
import { createCache } from '../../../src/index.ts'
import { ask } from './client.ts'
import { closed, listenOn } from './shells.ts'

type Listener = (message: IncomingMessage, response: ServerResponse) => unknown
type Make = (http: HttpCache, page: () => string) => Listener | Promise<Listener>

/** Applications that take a proxy's word on scheme and host. */
const frameworks: Readonly<Record<string, Make>> = {
  Express(cache, page) {
    const app = express().set('trust proxy', true)
    return app.get('/', expressShell.cachePage('1h', { cache }), (_, response) => {
      response.send(page())
    })
  },
  Koa(cache, page) {
    const app = new Koa({ proxy: true })
    app.use(koaShell.cachePage('1h', { cache }))
    app.use((context) => {
      context.body = page()
    })
    return app.callback()
  },
  async Fastify(cache, page) {
    let listener: Listener = () => {}
    const app = fastify({
      trustProxy: true,
      serverFactory: (handle) => {
        listener = handle
        return createServer()
      },
    })
    const { preHandler, onSend } = fastifyShell.cachePage('1h', { cache })
    app.get('/', { preHandler, onSend }, async () => page())
    await app.ready()
    return listener
  },
}

test.each(Object.entries(frameworks))(
  '%s: a page is that of the site it is asked for',
  async (_, make) => {
    const http = createHttpCache({ cache: createCache() })
    let made = 0
    const server = createServer(await make(http, () => `page ${++made}`))
    onTestFinished(() => closed(server))
    const url = await listenOn(server)
    const page = async (scheme: string, host: string) => {
      const headers = { 'X-Forwarded-Proto': scheme, 'X-Forwarded-Host': host }
      const { text } = await ask(url, { headers })
      await http.settled()
      return text
    }
    const all = async () => [
      await page('http', 'a.test'),
      await page('https', 'a.test'),
      await page('https', 'b.test'),
    ]
    expect(await all()).toEqual(['page 1', 'page 2', 'page 3'])
    await http.purge({ url: 'https://a.test/' })
    expect(await all()).toEqual(['page 1', 'page 4', 'page 3'])
  },
)
