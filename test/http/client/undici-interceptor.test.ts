import { once } from 'node:events'
import { type AddressInfo, connect, createServer } from 'node:net'
import {
  Agent,
  Client,
  type Dispatcher,
  interceptors,
  request,
  setGlobalDispatcher,
  fetch as undiciFetch,
} from 'undici'
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { type ClientOptions, hotsetInterceptor } from '../../../src/http/client/index.ts'
import { createCache } from '../../../src/index.ts'
import { fakeClock } from '../../../src/testing/index.ts'
import { oneRequest } from './one-request.ts'
import {
  counting,
  Flood,
  originOf,
  outcome,
  saying,
  start,
  type TestOrigin,
} from './test-origin.ts'

let origin: TestOrigin
let clock: ReturnType<typeof fakeClock>

beforeEach(async () => {
  origin = await originOf()
  clock = fakeClock(start)
})

interface Setup {
  readonly dispatcher: Dispatcher
  readonly interceptor: ReturnType<typeof hotsetInterceptor>
}

/** Below the cache there may be other interceptors. */
function composed(
  options: Partial<ClientOptions> = {},
  ...below: Dispatcher.DispatcherComposeInterceptor[]
): Setup {
  const cache = options.cache ?? createCache({ clock })
  if (options.cache === undefined) onTestFinished(() => cache.close())
  const interceptor = hotsetInterceptor({ clock, ...options, cache })
  const agent = new Agent()
  onTestFinished(() => agent.destroy())
  return { dispatcher: agent.compose(...below, interceptor), interceptor }
}

type Init = Omit<Partial<Dispatcher.RequestOptions>, 'path' | 'origin'>

/** Reads it all; what is stored of it then is. */
async function read({ dispatcher, interceptor }: Setup, path = '/', init: Init = {}) {
  const answer = await request(origin.url + path, { dispatcher, ...init })
  const text = await answer.body.text()
  await interceptor.settled()
  const { statusCode: status, headers, trailers } = answer
  return { text, how: how(headers), status, headers, trailers }
}

function how(headers: Record<string, string | string[] | undefined>): string {
  return outcome([headers['cache-status']].flat().at(-1))
}

describe('a response', () => {
  test('says all that one from the network does, each time', async () => {
    const setup = composed()
    origin.answer = saying('hello', { 'X-Id': ['1', '2'] }, 203)
    const bare = await request(origin.url, { dispatcher: new Agent() })
    const { connection: _, 'keep-alive': __, 'transfer-encoding': ___, ...fields } = bare.headers
    for (const expected of ['uri-miss', 'hit', 'hit']) {
      const { text, how, status, headers } = await read(setup)
      expect([text, how, status]).toEqual(['hello', expected, 203])
      expect(headers).toMatchObject(fields)
    }
    expect(origin.asked).toHaveLength(2)
  })

  test('reaches undici’s fetch, and what asks for raw headers', async () => {
    const { dispatcher, interceptor } = composed()
    for (const expected of ['uri-miss', 'hit']) {
      const response = await undiciFetch(origin.url, { dispatcher })
      expect(await response.text()).toBe('hello')
      expect(outcome(response.headers.get('cache-status'))).toBe(expected)
      await interceptor.settled()
    }
    const raw = await request(origin.url, { dispatcher, responseHeaders: 'raw' })
    expect(Object.values(raw.headers)).toContain('cache-status')
    await raw.body.dump()
  })

  test('of undici’s fetch is kept as it came, coded', async () => {
    const { dispatcher, interceptor } = composed()
    const { gzipSync } = await import('node:zlib')
    origin.answer = (_, response) => {
      const fields = { 'Cache-Control': 'max-age=60', 'Content-Encoding': 'gzip' }
      response.writeHead(200, fields).end(gzipSync('hello'))
    }
    for (const expected of ['uri-miss', 'hit']) {
      const response = await undiciFetch(origin.url, { dispatcher })
      expect(await response.text()).toBe('hello')
      expect(outcome(response.headers.get('cache-status'))).toBe(expected)
      await interceptor.settled()
    }
  })

  test('to HEAD, to a range and to a condition comes from a stored GET', async () => {
    const setup = composed()
    origin.answer = saying('hello', { ETag: '"1"' })
    await read(setup)
    const head = await read(setup, '/', { method: 'HEAD' })
    expect([head.text, head.how, head.headers['content-length']]).toEqual(['', 'hit', '5'])
    const part = await read(setup, '/', { headers: { Range: 'bytes=1-2' } })
    expect([part.text, part.status]).toEqual(['el', 206])
    const same = await read(setup, '/', { headers: { 'If-None-Match': '"1"' } })
    expect([same.text, same.status]).toEqual(['', 304])
    expect(origin.asked).toHaveLength(1)
  })

  test('is validated when it is stale (RFC 9111 §4.3)', async () => {
    const setup = composed()
    origin.answer = saying('hello', { ETag: '"1"' })
    await read(setup)
    clock.advance(61_000)
    origin.answer = (_, response) => response.writeHead(304).end()
    expect(await read(setup)).toMatchObject({ text: 'hello', how: 'stale', status: 200 })
    expect(origin.asked[1]?.fields).toMatchObject({ 'if-none-match': '"1"' })
    expect(origin.asked[1]?.fields).not.toHaveProperty('cache-control')
    expect((await read(setup)).how).toBe('hit')
  })

  test('is kept under the query that was sent', async () => {
    const setup = composed()
    origin.answer = (request, response) => saying(request.url ?? '')(request, response)
    const query = { a: 'x y', b: ['1', '2'], c: '&' }
    const { text } = await read(setup, '/q', { query })
    expect(text).toBe('/q?a=x%20y&b=1&b=2&c=%26')
    expect((await read(setup, text)).how).toBe('hit')
    expect((await read(setup, '/q', { query: { a: 'other' } })).how).toBe('uri-miss')
  })

  test('has its trailers where it comes from the network', async () => {
    const setup = composed()
    origin.answer = (_, response) => {
      response.writeHead(200, { 'Cache-Control': 'max-age=60', Trailer: 'X-Sum' })
      response.write('hello')
      response.addTrailers({ 'X-Sum': '5' })
      response.end()
    }
    expect((await read(setup)).trailers).toEqual({ 'x-sum': '5' })
    expect(await read(setup)).toMatchObject({ text: 'hello', how: 'hit', trailers: {} })
  })

  test('comes after those that announce it', async () => {
    const { dispatcher, interceptor } = composed()
    origin.answer = (request, response) => {
      response.writeEarlyHints({ link: '</a.css>; rel=preload' })
      saying('hello')(request, response)
    }
    const told: number[] = []
    const onInfo = ({ statusCode }: { statusCode: number }) => void told.push(statusCode)
    for (const expected of [[103], [103]]) {
      const { body } = await request(origin.url, { dispatcher, onInfo })
      expect(await body.text()).toBe('hello')
      expect(told).toEqual(expected)
      await interceptor.settled()
    }
  })

  test('that is changed by who gets it is changed for nobody else', async () => {
    const setup = composed()
    for (const _ of [1, 2, 3]) {
      const { body } = await request(origin.url, { dispatcher: setup.dispatcher })
      for await (const part of body) part.fill(0)
      await setup.interceptor.settled()
    }
    expect((await read(setup)).text).toBe('hello')
  })
})

oneRequest(
  () => origin,
  () => {
    const setup = composed()
    return (signal) => read(setup, '/', { signal })
  },
)

describe('what is not whole is not kept', () => {
  test('a body that breaks off fails as it would', async () => {
    const setup = composed()
    origin.answer = (_, response) => {
      const fields = { 'Cache-Control': 'max-age=60', 'Content-Length': '100' }
      response.writeHead(200, fields).write('half', () => response.destroy())
    }
    const bare = await request(origin.url, { dispatcher: new Agent() })
    const expected = await bare.body.text().catch((error) => error)
    const cached = await read(setup).catch((error) => error)
    expect([cached.name, cached.code]).toEqual([expected.name, expected.code])
    await setup.interceptor.settled()
    origin.answer = saying('whole')
    expect(await read(setup)).toMatchObject({ text: 'whole', how: 'uri-miss' })
  })

  test.each(['max-age=60', 'no-store'])('one that its reader aborts: %s', async (control) => {
    const setup = composed()
    let connection: { destroy(): void } | undefined
    origin.answer = (request, response) => {
      connection = request.socket
      response.writeHead(200, { 'Cache-Control': control }).write('half')
    }
    const { body } = await request(origin.url, { dispatcher: setup.dispatcher })
    body.on('error', () => {})
    await once(body, 'data')
    body.destroy(new Error('enough'))
    connection?.destroy()
    await setup.interceptor.settled()
    origin.answer = saying('whole')
    expect(await read(setup)).toMatchObject({ text: 'whole', how: 'uri-miss' })
  })

  test('nobody there: the dispatcher’s own error', async () => {
    const { dispatcher } = composed()
    await expect(request('http://127.0.0.1:1', { dispatcher })).rejects.toMatchObject({
      code: 'ECONNREFUSED',
    })
  })

  test('one that is too long: the network waits for who reads', async () => {
    const setup = composed({ rules: { maxBodyBytes: 1000 } })
    const flood = new Flood(64)
    origin.answer = flood.answer
    const { body } = await request(origin.url, { dispatcher: setup.dispatcher })
    await flood.spread()
    expect(flood.left).toBeGreaterThan(0)
    expect((await body.arrayBuffer()).byteLength).toBe(flood.bytes)
    await setup.interceptor.settled()
    origin.answer = saying('small')
    expect((await read(setup)).how).toBe('uri-miss')
  })
})

describe('users and changes', () => {
  test('users of one private client are told apart', async () => {
    const setup = composed()
    origin.answer = counting({ 'Cache-Control': 'private, max-age=60' })
    for (const _ of [1, 2]) {
      const texts = []
      for (const authorization of ['ann', 'bob']) {
        texts.push((await read(setup, '/', { headers: { authorization } })).text)
      }
      expect(texts).toEqual(['1', '2'])
    }
  })

  test('cookies are set once', async () => {
    const setup = composed({ profile: 'rfc' })
    origin.answer = counting({ 'Set-Cookie': ['a=1', 'b=2'] })
    expect((await read(setup)).headers['set-cookie']).toEqual(['a=1', 'b=2'])
    const { how, headers } = await read(setup)
    expect([how, headers['set-cookie']]).toEqual(['hit', undefined])
  })

  test('what changes makes invalid what is stored (RFC 9111 §4.4)', async () => {
    const setup = composed()
    await read(setup)
    origin.answer = (request, response) => request.pipe(response)
    const init: Init = { method: 'PUT', body: 'changed', headers: { 'content-type': 'text/plain' } }
    expect(await read(setup, '/', init)).toMatchObject({ text: 'changed', how: 'method' })
    expect(origin.asked[1]?.fields).toMatchObject({ 'content-length': '7' })
    origin.answer = saying('new')
    expect(await read(setup)).toMatchObject({ text: 'new', how: 'uri-miss' })
  })

  test('an answer to POST is kept where it says to be what GET gets (RFC 9110 §9.3.3)', async () => {
    const setup = composed()
    origin.answer = saying('posted', { 'Content-Location': '/' })
    await read(setup, '/', { method: 'POST', body: 'x' })
    expect(await read(setup)).toMatchObject({ text: 'posted', how: 'hit' })
  })

  test('what is stale is served while it is renewed, though its reader leaves', async () => {
    const setup = composed()
    origin.answer = counting({ 'Cache-Control': 'max-age=60, stale-while-revalidate=60' })
    await read(setup)
    clock.advance(61_000)
    const leaving = new AbortController()
    const { signal } = leaving
    const { body } = await request(origin.url, { dispatcher: setup.dispatcher, signal })
    expect(await body.text()).toBe('1')
    leaving.abort()
    await setup.interceptor.settled()
    expect(await read(setup)).toMatchObject({ text: '2', how: 'hit' })
  })
})

describe('passing by', () => {
  test('upgrades', async () => {
    const server = createServer((socket) => {
      socket.once('data', () => {
        socket.write('HTTP/1.1 101 Switching\r\nConnection: upgrade\r\nUpgrade: echo\r\n\r\n')
        socket.pipe(socket)
      })
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    onTestFinished(() => void server.close())
    const { port } = server.address() as AddressInfo
    const client = new Client(`http://127.0.0.1:${port}`)
    onTestFinished(() => client.destroy())
    const cache = createCache()
    onTestFinished(() => cache.close())
    const dispatcher = client.compose(hotsetInterceptor({ cache }))
    const { socket } = await dispatcher.upgrade({ path: '/', protocol: 'echo' })
    socket.write('ping')
    expect(String((await once(socket, 'data'))[0])).toBe('ping')
    socket.destroy()
  })

  test('CONNECT', async () => {
    const proxy = createServer((socket) => {
      socket.once('data', () => {
        const { port } = new URL(origin.url)
        const target = connect(Number(port), '127.0.0.1')
        socket.write('HTTP/1.1 200 OK\r\n\r\n')
        socket.pipe(target).pipe(socket)
      })
    }).listen(0, '127.0.0.1')
    await once(proxy, 'listening')
    onTestFinished(() => void proxy.close())
    const { port } = proxy.address() as AddressInfo
    const { dispatcher } = composed()
    const at = { origin: `http://127.0.0.1:${port}`, path: 'there:1' }
    const { socket } = await dispatcher.connect(at)
    socket.write('GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n')
    expect(String((await once(socket, 'data'))[0])).toMatch(/^HTTP\/1.1 200/)
    socket.destroy()
  })

  test('another host than the URL’s', async () => {
    const setup = composed()
    await read(setup)
    expect((await read(setup, '/', { headers: { host: 'other.example' } })).how).toBe('none')
    expect((await read(setup)).how).toBe('hit')
  })

  test('what is redirected below is nobody’s of that URL; above, each hop is kept', async () => {
    origin.answer = (request, response) => {
      if (request.url === '/a') saying('', { Location: '/b' }, 302)(request, response)
      else saying(`at ${request.url}`)(request, response)
    }
    const follow = interceptors.redirect({ maxRedirections: 3 })
    const below = composed({}, follow)
    for (const _ of [1, 2])
      expect(await read(below, '/a')).toMatchObject({ text: 'at /b', how: 'none' })
    expect((await read(below, '/b')).how).toBe('uri-miss')
    const { interceptor, dispatcher } = composed()
    const above = { interceptor, dispatcher: dispatcher.compose(follow) }
    expect((await read(above, '/a')).text).toBe('at /b')
    origin.asked.length = 0
    expect(await read(above, '/a')).toMatchObject({ text: 'at /b', how: 'hit' })
    expect(origin.asked).toEqual([])
  })

  test('with the others of undici: retries below, what is not to be retried is not', async () => {
    const setup = composed({}, interceptors.retry({ minTimeout: 1 }))
    let tries = 0
    origin.answer = (request, response) => {
      if (++tries < 3) saying('busy', { 'Cache-Control': 'no-store' }, 503)(request, response)
      else saying('at last')(request, response)
    }
    expect(await read(setup)).toMatchObject({ text: 'at last', how: 'uri-miss' })
    expect((await read(setup)).how).toBe('hit')
  })
})

test('it is one of undici’s, for all that the process fetches', async () => {
  const { dispatcher, interceptor } = composed()
  const before = new Agent()
  onTestFinished(() => setGlobalDispatcher(before))
  setGlobalDispatcher(dispatcher)
  for (const expected of ['uri-miss', 'hit']) {
    const response = await undiciFetch(origin.url)
    await response.text()
    expect(outcome(response.headers.get('cache-status'))).toBe(expected)
    await interceptor.settled()
  }
})

test('handlers that throw have given up', async () => {
  const { dispatcher, interceptor } = composed()
  for (const step of ['onRequestStart', 'onResponseStart', 'onResponseData'] as const) {
    const error = await new Promise((resolve) => {
      dispatcher.dispatch(
        { origin: origin.url, path: '/', method: 'GET' },
        {
          onRequestStart() {},
          onResponseStart() {},
          onResponseData() {},
          onResponseEnd: () => resolve(undefined),
          onResponseError: (_, failure) => resolve(failure),
          [step]() {
            throw new Error(step)
          },
        },
      )
    })
    expect(error).toMatchObject({ message: step })
    await interceptor.settled()
  }
})
