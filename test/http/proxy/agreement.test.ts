import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { createHttpCache } from '../../../src/http/exchange/http-cache.ts'
import { createProxy, type ProxyOptions } from '../../../src/http/proxy/proxy.ts'
import { createCache } from '../../../src/index.ts'
import { RawClient } from './raw.ts'

/** What the origin saw, as it says itself in what it answers. */
interface Seen {
  readonly method: string
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

async function seenBy(message: IncomingMessage): Promise<Seen> {
  let body = ''
  for await (const bytes of message) body += bytes
  const { method = '', url = '', headers } = message
  return { method, url, headers: headers as Seen['headers'], body }
}

/** An origin that answers what it was asked, for a minute, by language; and a proxy before it. */
async function proxied(options: Partial<ProxyOptions> = {}) {
  const origin = createServer((message, response) => {
    seenBy(message).then((seen) => {
      response.setHeader('Cache-Control', 'max-age=60')
      response.setHeader('Vary', 'Accept-Language')
      response.end(JSON.stringify(seen))
    })
  }).listen(0, '127.0.0.1')
  await new Promise((resolve) => origin.once('listening', resolve))
  const cache = createCache()
  const at = `http://127.0.0.1:${(origin.address() as AddressInfo).port}`
  const httpCache = createHttpCache({ cache })
  const proxy = createProxy({ origin: at, cache: httpCache, timeout: '3s', ...options })
  const { port } = await proxy.listen(0, '127.0.0.1')
  onTestFinished(async () => {
    await proxy.close()
    origin.closeAllConnections()
    origin.close()
    await cache.close()
  })
  /** One request as it goes over the wire, its body last, and its answer. */
  return async (...lines: readonly string[]) => {
    const [start, ...rest] = lines
    const client = new RawClient(`http://127.0.0.1:${port}`)
    client.send(start as string, ...rest.slice(0, -1), 'Connection: close', '', rest.at(-1) ?? '')
    const text = await client.ended()
    const status = Number(/^HTTP\/1\.1 (\d+)/.exec(text)?.[1])
    const json = /\{.*\}/s.exec(text)?.[0]
    const seen = json === undefined ? undefined : (JSON.parse(json) as Seen)
    return { status, text, seen, hit: /cache-status:.*hit/i.test(text) }
  }
}

test('a URL as the target says the host, to the cache and to the origin', async () => {
  const ask = await proxied()
  const { seen } = await ask('GET http://victim.example/ HTTP/1.1', 'Host: evil.example', '')
  expect(seen?.headers).toMatchObject({
    host: 'victim.example',
    'x-forwarded-host': 'victim.example',
  })
  expect(await ask('GET / HTTP/1.1', 'Host: victim.example', '')).toMatchObject({ hit: true })
  const other = await ask('GET https://victim.example/ HTTP/1.1', 'Host: x', '')
  expect(other).toMatchObject({ hit: true })
})

test('a host of nobody is that of the origin, to both', async () => {
  const ask = await proxied()
  const { seen } = await ask('GET / HTTP/1.1', 'Host:', '')
  expect(seen?.headers.host).toMatch(/^127\.0\.0\.1:\d+$/)
  const again = await ask('GET / HTTP/1.1', `Host: ${seen?.headers.host}`, '')
  expect(again).toMatchObject({ hit: true })
})

test('a target with a fragment is refused', async () => {
  const ask = await proxied()
  expect(await ask('GET /page#"><script> HTTP/1.1', 'Host: x', '')).toMatchObject({ status: 400 })
  expect(await ask('GET http://x/page#a HTTP/1.1', 'Host: x', '')).toMatchObject({ status: 400 })
})

test.each(['GET', 'HEAD'])('a %s with a body is answered, and kept from everybody', async (how) => {
  const ask = await proxied()
  const { seen, status } = await ask(`${how} /p HTTP/1.1`, 'Host: x', 'Content-Length: 4', 'evil')
  expect(status).toBe(200)
  if (how === 'GET') expect(seen?.body).toBe('evil')
  const { hit, seen: own } = await ask('GET /p HTTP/1.1', 'Host: x', '')
  expect(hit).toBe(false)
  expect(own?.body).toBe('')
})

test('nobody waits for a body that somebody else does not send', async () => {
  const ask = await proxied()
  const idle = ask('GET /p HTTP/1.1', 'Host: x', 'Content-Length: 10', '')
  expect(await ask('GET /p HTTP/1.1', 'Host: x', '')).toMatchObject({ status: 200 })
  await idle
})

test('what a client takes back by Connection has not chosen what is kept', async () => {
  const ask = await proxied()
  const german = 'Accept-Language: de'
  const taken = await ask('GET / HTTP/1.1', 'Host: x', german, 'Connection: Accept-Language', '')
  expect(taken.seen?.headers['accept-language']).toBeUndefined()
  const { hit, seen } = await ask('GET / HTTP/1.1', 'Host: x', german, '')
  expect(hit).toBe(false)
  expect(seen?.headers['accept-language']).toBe('de')
  const hostless = await ask('GET /h HTTP/1.1', 'Host: x', 'Connection: Host', '')
  expect(hostless.seen?.headers.host).toBe('x')
})

test('what a client says of itself is not passed on, however it is called', async () => {
  const ask = await proxied()
  const claims = ['X-Forwarded-Prefix: //evil', 'X-Forwarded-Ssl: on', 'X-Original-URL: /admin']
  const { seen } = await ask('GET / HTTP/1.1', 'Host: x', ...claims, 'X-Host: evil', '')
  const names = Object.keys(seen?.headers ?? {}).filter((name) => /^x-/.test(name))
  expect(names.sort()).toEqual(['x-forwarded-for', 'x-forwarded-host', 'x-forwarded-proto'])
})

test('a proxy that is trusted says host and scheme, to the cache as well', async () => {
  const ask = await proxied({ trustForwarded: true })
  const from = (host: string, scheme = 'http') =>
    ask(
      'GET / HTTP/1.1',
      'Host: in',
      `X-Forwarded-Host: ${host}`,
      `X-Forwarded-Proto: ${scheme}`,
      '',
    )
  expect(await from('a.example')).toMatchObject({ hit: false })
  expect(await from('b.example')).toMatchObject({ hit: false })
  expect(await from('a.example', 'https, http')).toMatchObject({ hit: false })
  expect(await from('a.example')).toMatchObject({ hit: true })
  expect(await from('a.example', 'https')).toMatchObject({ hit: true })
})

test('an empty body is one length, said once', async () => {
  const ask = await proxied()
  for (const method of ['POST', 'PUT', 'PATCH', 'DELETE']) {
    const { status, seen } = await ask(`${method} / HTTP/1.1`, 'Host: x', 'Content-Length: 0', '')
    expect([status, seen?.method, seen?.body]).toEqual([200, method, ''])
  }
})

test('an upgrade that is not heeded leaves the request as it was', async () => {
  const ask = await proxied()
  await ask('GET /page HTTP/1.1', 'Host: x', '')
  const upgrade = ['Connection: Upgrade, HTTP2-Settings', 'Upgrade: h2c', 'HTTP2-Settings: AAM']
  const post = ['POST /page HTTP/1.1', 'Host: x', ...upgrade, 'Content-Length: 5', 'hello']
  const { seen, status } = await ask(...post)
  expect([status, seen?.body]).toEqual([200, 'hello'])
  expect(seen?.headers).not.toHaveProperty('upgrade')
  expect(await ask('GET /page HTTP/1.1', 'Host: x', '')).toMatchObject({ hit: false })
  const trace = ['TRACE / HTTP/1.1', 'Host: x', 'Connection: upgrade', 'Upgrade: websocket', '']
  expect(await ask(...trace)).toMatchObject({ status: 405 })
})

test('OPTIONS goes as far as it is allowed to', async () => {
  const ask = await proxied()
  const last = await ask('OPTIONS / HTTP/1.1', 'Host: x', 'Max-Forwards: 0', '')
  expect([last.status, last.seen]).toEqual([200, undefined])
  const { seen } = await ask('OPTIONS / HTTP/1.1', 'Host: x', 'Max-Forwards: 3', '')
  expect(seen?.headers['max-forwards']).toBe('2')
})
