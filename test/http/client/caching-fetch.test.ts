import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
import { Agent } from 'undici'
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { type CachingFetchOptions, cachingFetch } from '../../../src/http/client/index.ts'
import { createCache } from '../../../src/index.ts'
import { fakeClock } from '../../../src/testing/index.ts'
import { makeCertificates } from '../../servers/certificates.ts'
import { oneRequest } from './one-request.ts'
import {
  counting,
  Flood,
  originOf,
  outcome,
  saying,
  start,
  type TestOrigin,
  until,
} from './test-origin.ts'

let origin: TestOrigin
let clock: ReturnType<typeof fakeClock>

beforeEach(async () => {
  origin = await originOf()
  clock = fakeClock(start)
})

function client(options: Partial<CachingFetchOptions> = {}): ReturnType<typeof cachingFetch> {
  const cache = options.cache ?? createCache({ clock })
  if (options.cache === undefined) onTestFinished(() => cache.close())
  return cachingFetch({ clock, ...options, cache })
}

function how(response: Response): string {
  return outcome(response.headers.get('cache-status'))
}

/** Reads it all; what is stored of it then is. */
async function read(fetch: ReturnType<typeof cachingFetch>, path = '/', init?: RequestInit) {
  const response = await fetch(new URL(path, origin.url), init)
  const text = await response.text()
  await fetch.settled()
  return { text, how: how(response), response }
}

describe('a response', () => {
  test('says all that one from the network does, each time', async () => {
    const fetch = client()
    origin.answer = saying('hello', { 'X-Id': ['1', '2'], 'Content-Type': 'text/plain' }, 203)
    for (const expected of ['uri-miss', 'hit', 'hit']) {
      const response = await fetch(`${origin.url}/a?b#c`)
      expect(how(response)).toBe(expected)
      expect(response).toMatchObject({
        url: `${origin.url}/a?b`,
        status: 203,
        statusText: 'Non-Authoritative Information',
        redirected: false,
        type: 'basic',
        ok: true,
      })
      expect(response.clone()).toMatchObject({ url: response.url, type: 'basic' })
      expect(response.headers.get('x-id')).toBe('1, 2')
      expect(response).toBeInstanceOf(Response)
      expect(await response.text()).toBe('hello')
      await fetch.settled()
    }
    expect(origin.asked).toHaveLength(1)
  })

  test('without a body has none (Fetch §2.2.3)', async () => {
    const fetch = client()
    origin.answer = saying('', {}, 204)
    expect((await read(fetch)).how).toBe('uri-miss')
    const { how, response } = await read(fetch)
    expect([how, response.status, response.body]).toEqual(['hit', 204, null])
  })

  test('to HEAD comes from a stored GET (RFC 9110 §9.3.2)', async () => {
    const fetch = client()
    await read(fetch)
    const { text, how, response } = await read(fetch, '/', { method: 'HEAD' })
    expect([text, how, response.headers.get('content-length')]).toEqual(['', 'hit', '5'])
  })

  test('to a range comes from a stored whole (RFC 9110 §14)', async () => {
    const fetch = client()
    await read(fetch)
    const { text, response } = await read(fetch, '/', { headers: { Range: 'bytes=1-2' } })
    expect([text, response.status]).toEqual(['el', 206])
    expect(origin.asked).toHaveLength(1)
  })

  test('whose coding was undone is kept as what it is then', async () => {
    const fetch = client()
    const coded = gzipSync('hello')
    origin.answer = (_, response) => {
      const fields = { 'Cache-Control': 'max-age=60', 'Content-Encoding': 'gzip' }
      response.writeHead(200, { ...fields, 'Content-Length': coded.length }).end(coded)
    }
    expect(await read(fetch)).toMatchObject({ text: 'hello', how: 'uri-miss' })
    const { text, how, response } = await read(fetch)
    expect([text, how, response.headers.get('content-encoding')]).toEqual(['hello', 'hit', null])
    expect(response.headers.get('content-length')).toBe('5')
  })

  test('that is changed by who gets it is changed for nobody else', async () => {
    const fetch = client()
    for (const _ of [1, 2, 3]) {
      const response = await fetch(origin.url)
      response.headers.set('X-Mine', 'x')
      const reader = response.body?.getReader()
      const part = await reader?.read()
      part?.value?.fill(0)
      while (reader && !(await reader.read()).done);
      await fetch.settled()
    }
    const { text, response } = await read(fetch)
    expect([text, response.headers.get('x-mine')]).toEqual(['hello', null])
  })

  test('is read in the buffers of who reads it', async () => {
    const reader = (await client()(origin.url)).body?.getReader({ mode: 'byob' })
    const part = await reader?.read(new Uint8Array(100))
    expect(new TextDecoder().decode(part?.value)).toBe('hello')
    expect((await reader?.read(new Uint8Array(100)))?.done).toBe(true)
  })

  test('over TLS is kept as any', async () => {
    const files = makeCertificates()
    onTestFinished(() => files.remove())
    const [key, cert, ca] = [files.key, files.certificate, files.authority].map((path) =>
      readFileSync(path, 'utf8'),
    ) as [string, string, string]
    const secure = await originOf(counting(), { key, cert })
    const dispatcher = new Agent({ connect: { ca } })
    onTestFinished(() => dispatcher.close())
    const fetch = client()
    // What a runtime takes besides, such as undici's dispatcher, is passed on.
    const init = { dispatcher } as RequestInit
    for (const expected of ['uri-miss', 'hit']) {
      const response = await fetch(secure.url, init)
      expect([await response.text(), how(response)]).toEqual(['1', expected])
      await fetch.settled()
    }
    await expect(fetch(`${secure.url}/other`)).rejects.toThrow('fetch failed')
  })
})

oneRequest(
  () => origin,
  () => {
    const fetch = client()
    return (signal) => read(fetch, '/', { signal: signal ?? null })
  },
)

test('one request is not shared where its response is for one alone', async () => {
  const fetch = client()
  origin.answer = counting({ 'Set-Cookie': 'id=1' })
  const answers = await Promise.all([1, 2, 3].map(() => read(fetch)))
  expect(new Set(answers.map(({ text }) => text)).size).toBe(3)
})

describe('abort', () => {
  test('before anything was sent', async () => {
    const fetch = client()
    const signal = AbortSignal.abort(new Error('never'))
    await expect(fetch(origin.url, { signal })).rejects.toThrow('never')
    await expect(fetch(origin.url, { signal, method: 'POST' })).rejects.toThrow('never')
    expect(origin.asked).toEqual([])
  })

  for (const fields of [{}, { 'Cache-Control': 'no-store' }]) {
    test(`of a body ${JSON.stringify(fields)}: it fails, and what there is of it is not kept`, async () => {
      const fetch = client()
      let connection: { destroy(): void } | undefined
      origin.answer = (request, response) => {
        connection = request.socket
        response.writeHead(200, { 'Cache-Control': 'max-age=60', ...fields }).write('half')
      }
      const leaving = new AbortController()
      const response = await fetch(origin.url, { signal: leaving.signal })
      const reader = response.body?.getReader()
      await reader?.read()
      leaving.abort(new Error('enough'))
      await expect(reader?.read()).rejects.toThrow('enough')
      connection?.destroy()
      await fetch.settled()
      origin.answer = saying('whole')
      expect(await read(fetch)).toMatchObject({ text: 'whole', how: 'uri-miss' })
    })
  }

  test('of a body that may be kept: it is kept once it has come', async () => {
    const fetch = client()
    let go = () => {}
    origin.answer = (_, response) => {
      response.writeHead(200, { 'Cache-Control': 'max-age=60' }).write('one ')
      go = () => response.end('two')
    }
    const leaving = new AbortController()
    const response = await fetch(origin.url, { signal: leaving.signal })
    leaving.abort()
    await expect(response.text()).rejects.toMatchObject({ name: 'AbortError' })
    go()
    await fetch.settled()
    expect(await read(fetch)).toMatchObject({ text: 'one two', how: 'hit' })
  })

  test('a body that nobody wants is not read, where it cannot be kept', async () => {
    const fetch = client()
    let gone = false
    origin.answer = (request, response) => {
      request.socket.on('close', () => (gone = true))
      response.writeHead(200, { 'Cache-Control': 'no-store' }).write('half')
    }
    await (await fetch(origin.url)).body?.cancel()
    await until(() => gone)
  })
})

describe('failures are those of the network', () => {
  const truncated: TestOrigin['answer'] = (_, response) => {
    const fields = { 'Cache-Control': 'max-age=60', 'Content-Length': '100' }
    response.writeHead(200, fields).write('half', () => response.destroy())
  }

  test('nobody there', async () => {
    const { url } = origin
    const bare = await globalThis.fetch('http://127.0.0.1:1').catch((error) => error)
    const cached = await client()('http://127.0.0.1:1').catch((error) => error)
    expect(`${cached}`).toBe(`${bare}`)
    expect(cached.cause?.code ?? cached.cause?.message).toBe(
      bare.cause?.code ?? bare.cause?.message,
    )
    expect(url).toContain('127.0.0.1')
  })

  test('a body that breaks off fails as it would, and is not stored', async () => {
    const fetch = client()
    origin.answer = truncated
    const bare = await (await globalThis.fetch(origin.url)).text().catch((error) => error)
    const cached = await (await fetch(origin.url)).text().catch((error) => error)
    expect(cached).toBeInstanceOf(TypeError)
    expect(`${cached}`).toBe(`${bare}`)
    await fetch.settled()
    origin.answer = saying('whole')
    expect(await read(fetch)).toMatchObject({ text: 'whole', how: 'uri-miss' })
  })

  test('what is no request is none', async () => {
    const fetch = client()
    await expect(fetch('no url')).rejects.toThrow(TypeError)
    await expect(fetch(origin.url, { method: 'GET', body: 'x' })).rejects.toThrow(TypeError)
  })
})

describe('streams', () => {
  test('of what cannot be kept: the network waits for who reads', async () => {
    const fetch = client({ rules: { maxBodyBytes: 1000 } })
    const flood = new Flood(64)
    origin.answer = flood.answer
    const response = await fetch(origin.url)
    await flood.spread()
    expect(flood.left).toBeGreaterThan(0)
    expect((await response.arrayBuffer()).byteLength).toBe(flood.bytes)
    await fetch.settled()
    origin.answer = saying('small')
    expect((await read(fetch)).how).toBe('uri-miss')
  })

  test('go to the network as they are', async () => {
    const fetch = client()
    origin.answer = (request, response) => request.pipe(response)
    const chunks = new ReadableStream({
      start(controller) {
        for (const each of ['a', 'b', 'c']) controller.enqueue(new TextEncoder().encode(each))
        controller.close()
      },
    })
    const init = { method: 'PUT', body: chunks, duplex: 'half' } as RequestInit
    expect((await read(fetch, '/', init)).text).toBe('abc')
    const request = new Request(origin.url, { method: 'PUT', body: 'text' })
    expect(await (await fetch(request)).text()).toBe('text')
    // What has a length keeps it.
    expect(origin.asked[1]?.fields['content-length']).toBe('4')
  })
})

describe('redirects (Fetch §4.4)', () => {
  const site =
    (hops: Record<string, [number, string, Record<string, string>?]>): TestOrigin['answer'] =>
    (request, response) => {
      const [status, location, fields] = hops[request.url ?? ''] ?? [200, '']
      if (status === 200) saying(`at ${request.url}`)(request, response)
      else saying('', { Location: location, ...fields }, status)(request, response)
    }

  test('each hop is kept by itself, and says where it led', async () => {
    const fetch = client()
    origin.answer = site({
      '/a': [301, '/b'],
      '/b': [302, '/c#x', { 'Cache-Control': 'no-store' }],
    })
    for (const paths of [['/a', '/b', '/c'], ['/b']]) {
      origin.asked.length = 0
      const { text, response } = await read(fetch, '/a')
      expect(text).toBe('at /c')
      expect(response).toMatchObject({ url: `${origin.url}/c`, redirected: true })
      expect(origin.asked.map(({ path }) => path)).toEqual(paths)
    }
  })

  test('manual and error', async () => {
    const fetch = client()
    origin.answer = site({ '/a': [301, '/b'] })
    for (const expected of ['uri-miss', 'hit']) {
      const { how, response } = await read(fetch, '/a', { redirect: 'manual' })
      expect([how, response.status, response.headers.get('location')]).toEqual([
        expected,
        301,
        '/b',
      ])
    }
    await expect(fetch(`${origin.url}/a`, { redirect: 'error' })).rejects.toThrow('fetch failed')
  })

  test.each([
    ['no URL', 'http://['],
    ['another scheme', 'ftp://127.0.0.1/'],
    ['credentials', 'http://user:secret@127.0.0.1/'],
    ['itself', '/a'],
  ])('to %s is a network error', async (_, location) => {
    const fetch = client()
    origin.answer = site({ '/a': [302, location] })
    await expect(fetch(`${origin.url}/a`)).rejects.toThrow(new TypeError('fetch failed'))
    expect(origin.asked.length).toBeLessThanOrEqual(21)
  })

  test('without a target it is the answer', async () => {
    origin.answer = saying('choose', {}, 301)
    expect((await read(client())).text).toBe('choose')
  })

  test('another origin is told nothing of the user', async () => {
    const other = await originOf()
    const fetch = client()
    origin.answer = site({ '/a': [302, `${other.url}/b`] })
    await read(fetch, '/a', { headers: { Authorization: 'secret', Cookie: 'id=1', 'X-Y': 'z' } })
    expect(other.asked[0]?.fields).toMatchObject({ 'x-y': 'z' })
    expect(other.asked[0]?.fields).not.toHaveProperty('authorization')
    expect(other.asked[0]?.fields).not.toHaveProperty('cookie')
  })

  test('of what is no GET are the network’s', async () => {
    const fetch = client()
    origin.answer = (request, response) => {
      const { method, url } = request
      if (method === 'POST') saying('', { Location: '/done' }, 303)(request, response)
      else saying(`${method} ${url}`)(request, response)
    }
    const { text, response } = await read(fetch, '/', { method: 'POST', body: 'x' })
    expect(text).toBe('GET /done')
    expect(response).toMatchObject({ url: `${origin.url}/done`, redirected: true })
    expect((await read(fetch)).how).toBe('uri-miss')
  })
})

describe('integrity (SRI §3.3)', () => {
  const digest = (kind: string, text: string) =>
    `${kind}-${createHash(kind).update(text).digest('base64')}`

  test.each([
    [digest('sha256', 'hello'), true],
    [digest('sha384', 'hello'), true],
    [`${digest('sha512', 'other')} ${digest('sha512', 'hello')}?x`, true],
    [digest('sha256', 'other'), false],
    // The strongest counts alone.
    [`${digest('sha256', 'hello')} ${digest('sha512', 'other')}`, false],
    ['md5-unknown', true],
  ])('%s', async (integrity, intact) => {
    const fetch = client()
    for (const _ of ['network', 'cache']) {
      const reading = read(fetch, '/', { integrity })
      if (!intact) await expect(reading).rejects.toThrow('fetch failed')
      else
        expect(await reading).toMatchObject({ text: 'hello', response: { url: `${origin.url}/` } })
      await fetch.settled()
    }
    expect(origin.asked).toHaveLength(1)
  })

  test('holds for what was validated and for redirects', async () => {
    const fetch = client()
    const integrity = digest('sha256', 'hello')
    origin.answer = (request, response) => {
      if (request.url === '/a') saying('elsewhere', { Location: '/b' }, 302)(request, response)
      else if (request.headers['if-none-match']) response.writeHead(304).end()
      else saying('hello', { ETag: '"1"' })(request, response)
    }
    expect((await read(fetch, '/a', { integrity })).text).toBe('hello')
    clock.advance(61_000)
    expect(await read(fetch, '/a', { integrity })).toMatchObject({ text: 'hello', how: 'stale' })
  })
})

describe('users', () => {
  const secretOf = (headers: Record<string, string>) => ({ headers })
  const ann = secretOf({ Authorization: 'ann' })
  const bob = secretOf({ Authorization: 'bob' })

  for (const control of ['max-age=60', 'private, max-age=60', 'public, max-age=60']) {
    test(`of one private client are told apart: ${control}`, async () => {
      const fetch = client()
      origin.answer = counting({ 'Cache-Control': control })
      const cookie = secretOf({ Cookie: 'id=1' })
      const other = secretOf({ Cookie: 'id=2' })
      for (const hows of [Array(5).fill('vary-miss'), Array(5).fill('hit')]) {
        const answers = []
        for (const init of [ann, bob, cookie, other, {}]) answers.push(await read(fetch, '/', init))
        expect(answers.map(({ text }) => text)).toEqual(['1', '2', '3', '4', '5'])
        if (hows[0] === 'hit') expect(answers.map(({ how }) => how)).toEqual(hows)
      }
    })
  }

  test('the store is given no token to read', async () => {
    const cache = createCache({ clock })
    onTestFinished(() => cache.close())
    const fetch = client({ cache })
    await read(fetch, '/', secretOf({ Authorization: 'Bearer s3cret' }))
    expect(origin.asked[0]?.fields).not.toHaveProperty('hotset caller')
    expect((await read(fetch, '/', secretOf({ Authorization: 'Bearer s3cret' }))).how).toBe('hit')
    const rows = await cache.get(`http1:fetch private :${origin.url}/`)
    expect(JSON.stringify(rows)).not.toContain('s3cret')
    expect(JSON.stringify(rows)).toContain('hotset caller')
  })

  test('in the rfc profile a private client is one user’s (RFC 9111 §1.2.3)', async () => {
    const fetch = client({ profile: 'rfc' })
    await read(fetch, '/', ann)
    expect((await read(fetch, '/', bob)).how).toBe('hit')
  })

  test('of a shared client are answered alike only where the response says so (RFC 9111 §3.5)', async () => {
    const fetch = client({ shared: true })
    origin.answer = counting({ 'Cache-Control': 'max-age=60' })
    await read(fetch, '/a', ann)
    expect((await read(fetch, '/a', bob)).how).toBe('uri-miss')
    origin.answer = counting({ 'Cache-Control': 'private, max-age=60' })
    await read(fetch, '/b')
    expect((await read(fetch, '/b')).how).toBe('uri-miss')
    origin.answer = counting({ 'Cache-Control': 'public, max-age=60' })
    await read(fetch, '/c', ann)
    expect((await read(fetch, '/c', bob)).how).toBe('hit')
  })

  test('a private and a shared client on one cache share nothing', async () => {
    const cache = createCache({ clock })
    onTestFinished(() => cache.close())
    await read(client({ cache }))
    expect((await read(client({ cache, shared: true }))).how).toBe('uri-miss')
  })
})

describe('cookies', () => {
  test('what sets one is not kept', async () => {
    const fetch = client()
    origin.answer = counting({ 'Set-Cookie': ['a=1', 'b=2'] })
    for (const text of ['1', '2']) {
      const { response, ...rest } = await read(fetch)
      expect(rest).toEqual({ text, how: 'uri-miss' })
      expect(response.headers.getSetCookie()).toEqual(['a=1', 'b=2'])
    }
  })

  test('in the rfc profile it is, and sets it once', async () => {
    const fetch = client({ profile: 'rfc' })
    origin.answer = counting({ 'Set-Cookie': ['a=1', 'b=2'], ETag: '"1"' })
    const cookies = async () => (await read(fetch)).response.headers.getSetCookie()
    expect(await cookies()).toEqual(['a=1', 'b=2'])
    expect(await cookies()).toEqual([])
    clock.advance(61_000)
    origin.answer = (_, response) => {
      response.writeHead(304, { 'Set-Cookie': 'a=3', 'Cache-Control': 'max-age=60' }).end()
    }
    expect(await cookies()).toEqual(['a=3'])
    expect(await cookies()).toEqual([])
  })
})

describe('changes', () => {
  for (const method of ['POST', 'PUT', 'DELETE', 'PATCH', 'M-SEARCH']) {
    test(`${method} makes invalid what is stored (RFC 9111 §4.4)`, async () => {
      const fetch = client()
      await read(fetch, '/a')
      await read(fetch, '/b')
      origin.answer = saying('changed', { Location: '/b' })
      expect(await read(fetch, '/a', { method })).toMatchObject({ text: 'changed', how: 'method' })
      origin.answer = saying('new')
      expect((await read(fetch, '/a')).text).toBe('new')
      expect((await read(fetch, '/b')).text).toBe('new')
    })
  }

  test('that fail, and safe methods, make nothing invalid', async () => {
    const fetch = client()
    await read(fetch)
    await read(fetch, '/', { method: 'OPTIONS' })
    origin.answer = saying('no', {}, 403)
    await read(fetch, '/', { method: 'POST', cache: 'no-store' })
    expect((await read(fetch)).how).toBe('hit')
    origin.answer = saying('yes')
    await read(fetch, '/', { method: 'POST', cache: 'no-store' })
    expect((await read(fetch)).how).toBe('uri-miss')
  })

  test('purges by URL, tag, softly', async () => {
    const fetch = client()
    origin.answer = counting({ 'Surrogate-Key': 'news' })
    await read(fetch)
    await fetch.purge({ url: `${origin.url}/` })
    expect((await read(fetch)).text).toBe('2')
    await fetch.purge({ tag: 'news' })
    expect((await read(fetch)).text).toBe('3')
    await fetch.purge({ tag: 'news' }, { soft: true })
    expect(await read(fetch)).toMatchObject({ text: '4', how: 'stale' })
  })
})

test('what is stale is served while it is renewed (RFC 5861 §3)', async () => {
  const fetch = client()
  origin.answer = counting({ 'Cache-Control': 'max-age=60, stale-while-revalidate=60' })
  await read(fetch)
  clock.advance(61_000)
  const leaving = new AbortController()
  const response = await fetch(origin.url, { signal: leaving.signal })
  expect([await response.text(), how(response)]).toEqual(['1', 'hit'])
  leaving.abort()
  await fetch.settled()
  expect(await read(fetch)).toMatchObject({ text: '2', how: 'hit' })
})

test('another host than the URL’s is asked without the cache', async () => {
  const fetch = client()
  await read(fetch)
  expect((await read(fetch, '/', { headers: { Host: 'other.example' } })).how).toBe('none')
})

test('one client in front of another', async () => {
  const shared = client({ shared: true, name: 'shared' })
  const own = client({ fetch: shared })
  origin.answer = counting({ 'Cache-Control': 'max-age=10, s-maxage=600', ETag: '"1"' })
  expect((await read(own)).text).toBe('1')
  await shared.settled()
  clock.advance(11_000)
  // What validates asks the origin: the other has no part in requests with conditions.
  expect(await read(own)).toMatchObject({ text: '2', how: 'stale' })
})

test('options that make no sense are refused', () => {
  const cache = createCache({ clock })
  onTestFinished(() => cache.close())
  const misspelt = { cache, chache: 1 }
  expect(() => cachingFetch(misspelt)).toThrow('Unknown option `chache`')
  expect(() => client({ cache, fetch: 'x' as never })).toThrow('Expected `fetch`')
})
