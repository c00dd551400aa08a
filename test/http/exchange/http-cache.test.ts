import { describe, expect, test } from 'vitest'
import { discard } from '../../../src/http/exchange/fetcher.ts'
import { createHttpCache } from '../../../src/http/exchange/http-cache.ts'
import { createCache } from '../../../src/index.ts'
import { ConfigError } from '../../../src/kernel/errors.ts'
import { memoryStore } from '../../../src/stores/memory.ts'
import { gate } from '../gate.ts'
import { base, bytes, page, read, settled, siteWith } from './site.ts'

const cookie = { 'Set-Cookie': 'session=1' }

describe('what is stored', () => {
  test('answers the next request, in the same turn too, and says so', async () => {
    const site = siteWith()
    expect((await site.get('/a')).cacheStatus).toBe('hotset; fwd=uri-miss; fwd-status=200; stored')
    await settled()
    site.clock.advance(10_000)
    const hit = await site.get('/a')
    expect(hit).toMatchObject({ text: 'hello', cacheStatus: 'hotset; hit; ttl=50' })
    expect(hit.fields.age).toBe('10')
    const headers = ['Host', 'example.org']
    const now = site.http.answerNow({ method: 'GET', url: `${base}/a`, headers })
    expect(now && (await read(now))).toEqual(hit)
    expect(site.asked).toHaveLength(1)
  })

  test('answers in the same turn what asking takes a turn for, second by second', async () => {
    const site = siteWith()
    await site.get('/a')
    await settled()
    const plain = { method: 'GET', url: `${base}/a`, headers: ['Host', 'example.org'] }
    const conditional = { ...plain, headers: ['If-None-Match', '*'] }
    for (const seconds of [0.2, 0.9, 1.1, 30, 59, 61]) {
      for (const request of [plain, { ...plain, method: 'HEAD' }, conditional]) {
        const now = site.http.answerNow(request)
        const later = now && (await site.http.handle(request, site.answer))
        expect(now && (await read(now))).toEqual(later && (await read(later)))
      }
      site.clock.advance(seconds * 1000)
    }
    expect(site.http.answerNow(plain)).toBeUndefined()
  })

  test('is not what came in part, too long, or not as long as announced', async () => {
    const site = siteWith({ maxBodyBytes: 10 })
    const bodies = [
      ['broken', () => page(failing(['he', 'llo'])), undefined],
      ['long', () => page(parts(['hello', ' hello'])), 'hello hello'],
      ['long at once', () => page('hello hello'), 'hello hello'],
      ['short', () => page(parts(['hell']), { 'Content-Length': '5' }), 'hell'],
      ['longer than said', () => page(parts(['hello']), { 'Content-Length': '4' }), 'hello'],
    ] as const
    for (const [name, body, text] of bodies) {
      site.answer = async () => body()
      expect((await site.get(`/${name}`)).text).toBe(text)
      await settled()
      expect((await site.get(`/${name}`)).cacheStatus).toMatch(/fwd=uri-miss/)
    }
  })

  test('is never a copy that somebody else can write to', async () => {
    const site = siteWith()
    const buffer = bytes('hello')
    site.answer = async () => page(buffer)
    await site.get('/a')
    await settled()
    buffer.fill(0)
    expect((await site.get('/a')).text).toBe('hello')
  })

  test('is at most so many variants of a URL, the newest', async () => {
    const site = siteWith({ maxVariants: 3 })
    site.answer = async ({ headers }) => page(headers.join(), { Vary: 'X' })
    for (const x of ['1', '2', '3', '4']) {
      await site.get('/a', { X: x })
      await settled()
    }
    expect((await site.get('/a', { X: '1' })).cacheStatus).toMatch(/fwd=vary-miss/)
    for (const x of ['3', '4']) expect((await site.get('/a', { X: x })).cacheStatus).toMatch(/hit/)
    expect((await site.cache.inspect()).memory?.entries).toBe(5)
  })

  test('is found by another query where that makes no difference', async () => {
    const site = siteWith()
    site.answer = async () => page('hello', { 'No-Vary-Search': 'params=("utm")' })
    await site.get('/a?utm=1&x=1')
    await settled()
    expect((await site.get('/a?x=2&utm=2')).cacheStatus).toMatch(/fwd/)
    expect((await site.get('/a?utm=2&x=1')).cacheStatus).toMatch(/hit/)
    await site.http.purge({ url: `${base}/a?utm=3&x=1` })
    expect((await site.get('/a?utm=2&x=1')).cacheStatus).toMatch(/fwd/)
  })

  test('is renewed by a 304, with its body, and by a range that completes it', async () => {
    const site = siteWith()
    site.answer = async () => page('hello', { ETag: '"1"' })
    await site.get('/a')
    await settled()
    site.clock.advance(70_000)
    site.answer = async () => page('', { ETag: '"1"', 'X-New': 'yes' }, 304)
    expect(await site.get('/a')).toMatchObject({ status: 200, text: 'hello' })
    await settled()
    const hit = await site.get('/a')
    expect(hit).toMatchObject({ text: 'hello', cacheStatus: 'hotset; hit; ttl=60' })
    expect(hit.fields['x-new']).toBe('yes')
    expect(site.asked).toHaveLength(2)

    const part = (range: string, text: string) => async () =>
      page(text, { ETag: '"1"', 'Content-Range': range }, 206)
    site.answer = part('bytes 0-4/10', 'hello')
    await site.get('/b', { Range: 'bytes=0-4' })
    await settled()
    site.answer = part('bytes 5-9/10', 'world')
    expect(await site.get('/b')).toMatchObject({ status: 200, text: 'helloworld' })
    expect(site.asked.at(-1)?.headers.join()).toMatch(/Range,bytes=5-/)
    await settled()
    expect(await site.get('/b', { Range: 'bytes=3-6' })).toMatchObject({
      status: 206,
      text: 'lowo',
    })
    expect(site.asked).toHaveLength(4)
  })

  test('has an entity tag where its lifetime is the cache’s own', async () => {
    const site = siteWith({ ttl: 60_000 })
    site.answer = async () => ({ ...page('hello'), headers: [] })
    await site.get('/a')
    await settled()
    const { fields } = await site.get('/a')
    expect(fields.etag).toMatch(/^"[\w+/]{24}"$/)
    const again = await site.get('/a', { 'If-None-Match': fields.etag ?? '' })
    expect(again).toMatchObject({ status: 304, text: '' })
  })
})

test('a page that took the place of one that varied on less answers at once whom it is for', async () => {
  const cache = createCache()
  const set = cache.set.bind(cache)
  const listed = gate()
  let holds = false
  // A list of variants that is slower to come than the page.
  cache.set = async (...args) => {
    if (holds) await listed.promise
    return set(...args)
  }
  const site = siteWith({}, cache)
  const now = (user: string) =>
    site.http.answerNow({
      method: 'GET',
      url: `${base}/a`,
      headers: ['Host', 'example.org', 'X', user],
    })
  site.answer = async () => page('of all', { 'Cache-Control': 'max-age=1', ETag: '"1"' })
  await site.get('/a', { X: '1' })
  await site.http.settled()
  expect(now('1')?.status).toBe(200)
  site.clock.advance(2000)
  holds = true
  site.answer = async () => page('of 1', { Vary: 'X' })
  await site.get('/a', { X: '1' })
  await settled()
  expect(now('1')?.body).toEqual(bytes('of 1'))
  expect(now('2')).toBeUndefined()
  listed.open()
  await site.http.settled()
  expect(now('2')).toBeUndefined()
})

describe('requests at the same time', () => {
  test('share one that is stored', async () => {
    const site = siteWith()
    const reply = gate<ReturnType<typeof page>>()
    site.answer = () => reply.promise
    const all = Array.from({ length: 100 }, () => site.get('/a'))
    await settled()
    reply.open(page(parts(['hel', 'lo'])))
    const answers = await Promise.all(all)
    expect(site.asked).toHaveLength(1)
    expect(new Set(answers.map(({ text }) => text))).toEqual(new Set(['hello']))
    expect(answers.filter(({ cacheStatus }) => /hit.*collapsed/.test(cacheStatus))).toHaveLength(99)
  })

  test('share nothing that is for one alone, and do not wait for it again', async () => {
    const site = siteWith()
    let users = 0
    const replies: (() => void)[] = []
    site.answer = () =>
      new Promise((resolve) => {
        const user = `user ${++users}`
        replies.push(() => resolve(page(user, cookie)))
      })
    const first = Array.from({ length: 10 }, () => site.get('/a'))
    await settled()
    expect(site.asked).toHaveLength(1)
    replies.shift()?.()
    await settled()
    expect(site.asked).toHaveLength(10)
    const second = Array.from({ length: 10 }, () => site.get('/a'))
    await settled()
    expect(site.asked).toHaveLength(20)
    for (const reply of replies) reply()
    const answers = await Promise.all([...first, ...second])
    expect(new Set(answers.map(({ text }) => text)).size).toBe(20)
  })

  test.each([
    ['no-store', { ttl: 60_000 }, { 'Cache-Control': 'no-store' }, {}],
    ['a cookie', { ttl: 60_000 }, { Cookie: 'a=1' }, {}],
    [
      'a cookie, where cookies are named',
      { ttl: 60_000, cookies: ['b'] },
      { Cookie: 'a=1' },
      { Vary: 'Cookie' },
    ],
    ['Authorization', { ttl: 60_000 }, { Authorization: 'x' }, {}],
    [
      'Authorization, where cookies are ignored',
      { ttl: 60_000, cookies: 'ignore' },
      { Authorization: 'x' },
      {},
    ],
  ] as const)(
    'share though one that is not stored came first: %s',
    async (_, rules, fields, answered) => {
      const site = siteWith(rules)
      const reply = gate()
      site.answer = async () => {
        await reply.promise
        const { headers, ...rest } = page('hello')
        return { ...rest, headers: Object.entries(answered).flat() }
      }
      const alone = site.get('/a', fields)
      await settled()
      const first = Array.from({ length: 50 }, () => site.get('/a'))
      await settled()
      expect(site.asked).toHaveLength(2)
      reply.open()
      await Promise.all([alone, ...first])
      expect(site.asked).toHaveLength(2)
      // Nor is it remembered against them, or by itself when it comes between.
      await site.http.purge({ url: `${base}/a` })
      const held = gate()
      site.answer = async () => {
        await held.promise
        return { ...page('hello'), headers: Object.entries(answered).flat() }
      }
      const others = [
        site.get('/a'),
        site.get('/a', fields),
        ...Array.from({ length: 50 }, () => site.get('/a')),
      ]
      await settled()
      held.open()
      await Promise.all(others)
      expect(site.asked).toHaveLength(4)
    },
  )

  test('share by those who say who they are what is declared to be everybody’s', async () => {
    const site = siteWith()
    const reply = gate()
    site.answer = async () => {
      await reply.promise
      return page('hello')
    }
    const all = Array.from({ length: 20 }, (_, i) => site.get('/a', { Cookie: `user=${i}` }))
    await settled()
    reply.open()
    expect(new Set((await Promise.all(all)).map(({ text }) => text))).toEqual(new Set(['hello']))
    expect(site.asked).toHaveLength(1)
  })

  test('share by variant', async () => {
    const site = siteWith()
    site.answer = async ({ headers }) => {
      await settled()
      return page(headers.join(), { Vary: 'X' })
    }
    const all = Array.from({ length: 30 }, (_, i) => site.get('/a', { X: `${i % 3}` }))
    const answers = await Promise.all(all)
    for (const [i, { text }] of answers.entries()) expect(text).toMatch(new RegExp(`X,${i % 3}`))
    expect(site.asked).toHaveLength(3)
  })

  test('share nothing where they want it anew, and do not wait for each other', async () => {
    const site = siteWith()
    await site.get('/a')
    await settled()
    const reply = gate<ReturnType<typeof page>>()
    site.answer = () => reply.promise
    const all = Array.from({ length: 10 }, () => site.get('/a', { 'Cache-Control': 'no-cache' }))
    await settled()
    expect(site.asked).toHaveLength(11)
    reply.open(page('new'))
    expect((await Promise.all(all)).every(({ text }) => text === 'new')).toBe(true)
    await settled()
    expect(await site.get('/a')).toMatchObject({ text: 'new', cacheStatus: /hit/ })
    expect((await site.cache.inspect()).memory?.entries).toBe(3)
  })

  test('share a failure, and what is stale instead of it', async () => {
    const site = siteWith()
    const failure = new Error('down')
    site.answer = async () => {
      await settled()
      throw failure
    }
    const all = await Promise.allSettled(Array.from({ length: 10 }, () => site.get('/a')))
    expect(all.every((one) => one.status === 'rejected' && one.reason === failure)).toBe(true)
    expect(site.asked).toHaveLength(1)
    const { answer } = site
    site.answer = async () => page('old')
    await site.get('/a')
    await settled()
    site.clock.advance(70_000)
    site.answer = answer
    const stale = await Promise.all(Array.from({ length: 10 }, () => site.get('/a')))
    expect(stale.every(({ text }) => text === 'old')).toBe(true)
    expect(site.asked).toHaveLength(3)
  })

  test('go to the origin themselves when the body that they wait for breaks off', async () => {
    const site = siteWith()
    site.answer = async () => page(site.asked.length === 1 ? failing(['he']) : 'hello')
    const [first, ...others] = await Promise.all([site.get('/a'), site.get('/a'), site.get('/a')])
    expect(first.text).toBeUndefined()
    expect(others.map(({ text }) => text)).toEqual(['hello', 'hello'])
  })

  test('are given up when all who asked have gone before there was an answer', async () => {
    const site = siteWith()
    site.answer = () => new Promise(() => {})
    const [one, two] = [new AbortController(), new AbortController()]
    site.ask('/a', {}, { signal: one.signal }).catch(() => {})
    await settled()
    site.ask('/a', {}, { signal: two.signal }).catch(() => {})
    await settled()
    const signal = site.asked[0]?.signal
    one.abort()
    expect(signal?.aborted).toBe(false)
    two.abort()
    expect(signal?.aborted).toBe(true)
    expect(site.asked).toHaveLength(1)
  })
})

describe('a response that has begun', () => {
  test('is stored though its client goes away', async () => {
    const site = siteWith()
    const rest = gate()
    site.answer = async () => page(late('hel', rest.promise, 'lo'))
    const gone = new AbortController()
    const { body } = await site.ask('/a', {}, { signal: gone.signal })
    gone.abort()
    discard(body)
    rest.open()
    await site.http.settled()
    expect(site.asked[0]?.signal?.aborted).toBe(false)
    expect(await site.get('/a')).toMatchObject({ text: 'hello', cacheStatus: /hit/ })
  })

  test('is not read to its end where nobody wants it and it is too long to be stored', async () => {
    const site = siteWith({ ttl: 60_000, maxBodyBytes: 3 })
    let ended = false
    site.answer = async () => {
      const body = late('long', new Promise(() => {}), '', () => {
        ended = true
      })
      return { ...page(body), headers: ['ETag', '"1"'] }
    }
    expect((await site.get('/a', { 'If-None-Match': '"1"' })).status).toBe(304)
    await site.http.settled()
    expect(ended).toBe(true)
  })
})

describe('what is stale', () => {
  const swr = { 'Cache-Control': 'max-age=10, stale-while-revalidate=50, stale-if-error=100' }

  test('is renewed even if who was served it leaves', async () => {
    const site = siteWith()
    site.answer = async () => page('old', swr)
    await site.get('/a')
    await settled()
    site.clock.advance(11_000)
    const renewed = gate<void>()
    site.answer = async ({ signal }) => {
      await renewed.promise
      signal?.throwIfAborted()
      return page('new', swr)
    }
    const client = new AbortController()
    const answer = await site.ask('/a', {}, { signal: client.signal })
    expect((await read(answer)).text).toBe('old')
    client.abort()
    renewed.open()
    await site.http.settled()
    expect((await site.get('/a')).text).toBe('new')
  })

  test('is served while one request renews it, and none does for a while after that failed', async () => {
    const site = siteWith()
    site.answer = async () => page('old', swr)
    await site.get('/a')
    await settled()
    site.clock.advance(11_000)
    const down = gate<never>()
    site.answer = () => down.promise
    for (let i = 0; i < 5; i++) expect((await site.get('/a')).text).toBe('old')
    expect(site.asked.map(({ background }) => background)).toEqual([undefined, true])
    down.fail(new Error('down'))
    await settled()
    await site.get('/a')
    expect(site.asked).toHaveLength(2)
    site.clock.advance(11_000)
    site.answer = async () => page('new', swr)
    expect((await site.get('/a')).text).toBe('old')
    await settled()
    expect((await site.get('/a')).text).toBe('new')
    expect(site.asked).toHaveLength(3)
  })

  test('stands in for an origin that fails', async () => {
    const site = siteWith()
    site.answer = async () => page('old', swr)
    await site.get('/a')
    await settled()
    site.clock.advance(70_000)
    site.answer = async () => page('oops', {}, 503)
    expect(await site.get('/a')).toMatchObject({ status: 200, text: 'old' })
  })
})

describe('purging', () => {
  const tagged = { 'Surrogate-Key': 'product:1 shop', 'Cache-Groups': '"g"', ETag: '"1"' }
  const ways = {
    url: { url: `${base}/a` },
    'a URL in another spelling': { url: 'HTTP://EXAMPLE.ORG:80/x/../a#top' },
    tag: { tag: 'product:1' },
    group: { group: 'g', origin: base },
  }

  for (const [name, what] of Object.entries(ways)) {
    test(`by ${name} takes every variant, and nothing else`, async () => {
      const site = siteWith()
      site.answer = async ({ url }) =>
        page('hello', url.endsWith('a') ? { ...tagged, Vary: 'X' } : {})
      for (const x of ['1', '2']) await site.get('/a', { X: x })
      await site.get('/b')
      await settled()
      await site.http.purge(what)
      for (const x of ['1', '2'])
        expect((await site.get('/a', { X: x })).cacheStatus).toMatch(/fwd/)
      expect((await site.get('/b')).cacheStatus).toMatch(/hit/)
    })

    test(`softly by ${name} leaves it to be validated, or to stand in`, async () => {
      const site = siteWith()
      site.answer = async ({ url }) => page('hello', url.endsWith('a') ? tagged : {})
      for (const path of ['/a', '/b']) await site.get(path)
      await settled()
      site.clock.advance(1000)
      await site.http.purge(what, { soft: true })
      site.clock.advance(1000)
      site.answer = async () => {
        throw new Error('down')
      }
      expect(await site.get('/a')).toMatchObject({
        text: 'hello',
        cacheStatus: /fwd=stale.*disconnected/,
      })
      expect((await site.get('/b')).cacheStatus).toMatch(/hit/)
      site.answer = async () => page('', tagged, 304)
      expect(await site.get('/a')).toMatchObject({
        text: 'hello',
        cacheStatus: /fwd=stale; fwd-status=304/,
      })
      expect(site.asked.at(-1)?.headers.join()).toMatch(/If-None-Match,"1"/i)
      await settled()
      expect((await site.get('/a')).cacheStatus).toMatch(/hit/)
    })
  }

  test('softly reaches what is answered in the same turn', async () => {
    const site = siteWith()
    await site.get('/a')
    await settled()
    const now = () => site.http.answerNow({ method: 'GET', url: `${base}/a`, headers: [] })
    expect(now()).toBe(now())
    await site.http.purge({ url: `${base}/a` }, { soft: true })
    expect(now()).toBeUndefined()
  })

  test('reaches what is under way', async () => {
    for (const soft of [true, false]) {
      const site = siteWith()
      const reply = gate<ReturnType<typeof page>>()
      site.answer = () => reply.promise
      const asked = site.get('/a')
      await settled()
      await site.http.purge({ tag: 'shop' }, { soft })
      reply.open(page(parts(['old']), tagged))
      expect((await asked).text).toBe('old')
      await settled()
      site.answer = async () => page('new')
      expect((await site.get('/a')).text).toBe('new')
    }
  })

  test('reaches what is under way in another process, and only what it is about', async () => {
    for (const [purged, kept] of [
      ['/a', false],
      ['/b', true],
    ] as const) {
      const store = memoryStore()
      const process = () => siteWith({}, createCache({ store }))
      const [here, there] = [process(), process()]
      const reply = gate<ReturnType<typeof page>>()
      here.answer = () => reply.promise
      const asked = here.get('/a')
      while (here.asked.length === 0) await settled()
      await there.http.purge({ url: base + purged })
      reply.open(page(parts(['old'])))
      expect((await asked).text).toBe('old')
      await here.http.settled()
      expect((await process().get('/a')).cacheStatus).toMatch(kept ? /hit/ : /fwd/)
    }
  })

  test('is what the cache’s own invalidation of the tag does', async () => {
    const site = siteWith()
    site.answer = async () => page('hello', tagged)
    await site.get('/a')
    await settled()
    await site.cache.invalidate('product:1')
    expect((await site.get('/a')).cacheStatus).toMatch(/fwd/)
  })

  test('softly more than can be remembered makes everything before stale', async () => {
    const site = siteWith()
    site.answer = async () => page('hello', { ETag: '"1"' })
    await site.get('/a')
    await settled()
    site.clock.advance(1)
    for (let i = 0; i <= 1000; i++) await site.http.purge({ tag: `t${i}` }, { soft: true })
    expect((await site.get('/a')).cacheStatus).toMatch(/fwd=stale/)
  })

  test('is done by unsafe requests that succeed', async () => {
    const site = siteWith()
    const fill = async () => {
      site.answer = async () => page('hello')
      await site.get('/a')
      await settled()
    }
    await fill()
    for (const [method, status, gone] of [
      ['POST', 200, true],
      ['M-SEARCH', 302, true],
      ['POST', 500, false],
      ['OPTIONS', 200, false],
    ] as const) {
      site.answer = async () => page('done', {}, status)
      await site.get('/a', {}, method)
      expect((await site.get('/a')).cacheStatus).toMatch(gone ? /fwd/ : /hit/)
      await fill()
    }
  })

  test('refuses what it does not understand', async () => {
    const { http } = siteWith()
    await expect(http.purge({ url: '/a' })).rejects.toThrow(ConfigError)
    await expect(http.purge({ group: 'g', origin: 'x' })).rejects.toThrow(ConfigError)
  })
})

test('a cache that keeps nothing answers from the origin', async () => {
  const site = siteWith({}, createCache({ enabled: false }))
  for (let i = 0; i < 2; i++) expect((await site.get('/a')).text).toBe('hello')
  expect(site.asked).toHaveLength(2)
})

test('options that make no sense are refused', () => {
  const cache = createCache()
  expect(() => createHttpCache({ cache, maxInFlight: 'much' })).toThrow(ConfigError)
  expect(() => createHttpCache({ cache, ...{ ttl: 5 } })).toThrow(ConfigError)
})

async function* parts(texts: readonly string[]) {
  for (const text of texts) yield bytes(text)
}

/** A body whose second part waits; it says when nobody reads on. */
function late(first: string, more: Promise<unknown>, second: string, onReturn = () => {}) {
  const parts = [async () => bytes(first), () => more.then(() => bytes(second))]
  return {
    [Symbol.asyncIterator]: () => ({
      async next() {
        const value = await parts.shift()?.()
        return value === undefined ? { done: true, value } : { done: false, value }
      },
      async return() {
        onReturn()
        return { done: true, value: undefined }
      },
    }),
  } as AsyncIterable<Uint8Array>
}

async function* failing(texts: readonly string[]) {
  yield* parts(texts)
  throw new Error('broken')
}
