import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { createHttpCache } from '../../../src/http/exchange/http-cache.ts'
import { createProxy } from '../../../src/http/proxy/proxy.ts'
import { createCache } from '../../../src/index.ts'

const purgeToken = 'a token of some length'.replaceAll(' ', '-')
let asked: string[] = []
let closes: (() => Promise<unknown>)[] = []
let url: string
let open: string

beforeAll(async () => {
  const origin = createServer((request, response) => {
    asked.push(`${request.method} ${request.url}`)
    const headers = { 'Cache-Control': 'max-age=60', 'Surrogate-Key': 'all some' }
    response.writeHead(200, headers).end(`${asked.length}`)
  })
  const port = await new Promise<number>((resolve) => {
    origin.listen(0, '127.0.0.1', () => resolve((origin.address() as AddressInfo).port))
  })
  const start = async (token?: string) => {
    const cache = createCache()
    const proxy = createProxy({
      origin: `http://127.0.0.1:${port}`,
      cache: createHttpCache({ cache }),
      purgeToken: token,
    })
    closes = [...closes, () => proxy.close(), () => cache.close()]
    const address = await proxy.listen(0, '127.0.0.1')
    return `http://127.0.0.1:${address.port}`
  }
  url = await start(purgeToken)
  open = await start()
  closes.push(async () => origin.close())
})
afterAll(async () => {
  for (const close of closes) await close()
})
beforeEach(async () => {
  await purge('/', { 'Surrogate-Key': 'all' })
  asked = []
})

const authorization = `Bearer ${purgeToken}`
const purge = (path: string, headers: Record<string, string> = {}) =>
  fetch(url + path, { method: 'PURGE', headers: { authorization, ...headers } })
const get = async (path: string) => {
  const response = await fetch(url + path)
  await response.text()
  return /; *fwd=([a-z-]+)/.exec(response.headers.get('cache-status') ?? '')?.[1] ?? 'hit'
}

describe('who knows the token', () => {
  test('purges a URL, and no other', async () => {
    await get('/a')
    await get('/b')
    expect((await purge('/a')).status).toBe(200)
    expect([await get('/a'), await get('/b')]).toEqual(['uri-miss', 'hit'])
  })

  test.each([
    ['Surrogate-Key', 'other some'],
    ['Cache-Tag', 'other, some'],
  ])('purges by %s', async (name, value) => {
    await get('/a')
    await purge('/elsewhere', { [name]: value })
    expect(await get('/a')).toBe('uri-miss')
  })

  test('purges softly: what was there is validated', async () => {
    await get('/a')
    await purge('/a', { 'Soft-Purge': '1' })
    expect(await get('/a')).toBe('stale')
  })
})

describe('who does not', () => {
  test.each([
    '',
    'Bearer',
    `Bearer ${purgeToken}x`,
    `Bearer ${purgeToken.slice(1)}`,
    `Basic ${purgeToken}`,
  ])('%s', async (authorization) => {
    await get('/a')
    const response = await purge('/a', { authorization })
    expect([response.status, response.headers.get('www-authenticate')]).toEqual([401, 'Bearer'])
    expect(await get('/a')).toBe('hit')
    expect(asked).toEqual(['GET /a'])
  })
})

test('without a token there is no such method', async () => {
  await fetch(`${open}/a`, { method: 'PURGE', headers: { authorization } })
  expect(asked).toEqual(['PURGE /a'])
})

test('a token that could be guessed is refused, and not repeated', () => {
  const cache = createHttpCache({ cache: createCache() })
  for (const token of ['', 'short', 'with spaces in it, and long']) {
    const make = () => createProxy({ origin: 'http://a', cache, purgeToken: token })
    expect(make).toThrow('Expected `purgeToken` to be 16 characters or more, and no spaces')
  }
})
