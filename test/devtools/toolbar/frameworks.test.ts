import { once } from 'node:events'
import { gzipSync } from 'node:zlib'
import { describe, expect, onTestFinished, test } from 'vitest'
import type { Cache } from '../../../src/contracts/cache.ts'
import { type Toolbar, type ToolbarOptions, toolbar } from '../../../src/devtools/toolbar.ts'
import { createHttpCache } from '../../../src/http/exchange/http-cache.ts'
import { createCache } from '../../../src/index.ts'
import { memoryStore } from '../../../src/stores/memory.ts'
import { ask, hasToolbar, opening, pageIn, reportOf } from './asked.ts'
import { type Handler, type SiteCase, sites } from './sites.ts'

const html = { 'content-type': 'text/html; charset=utf-8' }
const page = '<!doctype html><html><body><h1>Grüße</h1></body></html>'

const [express] = sites as [SiteCase]

interface World {
  readonly cache: Cache
  readonly bar: Toolbar
}

function world(options: ToolbarOptions<unknown> = {}): World {
  const cache = createCache({ name: 'shop', store: memoryStore() })
  const bar = toolbar(cache, options)
  onTestFinished(async () => {
    bar.close()
    await cache.close()
  })
  return { cache, bar }
}

describe.each(sites)('$name', (site) => {
  test('a page shows the calls that it made, and is else as it was', async () => {
    const { cache, bar } = world()
    const url = await site.open(bar, async () => {
      await cache.getOrSet('a', () => 1)
      await Promise.all([cache.get('a'), cache.get('missing'), cache.getMany(['a', 'b', 'c'])])
      await cache.set('d', 'é', { tags: ['t'] })
      await cache.invalidate('t')
      return { headers: html, body: page }
    })
    const got = await ask(`${url}/catalogue?page=2`)
    const { report, page: rest } = pageIn(got.text)
    expect(rest).toBe(page)
    expect(got.text.indexOf('<script')).toBe(page.indexOf('</body>'))
    const length = got.headers['content-length']
    if (length !== undefined) expect(Number(length)).toBe(Buffer.byteLength(got.text))
    expect(got.headers['cache-control']).toBe('no-store, this-copy')
    expect(got.headers.etag).toBeUndefined()
    expect(report).toMatchObject({ method: 'GET', path: '/catalogue?page=2', status: 200 })
    expect(report.id).toBe(got.id)
    const seen = report.calls.map(({ verb, names, namespace, cache }) => {
      return { verb, cache, namespace, names: names.map((n) => [n.name, n.outcome, n.tier]) }
    })
    const of = { cache: 'shop', namespace: undefined }
    expect(seen).toEqual([
      { ...of, verb: 'getOrSet', names: [['a', 'miss', undefined]] },
      { ...of, verb: 'get', names: [['a', 'hit', 'memory']] },
      { ...of, verb: 'get', names: [['missing', 'miss', undefined]] },
      {
        ...of,
        verb: 'getMany',
        names: [
          ['a', 'hit', 'memory'],
          ['b', 'miss', undefined],
          ['c', 'miss', undefined],
        ],
      },
      { ...of, verb: 'set', names: [['d', undefined, undefined]] },
      { ...of, verb: 'invalidate', names: [['t', undefined, undefined]] },
    ])
    for (const { line } of report.calls)
      expect(line).toMatch(/^test\/.*frameworks\.test\.ts:\d+:\d+$/)
    expect(report.totals).toMatchObject({ calls: 6, reads: 6, hits: 2, misses: 4 })
  })

  test('requests at the same time are told apart, and whose load another waited for', async () => {
    const { cache, bar } = world()
    let go = () => {}
    const gate = new Promise<void>((resolve) => {
      go = resolve
    })
    let arrived = 0
    const url = await site.open(bar, async (path) => {
      if (++arrived === 3) go()
      const shared = cache.getOrSet('shared', () => gate.then(() => path))
      await Promise.all([shared, cache.getOrSet(`own:${path}`, () => path)])
      return { headers: html, body: page }
    })
    const got = await Promise.all(['/1', '/2', '/3'].map((path) => ask(url + path)))
    const reports = got.map(({ text }) => pageIn(text).report)
    const first = reports.find(({ totals }) => totals.misses === 2)
    for (const report of reports) {
      expect(report.totals.calls).toBe(2)
      const [shared, own] = report.calls
      expect(own?.names[0]).toMatchObject({ name: `own:${report.path}`, outcome: 'miss' })
      const { outcome, load } = shared?.names[0] ?? {}
      if (report === first) expect([outcome, load?.of]).toEqual(['miss', undefined])
      else expect([outcome, load?.of]).toEqual(['coalesced', { id: first?.id, path: first?.path }])
    }
  })

  test('reports are JSON, of the last requests, with Server-Timing that has no keys', async () => {
    const { cache, bar } = world({ keep: 2 })
    const url = await site.open(bar, async (path) => {
      await cache.get(`secret${path}`)
      return {
        headers: { 'content-type': 'application/json', 'server-timing': 'db;dur=5' },
        body: '{}',
      }
    })
    const [first, , third] = [await ask(`${url}/1`), await ask(`${url}/2`), await ask(`${url}/3`)]
    expect(third.headers['server-timing']).toMatch(
      /^db;dur=5, hotset;desc="[\w-]+", hotset-cache;dur=[\d.]+;desc="1 calls, 1 reads, 1 misses", hotset-load;dur=[\d.]+$/,
    )
    expect(third.text).toBe('{}')
    expect(await reportOf(url, third)).toMatchObject({ path: '/3', totals: { calls: 1 } })
    const list = JSON.parse((await ask(`${url}/__hotset`)).text)
    expect(list.requests.map(({ path }: { path: string }) => path)).toEqual(['/3', '/2'])
    const forgotten = await ask(`${url}/__hotset/${first.id}`)
    expect(forgotten.status).toBe(404)
    const { headers } = await ask(`${url}/__hotset`)
    expect(headers).toMatchObject({
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
    })
    expect((await ask(`${url}/__hotset`, {}, 'POST')).status).toBe(405)
    expect((await ask(`${url}/__hotset`, { 'sec-fetch-site': 'cross-site' })).status).toBe(403)
    expect((await ask(`${url}/__hotsetting`)).text).toBe('{}')
  })

  const untouched: Record<
    string,
    [Awaited<ReturnType<Handler>>, Record<string, string>?, string?]
  > = {
    'what is not HTML': [{ headers: { 'content-type': 'text/plain' }, body: page }],
    'what a script fetches': [
      { headers: html, body: page },
      { 'sec-fetch-dest': 'empty', accept: 'text/html' },
    ],
    'what XMLHttpRequest asks for': [
      { headers: html, body: page },
      { accept: 'text/html', 'x-requested-with': 'XMLHttpRequest' },
    ],
    'what asks for anything': [{ headers: html, body: page }, { accept: '*/*' }],
    'a head alone': [{ headers: html, body: page }, opening, 'HEAD'],
    'a part': [{ status: 206, headers: { ...html, 'content-range': 'bytes 0-1/9' }, body: page }],
    'a redirection': [{ status: 302, headers: { ...html, location: '/' }, body: page }],
    'no content': [{ status: 204 }],
    'a download': [{ headers: { ...html, 'content-disposition': 'attachment' }, body: page }],
    'what is not to be transformed': [
      { headers: { ...html, 'cache-control': 'max-age=9, no-transform' }, body: page },
    ],
    'UTF-16': [
      {
        headers: { 'content-type': 'text/html; charset=UTF-16LE' },
        // Where it is a text, Express sends it as UTF-8, and says so.
        body: {
          [Symbol.asyncIterator]: async function* () {
            yield Buffer.from(page, 'utf16le')
          },
        },
      },
    ],
    'a page whose policy knows no nonce': [
      { headers: { ...html, 'content-security-policy': "script-src 'self'" }, body: page },
    ],
  }
  test.each(Object.entries(untouched))(
    '%s is left as it is',
    async (_, [reply, headers, method]) => {
      const { bar } = world()
      const off = await site.open(toolbar([], { enabled: false }), () => reply)
      const on = await site.open(bar, () => reply)
      const [plain, got] = [await ask(off, headers, method), await ask(on, headers, method)]
      expect(got.text).toBe(plain.text)
      expect(got.status).toBe(plain.status)
      const without = (own: typeof got.headers) => ({ ...own, date: '', 'server-timing': '' })
      expect(without(got.headers)).toEqual(without(plain.headers))
      expect(got.id).toBeDefined()
    },
  )

  test('what is compressed is left as it is', async () => {
    const { bar } = world()
    const body = gzipSync(page)
    const url = await site.open(bar, () => {
      return {
        headers: { ...html, 'content-encoding': 'gzip' },
        body: (async function* () {
          yield body
        })(),
      }
    })
    const response = await fetch(url, { headers: opening })
    expect(await response.text()).toBe(page)
  })

  test('a nonce in the policy is the nonce of the script, and the policy stays', async () => {
    const { bar } = world()
    const policy = "default-src 'none'; script-src 'nonce-YWJj'"
    const headers = { ...html, 'content-security-policy': policy }
    const got = await ask(await site.open(bar, () => ({ headers, body: page })))
    expect(got.text).toContain('<script nonce="YWJj">')
    expect(got.headers['content-security-policy']).toBe(policy)
  })

  test('a stream goes on while the toolbar waits for its end', async () => {
    const { cache, bar } = world()
    let goOn = () => {}
    const seen = new Promise<void>((resolve) => {
      goOn = resolve
    })
    const url = await site.open(bar, () => ({
      headers: html,
      body: (async function* () {
        yield Buffer.from('<!doctype html><p>first')
        await seen
        await cache.get('late')
        yield Buffer.from('</p></bo')
        yield Buffer.from('dy></html>')
      })(),
    }))
    const response = await fetch(url, { headers: opening })
    let text = ''
    for await (const part of response.body as AsyncIterable<Uint8Array>) {
      text += Buffer.from(part).toString()
      // It ends only if what came first comes while the rest is still to come.
      if (text.includes('first')) goOn()
    }
    const { report, page: rest } = pageIn(text)
    expect(rest).toBe('<!doctype html><p>first</p></body></html>')
    expect(text.indexOf('<script')).toBe(rest.indexOf('</body>'))
    expect(report.calls.map(({ names }) => names[0]?.name)).toEqual(['late'])
  })

  test.each(['toolbar first', 'cache first'] as const)(
    'a page cache never keeps a toolbar: %s',
    async (order) => {
      const { cache, bar } = world()
      const pagesCache = createCache({ name: 'pages' })
      const http = createHttpCache({ cache: pagesCache })
      let runs = 0
      const url = await site.open(
        bar,
        async () => {
          runs++
          await cache.get('a')
          return { headers: { ...html, 'x-run': `${runs}` }, body: page }
        },
        { pages: { http, order } },
      )
      const first = await ask(url)
      expect(hasToolbar(first)).toBe(true)
      const second = await ask(url)
      expect(hasToolbar(second) ? pageIn(second.text).page : second.text).toBe(page)
      const script = await ask(url, { 'sec-fetch-dest': 'empty' })
      expect(script.text).toBe(page)
      if (order === 'cache first' && !site.seesHits) return
      // It is a hit for all three, and the toolbar says so.
      expect(runs).toBe(1)
      const { report } = pageIn(second.text)
      expect(report.totals.calls).toBe(0)
      expect(report.cacheStatus).toContain('hit')
      expect(script.headers['cache-control']).not.toBe('no-store')
    },
  )

  test('who is not authorised sees nothing of it, and is not watched', async () => {
    let admitted: () => boolean | Promise<boolean> = () => false
    const { cache, bar } = world({ authorize: () => admitted() })
    const url = await site.open(bar, async () => {
      await cache.get('a')
      return { headers: html, body: page }
    })
    const failing = async () => {
      throw new Error('who is it?')
    }
    const failingAtOnce = () => {
      throw new Error('who is it?')
    }
    const refusals = [() => false, async () => false, failing, failingAtOnce, () => 'yes' as never]
    for (const answer of refusals) {
      admitted = answer
      const got = await ask(url)
      expect(got.text).toBe(page)
      expect(got.id).toBeUndefined()
      expect((await ask(`${url}/__hotset`)).text).toBe(page)
    }
    expect(bar.requests()).toEqual([])
    for (const answer of [() => true, async () => true]) {
      admitted = answer
      expect(pageIn((await ask(url)).text).report.totals.calls).toBe(1)
    }
  })

  test('what the application throws is its own', async () => {
    const { bar } = world()
    const fail = (): never => {
      throw new Error('no')
    }
    const [off, on] = [toolbar([], { enabled: false }), bar]
    const [plain, got] = [
      await ask(await site.open(off, fail)),
      await ask(await site.open(on, fail)),
    ]
    expect(got.status).toBe(plain.status)
    expect(got.status).toBe(500)
  })
})

test('many-operations and namespaces are one call, a loader is not charged for twice', async () => {
  const { cache, bar } = world()
  const users = cache.define({
    name: 'user',
    load: async (id: number) => {
      return cache.getOrSet(`inner:${id}`, () => busy(id))
    },
  })
  const url = await express.open(bar, async () => {
    await cache.getOrSetMany(['x', 'y'], (keys) => new Map(keys.map((key) => [key, 1])))
    await cache.getOrSetMany(['x', 'y'], () => new Map())
    await users.get(7)
    cache.getSync('x')
    return { headers: html, body: page }
  })
  const { report } = pageIn((await ask(url)).text)
  const told = report.calls.map(({ verb, namespace, names, within }) => {
    return [verb, namespace, names.map((n) => `${n.name} ${n.outcome}`).join(', '), within]
  })
  expect(told).toEqual([
    ['getOrSetMany', undefined, 'x miss, y miss', undefined],
    ['getOrSetMany', undefined, 'x hit, y hit', undefined],
    ['get', 'user', '7 miss', undefined],
    ['getOrSet', undefined, 'inner:7 miss', '7'],
    ['getSync', undefined, 'x hit', undefined],
  ])
  const [first, , outer, inner] = report.calls
  expect(first?.names[0]?.load?.of).toBeUndefined()
  expect(inner?.durationMs).toBeLessThanOrEqual(outer?.durationMs as number)
  const loads = [first, outer, inner].map((call) => call?.names[0]?.load?.durationMs as number)
  expect(report.totals.loadMs).toBeLessThan(loads.reduce((sum, ms) => sum + ms))
})

/** A loader that takes some milliseconds. */
async function busy<T>(value: T): Promise<T> {
  const until = performance.now() + 20
  while (performance.now() < until);
  return value
}

test('renewals in the background are shown, and charged to nobody', async () => {
  const { cache, bar } = world()
  const done = once(process, 'renewed')
  let runs = 0
  const url = await express.open(bar, async () => {
    await cache.getOrSet(
      'stale',
      async () => {
        if (++runs > 1) {
          await cache.get('from the renewal')
          process.emit('renewed' as never)
        }
        return runs
      },
      { ttl: 1, staleWhileRevalidate: '1h' },
    )
    return { headers: html, body: page }
  })
  await ask(url)
  // Until its time has passed.
  const until = Date.now() + 3
  while (Date.now() < until);
  const got = await ask(url)
  await done
  const report = await reportOf(url, got)
  expect(report.calls).toHaveLength(1)
  expect(report.calls[0]?.names[0]).toMatchObject({ outcome: 'stale', tier: 'memory' })
  expect(report.totals.loadMs).toBe(0)
  expect(report.renewals).toMatchObject([{ cache: 'shop', key: 'stale' }])
})

test('the same key asked for again, and keys asked for one by one, are pointed out', async () => {
  const { cache, bar } = world()
  const url = await express.open(bar, async () => {
    for (let i = 0; i < 6; i++) await cache.get(`user:${i}`)
    for (let i = 0; i < 3; i++) await cache.getOrSet('config', () => 1)
    await cache.getMany(['user:0', 'user:1', 'other'])
    return { headers: html, body: page }
  })
  const { report } = pageIn((await ask(url)).text)
  const marks = report.calls.map(({ sameKey, sameLine }) => [sameKey, sameLine])
  expect(marks).toEqual([
    [2, 6],
    [2, 6],
    [0, 6],
    [0, 6],
    [0, 6],
    [0, 6],
    [3, 0],
    [3, 0],
    [3, 0],
    [2, 0],
  ])
})

test('what it would have cost without the cache is what is known of the loads', async () => {
  const { cache, bar } = world()
  const url = await express.open(bar, async () => {
    await cache.getOrSet('page:1', () => busy(1))
    await cache.set('unknown', 1)
    await cache.get('unknown')
    return { headers: html, body: page }
  })
  const first = pageIn((await ask(url)).text).report
  expect(first.totals.withoutCacheMs).toBe(first.durationMs)
  expect(first.totals.loadMs).toBeGreaterThanOrEqual(20)
  expect(first.calls[0]?.names[0]?.load?.durationMs).toBeGreaterThanOrEqual(20)
  const second = pageIn((await ask(url)).text).report
  expect(second.totals.withoutCacheMs).toBeGreaterThanOrEqual(second.durationMs + 20)
  expect(second.totals.unknownLoads).toBe(1)
  expect(second.calls[0]?.names[0]?.sparedMs).toBeGreaterThanOrEqual(20)
})

test('a request beyond all bounds is told in part', async () => {
  const { cache, bar } = world()
  const many = Array.from({ length: 250 }, (_, i) => `${i}`)
  const url = await express.open(bar, async () => {
    await cache.getMany(many)
    await Promise.all(Array.from({ length: 1200 }, (_, i) => cache.get(`${i}`.padEnd(600, 'x'))))
    return { headers: html, body: page }
  })
  const { report } = pageIn((await ask(url)).text)
  expect(report.calls).toHaveLength(1000)
  expect(report.omittedCalls).toBe(201)
  expect(report.totals.calls).toBe(1201)
  expect(report.calls[0]).toMatchObject({ nameCount: 250, names: { length: 100 } })
  expect(report.calls[1]?.names[0]?.name.length).toBe(301)
})
