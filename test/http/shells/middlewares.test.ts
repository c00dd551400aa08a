import { createServer } from 'node:http'
import { promisify } from 'node:util'
import { gunzip } from 'node:zlib'
import compression from 'compression'
import cookieParser from 'cookie-parser'
import cors from 'cors'
import express from 'express'
import session from 'express-session'
import helmet from 'helmet'
import { afterEach, describe, expect, test } from 'vitest'
import { cachePage } from '../../../src/http/adapters/express.ts'
import { createHttpCache, type HttpCache } from '../../../src/http/exchange/http-cache.ts'
import { createCache } from '../../../src/index.ts'
import { ask, isHit } from './client.ts'
import { closed, listenOn } from './shells.ts'

const servers: ReturnType<typeof createServer>[] = []

afterEach(async () => {
  for (const server of servers.splice(0)) await closed(server)
})

/** The types of some middlewares know Express 4 only, or nothing. */
const middleware = (made: unknown) => made as express.RequestHandler

interface Chain {
  readonly url: string
  readonly http: HttpCache
}

async function chain(
  order: 'before' | 'after',
  others: readonly express.RequestHandler[],
  handler: express.RequestHandler,
): Promise<Chain> {
  const http = createHttpCache({ cache: createCache() })
  const app = express()
  const cache = cachePage('1h', { cache: http })
  for (const each of order === 'before' ? [...others, cache] : [cache, ...others]) app.use(each)
  app.get('/', handler)
  const server = createServer(app)
  servers.push(server)
  return { url: await listenOn(server), http }
}

const long = 'a page that is long enough to be compressed. '.repeat(200)

describe.each(['before', 'after'] as const)('%s the cache', (order) => {
  test('helmet: its fields are on a hit as on a miss', async () => {
    const { url } = await chain(order, [middleware(helmet())], (_, response) => {
      response.send('page')
    })
    const miss = await ask(url)
    const hit = await ask(url)
    expect(isHit(hit)).toBe(true)
    for (const name of [
      'content-security-policy',
      'x-frame-options',
      'strict-transport-security',
    ]) {
      expect(hit.headers[name]).toBe(miss.headers[name])
      expect(hit.headers[name]).toBeDefined()
    }
  })

  test("cors: each origin is told its own name, and nobody another's", async () => {
    const { url } = await chain(order, [cors({ origin: true })], (_, response) => {
      response.send('page')
    })
    for (const origin of ['https://a.test', 'https://b.test', 'https://a.test', 'https://b.test']) {
      const got = await ask(url, { headers: { Origin: origin } })
      expect(got.headers['access-control-allow-origin']).toBe(origin)
      expect(got.headers.vary).toContain('Origin')
    }
    const again = await ask(url, { headers: { Origin: 'https://b.test' } })
    expect(isHit(again)).toBe(true)
  })

  test('compression: each client gets what it can read, from the cache', async () => {
    let made = 0
    const { url, http } = await chain(order, [compression()], (_, response) => {
      made++
      response.type('html').send(long)
    })
    const asking = (encoding: string) => ask(url, { headers: { 'Accept-Encoding': encoding } })
    await asking('gzip')
    await http.settled()
    const gzip = await asking('gzip')
    expect([isHit(gzip), gzip.headers['content-encoding']]).toEqual([true, 'gzip'])
    expect(gzip.headers.vary).toContain('Accept-Encoding')
    expect(await gunzipped(gzip.bytes)).toBe(long)
    await asking('identity')
    await http.settled()
    const plain = await asking('identity')
    expect([isHit(plain), plain.headers['content-encoding']]).toEqual([true, undefined])
    expect(plain.text).toBe(long)
    expect(await gunzipped((await asking('gzip')).bytes)).toBe(long)
    expect(made).toBe(order === 'before' ? 1 : 2)
  })

  test('compression: a part is of the bytes that it says', async () => {
    const { url, http } = await chain(order, [compression()], (_, response) => {
      response.type('html').send(long)
    })
    await ask(url)
    await http.settled()
    const headers = { 'Accept-Encoding': 'gzip' }
    await ask(url, { headers })
    await http.settled()
    const whole = await ask(url, { headers })
    // Compressed it is short; else so long that a part of it would be compressed, too.
    const last = order === 'before' ? 2001 : 51
    const part = await ask(url, { headers: { ...headers, Range: `bytes=2-${last}` } })
    expect([part.status, part.bytes.length]).toEqual([206, last - 1])
    const bytes = order === 'before' ? Buffer.from(long) : whole.bytes
    expect(part.headers['content-range']).toBe(`bytes 2-${last}/${bytes.length}`)
    expect(part.headers['content-encoding']).toBe(order === 'before' ? undefined : 'gzip')
    expect(Buffer.compare(part.bytes, bytes.subarray(2, last + 1))).toBe(0)
  })

  test('compression: a stream is compressed as it comes', async () => {
    const parts = Array.from({ length: 8 }, (_, i) => `${i} `.repeat(40_000))
    const { url, http } = await chain(order, [compression()], async (_, response) => {
      response.type('html')
      for (const part of parts) {
        if (response.write(part)) continue
        await new Promise((resolve) => {
          response.once('drain', resolve)
        })
      }
      response.end()
    })
    for (const n of [1, 2]) {
      const got = await ask(url, { headers: { 'Accept-Encoding': 'gzip' } })
      expect([n, await gunzipped(got.bytes)]).toEqual([n, parts.join('')])
      await http.settled()
    }
  })

  test.each(['at once', 'in parts'])(
    'sessions: a visitor gets a session of his own, and no session is stored: %s',
    async (way) => {
      const sessions = middleware(
        session({ secret: 'secret', resave: false, saveUninitialized: true }) as never,
      )
      const { url, http } = await chain(order, [cookieParser(), sessions], (request, response) => {
        const { sessionID } = request as never as { sessionID: string }
        if (way === 'in parts') response.write('the page ')
        response.end(`of ${sessionID}`)
      })
      const seen = new Set<string>()
      const visit = async () => {
        const { headers, text } = await ask(url)
        const [, id = ''] = /connect\.sid=s%3A([^.]+)/.exec(`${headers['set-cookie']}`) ?? []
        expect(text).toContain(`of ${id}`)
        seen.add(id)
      }
      await visit()
      await http.settled()
      // At the same time too: none is handed another's.
      await Promise.all([visit(), visit(), visit()])
      await visit()
      expect(seen.size).toBe(5)
    },
  )

  test('a nonce: page and policy have the same, and each answer another', async () => {
    let nonces = 0
    const policy = helmet({
      contentSecurityPolicy: {
        directives: {
          scriptSrc: [(_, response) => `'nonce-${(response as express.Response).locals.nonce}'`],
        },
      },
    })
    const { url } = await chain(
      order,
      [
        (_, response, next) => {
          response.locals.nonce = `n${++nonces}`
          next()
        },
        middleware(policy),
      ],
      (_, response) => {
        response.send(`<script nonce="${response.locals.nonce}">`)
      },
    )
    const seen = new Set<string>()
    for (const _ of [1, 2, 3]) {
      const { headers, text } = await ask(url)
      const [, nonce = ''] = /nonce="(.*)"/.exec(text) ?? []
      expect(headers['content-security-policy']).toContain(`'nonce-${nonce}'`)
      seen.add(nonce)
    }
    expect(seen.size).toBe(3)
  })
})

async function gunzipped(bytes: Uint8Array): Promise<string> {
  return `${await promisify(gunzip)(bytes)}`
}
