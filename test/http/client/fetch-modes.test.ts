import { beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { cachingFetch } from '../../../src/http/client/index.ts'
import { createCache } from '../../../src/index.ts'
import { fakeClock } from '../../../src/testing/index.ts'
import { originOf, outcome, saying, start, type TestOrigin } from './test-origin.ts'

/** Fetch §4.6, HTTP-network-or-cache fetch: the modes of a request. */

let origin: TestOrigin
let clock: ReturnType<typeof fakeClock>
let fetch: ReturnType<typeof cachingFetch>

beforeEach(async () => {
  origin = await originOf()
  clock = fakeClock(start)
  const cache = createCache({ clock })
  onTestFinished(() => cache.close())
  fetch = cachingFetch({ cache, clock })
})

async function get(init?: RequestInit, path = '/'): Promise<[string, string]> {
  const response = await fetch(origin.url + path, init)
  const text = await response.text()
  await fetch.settled()
  return [text, outcome(response.headers.get('cache-status'))]
}

/** Something is stored, and it is this old. */
async function stored(seconds: number, fields: Record<string, string> = {}): Promise<void> {
  origin.answer = saying('old', { ETag: '"old"', ...fields })
  await get()
  clock.advance(seconds * 1000)
  origin.asked.length = 0
  origin.answer = (request, response) => {
    const { headers } = request
    if (headers['if-none-match'] === '"old"') response.writeHead(304, { ETag: '"old"' }).end()
    else saying('new', { ETag: '"new"' })(request, response)
  }
}

interface Row {
  readonly cache: RequestCache
  readonly age: number
  readonly fields?: Record<string, string>
  readonly headers?: Record<string, string>
  /** What is got, and how it came about. */
  readonly got: readonly [string, string]
  /** What the network was sent, if it was asked. */
  readonly sent?: Record<string, string | undefined>
  /** What a plain request gets afterwards. */
  readonly afterwards: readonly [string, string]
}

const reloading = { 'cache-control': 'no-cache', pragma: 'no-cache', 'if-none-match': undefined }
const strict = { 'Cache-Control': 'max-age=60, must-revalidate' }
const rows: readonly Row[] = [
  { cache: 'default', age: 0, got: ['old', 'hit'], afterwards: ['old', 'hit'] },
  {
    cache: 'default',
    age: 61,
    got: ['old', 'stale'],
    // Nothing that makes other caches on the way ask the origin.
    sent: { 'if-none-match': '"old"', 'cache-control': 'max-stale=0' },
    afterwards: ['old', 'hit'],
  },
  {
    // "If the cache mode is default and there are conditions, set it to no-store."
    cache: 'default',
    age: 0,
    headers: { 'If-None-Match': '"mine"' },
    got: ['new', 'none'],
    sent: { 'if-none-match': '"mine"' },
    afterwards: ['old', 'hit'],
  },
  { cache: 'no-store', age: 0, got: ['new', 'none'], sent: reloading, afterwards: ['old', 'hit'] },
  { cache: 'reload', age: 0, got: ['new', 'request'], sent: reloading, afterwards: ['new', 'hit'] },
  {
    cache: 'reload',
    age: 0,
    headers: { Range: 'bytes=0-0' },
    got: ['new', 'none'],
    afterwards: ['old', 'hit'],
  },
  {
    cache: 'no-cache',
    age: 0,
    got: ['old', 'request'],
    sent: { 'if-none-match': '"old"', 'cache-control': 'max-age=0' },
    afterwards: ['old', 'hit'],
  },
  {
    cache: 'no-cache',
    age: 0,
    fields: { 'Cache-Control': 'max-age=60, immutable' },
    headers: { 'Cache-Control': 'max-age=1000' },
    got: ['old', 'request'],
    sent: { 'if-none-match': '"old"', 'cache-control': 'max-age=1000' },
    afterwards: ['old', 'hit'],
  },
  { cache: 'force-cache', age: 9999, got: ['old', 'hit'], afterwards: ['old', 'stale'] },
  {
    cache: 'force-cache',
    age: 9999,
    headers: { 'Cache-Control': 'no-cache' },
    got: ['old', 'hit'],
    afterwards: ['old', 'stale'],
  },
  {
    cache: 'force-cache',
    age: 61,
    fields: strict,
    got: ['old', 'hit'],
    afterwards: ['old', 'stale'],
  },
  { cache: 'only-if-cached', age: 9999, got: ['old', 'hit'], afterwards: ['old', 'stale'] },
  {
    cache: 'only-if-cached',
    age: 0,
    fields: { 'Cache-Control': 'no-cache' },
    got: ['old', 'hit'],
    afterwards: ['old', 'stale'],
  },
]

describe('what is stored', () => {
  for (const { cache, age, fields, headers, got, sent, afterwards } of rows) {
    const circumstances = [fields, headers].filter((each) => each !== undefined)
    test(`${cache} after ${age} s ${JSON.stringify(circumstances)}`, async () => {
      await stored(age, fields)
      const mode = cache === 'only-if-cached' ? { mode: 'same-origin' as const } : {}
      expect(await get({ cache, headers: headers ?? {}, ...mode })).toEqual(got)
      const asked = got[1] === 'hit' ? [] : [expect.anything()]
      expect(origin.asked).toEqual(asked)
      for (const [name, value] of Object.entries(sent ?? {})) {
        expect([name, origin.asked[0]?.fields[name]]).toEqual([name, value])
      }
      expect(await get()).toEqual(afterwards)
    })
  }
})

describe('nothing stored', () => {
  test('only-if-cached is a network error, and asks nobody', async () => {
    const asking = get({ cache: 'only-if-cached', mode: 'same-origin' })
    await expect(asking).rejects.toThrow(new TypeError('fetch failed'))
    expect(origin.asked).toEqual([])
  })

  test('by its directive it is the 504 of RFC 9111 §5.2.1.7', async () => {
    const headers = { 'Cache-Control': 'only-if-cached' }
    expect((await fetch(origin.url, { headers })).status).toBe(504)
    expect(origin.asked).toEqual([])
  })

  for (const [cache, kept] of [
    ['default', true],
    ['no-store', false],
    ['reload', true],
    ['no-cache', true],
    ['force-cache', true],
  ] as const) {
    test(`${cache} asks the network, and ${kept ? 'keeps' : 'does not keep'} what it says`, async () => {
      await get({ cache })
      expect((await get())[1]).toBe(kept ? 'hit' : 'uri-miss')
    })
  }
})

describe('who insists on the network gets what it says, failures included', () => {
  for (const cache of ['reload', 'no-cache'] as const) {
    test(`${cache}: a 503`, async () => {
      await stored(0, { 'Cache-Control': 'max-age=60, stale-if-error=600' })
      origin.answer = saying('down', {}, 503)
      expect(await get({ cache })).toEqual(['down', 'none'])
      expect(await get()).toEqual(['old', 'hit'])
    })

    test(`${cache}: no answer`, async () => {
      await stored(0)
      origin.answer = ({ socket }) => socket.destroy()
      await expect(get({ cache })).rejects.toThrow(new TypeError('fetch failed'))
      expect(await get()).toEqual(['old', 'hit'])
    })
  }

  test('who does not is served what stands in (RFC 5861 §4)', async () => {
    await stored(61, { 'Cache-Control': 'max-age=60, stale-if-error=600' })
    origin.answer = saying('down', {}, 503)
    expect(await get()).toEqual(['old', 'stale'])
  })
})
