import { afterEach, describe, expect, test } from 'vitest'
import { gate } from '../gate.ts'
import { ask, isHit, stored, streamed } from './client.ts'
import { type Handler, type ShellCase, type Site, type SiteOptions, shells } from './shells.ts'

const open = new Set<Site>()

afterEach(async () => {
  for (const site of open) await site.close()
  open.clear()
})

async function serve(shell: ShellCase, handler: Handler, options?: SiteOptions): Promise<Site> {
  const site = await shell.open(handler, options)
  open.add(site)
  return site
}

describe.each(shells)('$name', (shell) => {
  test('a page is made once, with Age and Cache-Status on every answer', async () => {
    let made = 0
    const { url } = await serve(shell, () => ({ body: `page ${++made}` }), { ttl: '1h' })
    const first = await ask(`${url}/a`)
    const second = await ask(`${url}/a`)
    expect([first.status, first.text, isHit(first)]).toEqual([200, 'page 1', false])
    expect(first.headers['cache-status']).toMatch(/^hotset; fwd=uri-miss; fwd-status=200; stored/)
    expect([second.status, second.text, isHit(second)]).toEqual([200, 'page 1', true])
    expect(second.headers.age).toMatch(/^\d+$/)
    expect((await ask(`${url}/b`)).text).toBe('page 2')
  })

  test('what has its lifetime from the server is given out to be asked after, with a validator', async () => {
    const { url } = await serve(shell, () => ({ body: 'page' }), { ttl: '1h' })
    const hit = await stored(url)
    expect(hit.headers['cache-control']).toBe('no-cache')
    const etag = `${hit.headers.etag}`
    expect(etag).toMatch(/^(W\/)?"/)
    const again = await ask(url, { headers: { 'If-None-Match': etag } })
    expect([again.status, again.text, isHit(again)]).toEqual([304, '', true])
    expect(again.headers.etag).toBe(etag)
  })

  test('a browser may keep it for as long as is said, and no longer than the server does', async () => {
    const page = { browserTtl: '1m' }
    const { url } = await serve(shell, () => ({ body: 'page' }), { ttl: '1h', page })
    expect((await stored(url)).headers['cache-control']).toBe('max-age=60')
  })

  test('what the handler declares is passed on as it is, and counts', async () => {
    let made = 0
    const handler: Handler = ({ path }) => ({
      headers: { 'Cache-Control': path === '/kept' ? 'max-age=60' : 'max-age=0' },
      body: `page ${++made}`,
    })
    const { url } = await serve(shell, handler, { ttl: '1h' })
    await ask(`${url}/kept`)
    const kept = await ask(`${url}/kept`)
    expect([kept.text, kept.headers['cache-control']]).toEqual(['page 1', 'max-age=60'])
    await ask(`${url}/not`)
    expect((await ask(`${url}/not`)).text).toBe('page 3')
  })

  test('without a lifetime of its own it keeps only what declares one', async () => {
    let made = 0
    const handler: Handler = ({ path }) => ({
      headers: path === '/kept' ? { 'Cache-Control': 's-maxage=60' } : {},
      body: `page ${++made}`,
    })
    const { url } = await serve(shell, handler)
    await ask(`${url}/kept`)
    expect((await ask(`${url}/kept`)).text).toBe('page 1')
    await ask(`${url}/not`)
    expect((await ask(`${url}/not`)).text).toBe('page 3')
  })

  test('HEAD is answered from a stored GET, and fills nothing', async () => {
    let made = 0
    const { url } = await serve(shell, () => ({ body: `page ${++made}` }), { ttl: '1h' })
    const before = await ask(url, { method: 'HEAD' })
    expect([before.status, before.text, isHit(before)]).toEqual([200, '', false])
    expect((await ask(url)).text).toBe('page 2')
    await stored(url)
    const after = await ask(url, { method: 'HEAD' })
    expect([after.status, after.text, isHit(after)]).toEqual([200, '', true])
    expect(after.headers['content-length']).toBe('6')
  })

  test('a range is cut from what is stored', async () => {
    const { url } = await serve(shell, () => ({ body: '0123456789' }), { ttl: '1h' })
    await stored(url)
    const part = await ask(url, { headers: { Range: 'bytes=2-4' } })
    expect([part.status, part.text]).toEqual([206, '234'])
    expect(part.headers['content-range']).toBe('bytes 2-4/10')
    const beyond = await ask(url, { headers: { Range: 'bytes=20-' } })
    expect([beyond.status, beyond.headers['content-range']]).toEqual([416, 'bytes */10'])
  })

  test('a condition of the client does not keep a page out of the cache', async () => {
    let made = 0
    const handler: Handler = () => ({ headers: { ETag: '"1"' }, body: `page ${++made}` })
    const { url } = await serve(shell, handler, { ttl: '1h' })
    const first = await ask(url, { headers: { 'If-None-Match': '"1"' } })
    expect([first.status, first.text]).toEqual([304, ''])
    const second = await ask(url)
    expect([second.status, second.text, isHit(second)]).toEqual([200, 'page 1', true])
  })

  test('a page that its first client has already is stored nonetheless, when it has been streamed', async () => {
    let made = 0
    async function* body() {
      made++
      for (const part of ['a ', 'streamed ', 'page']) {
        await new Promise((resolve) => setImmediate(resolve))
        yield Buffer.from(part)
      }
    }
    const handler: Handler = () => ({ headers: { ETag: '"1"' }, body: body() })
    const { url, http } = await serve(shell, handler, { ttl: '1h' })
    const first = await ask(url, { headers: { 'If-None-Match': '"1"' } })
    expect([first.status, first.text]).toEqual([304, ''])
    await http.settled()
    const hit = await ask(url)
    expect([hit.text, isHit(hit), made]).toEqual(['a streamed page', true, 1])
  })

  test('statuses other than 200 get no lifetime', async () => {
    let made = 0
    const handler: Handler = ({ path }) => ({ status: Number(path.slice(1)), body: `${++made}` })
    const { url } = await serve(shell, handler, { ttl: '1h' })
    for (const status of [404, 500, 503]) {
      const first = await ask(`${url}/${status}`)
      const second = await ask(`${url}/${status}`)
      expect([first.status, second.status]).toEqual([status, status])
      expect(second.text).not.toBe(first.text)
    }
  })

  test('a status that is named gets it', async () => {
    let made = 0
    const handler: Handler = () => ({ status: 404, body: `gone ${++made}` })
    const { url } = await serve(shell, handler, { ttl: '1h', page: { statuses: [200, 404] } })
    await ask(url)
    const hit = await ask(url)
    expect([hit.status, hit.text, isHit(hit)]).toEqual([404, 'gone 1', true])
  })

  test("a page that sets a cookie is nobody else's", async () => {
    let made = 0
    const handler: Handler = () => ({
      headers: {
        'Set-Cookie': ['a=1', `session=${++made}`],
        'Cache-Control': 'public, max-age=60',
      },
      body: `page ${made}`,
    })
    const { url } = await serve(shell, handler, { ttl: '1h' })
    const first = await ask(url)
    expect(first.headers['set-cookie']).toEqual(['a=1', 'session=1'])
    expect((await ask(url)).headers['set-cookie']).toEqual(['a=1', 'session=2'])
  })

  test('hosts are told apart, and what a client says of the scheme does not count', async () => {
    const handler: Handler = ({ header }) => ({ body: `${header('host')}` })
    const { url } = await serve(shell, handler, { ttl: '1h' })
    const [one, other] = [{ host: 'one.test' }, { host: 'other.test' }]
    await ask(url, { headers: one })
    expect((await ask(url, { headers: other })).text).toBe('other.test')
    expect((await ask(url, { headers: one })).text).toBe('one.test')
    const forwarded = { 'X-Forwarded-Proto': 'https', 'X-Forwarded-Host': 'other.test' }
    const hit = await ask(url, { headers: { ...one, ...forwarded } })
    expect([hit.text, isHit(hit)]).toEqual(['one.test', true])
  })

  test('POST is not answered from GET, and what it changes is not served from before', async () => {
    let made = 0
    const handler: Handler = ({ method }) => ({ body: `${method} ${++made}` })
    const { url } = await serve(shell, handler, { ttl: '1h' })
    await ask(url)
    expect((await ask(url)).text).toBe('GET 1')
    expect((await ask(url, { method: 'POST', body: 'x' })).text).toBe('POST 2')
    expect((await ask(url)).text).toBe('GET 3')
    expect((await ask(url)).text).toBe('GET 3')
    expect((await ask(url, { method: 'DELETE' })).text).toBe('DELETE 4')
    expect((await ask(url)).text).toBe('GET 5')
  })

  test('an unsafe method that fails changes nothing', async () => {
    let made = 0
    const handler: Handler = ({ method }) => ({
      status: method === 'PUT' ? 422 : 200,
      body: `page ${++made}`,
    })
    const { url } = await serve(shell, handler, { ttl: '1h' })
    await ask(url)
    expect((await ask(url, { method: 'PUT', body: 'x' })).status).toBe(422)
    expect((await ask(url)).text).toBe('page 1')
  })

  test('purges by URL and by surrogate key', async () => {
    let made = 0
    const handler: Handler = () => ({ headers: { 'Surrogate-Key': 'a b' }, body: `page ${++made}` })
    const { url, http } = await serve(shell, handler, { ttl: '1h' })
    const settled = async () => {
      const { text } = await ask(`${url}/x`)
      await http.settled()
      return text
    }
    expect(await settled()).toBe('page 1')
    await http.purge({ url: `${url}/x` })
    expect(await settled()).toBe('page 2')
    await http.purge({ tag: 'b' })
    expect(await settled()).toBe('page 3')
    expect(await settled()).toBe('page 3')
  })

  test('learns what a page varies on', async () => {
    let made = 0
    const handler: Handler = ({ header }) => ({
      headers: { Vary: 'Accept-Language' },
      body: `${header('accept-language')} ${++made}`,
    })
    const { url } = await serve(shell, handler, { ttl: '1h' })
    const inLanguage = (language: string) => ask(url, { headers: { 'Accept-Language': language } })
    expect((await inLanguage('de')).text).toBe('de 1')
    expect((await inLanguage('fr')).text).toBe('fr 2')
    expect((await inLanguage('de')).text).toBe('de 1')
    expect((await inLanguage('fr')).text).toBe('fr 2')
  })

  test('a large body is streamed to the client and stored whole', async () => {
    const part = new Uint8Array(64 * 1024).map((_, i) => i % 251)
    let made = 0
    async function* body() {
      made++
      for (let i = 0; i < 48; i++) yield part
    }
    const { url } = await serve(shell, () => ({ body: body() }), { ttl: '1h' })
    const first = await ask(url)
    const second = await ask(url)
    expect([made, isHit(second)]).toEqual([1, true])
    expect(first.bytes.length).toBe(48 * part.length)
    expect(Buffer.compare(first.bytes, second.bytes)).toBe(0)
  })

  test('a body too large to be kept passes through', async () => {
    const part = new Uint8Array(1024 * 1024)
    let made = 0
    async function* body() {
      made++
      for (let i = 0; i < 10; i++) yield part
    }
    const { url } = await serve(shell, () => ({ body: body() }), { ttl: '1h' })
    expect((await ask(url)).bytes.length).toBe(10 * part.length)
    expect((await ask(url)).bytes.length).toBe(10 * part.length)
    expect(made).toBe(2)
  })

  test('the first bytes do not wait for the last', async () => {
    const held = gate()
    async function* body() {
      yield Buffer.from('first ')
      await held.promise
      yield Buffer.from('last')
    }
    const { url } = await serve(shell, () => ({ body: body() }), { ttl: '1h' })
    const parts: string[] = []
    for await (const chunk of await streamed(url)) {
      parts.push(`${chunk}`)
      held.open()
    }
    expect(parts.join('')).toBe('first last')
    expect((await ask(url)).text).toBe('first last')
  })

  test('a handler that throws is answered by its framework, and nothing is stored', async () => {
    let made = 0
    const handler: Handler = () => {
      if (++made === 1) throw new Error('first')
      return { body: `page ${made}` }
    }
    const { url } = await serve(shell, handler, { ttl: '1h' })
    expect((await ask(url)).status).toBe(500)
    expect((await ask(url)).text).toBe('page 2')
    expect((await ask(url)).text).toBe('page 2')
  })

  test('a body that fails midway is cut off, and never stored', async () => {
    let made = 0
    async function* body() {
      made++
      yield Buffer.from('begun')
      if (made === 1) throw new Error('midway')
      yield Buffer.from(' and done')
    }
    const { url } = await serve(shell, () => ({ body: body() }), { ttl: '1h' })
    await expect(ask(url)).rejects.toThrow()
    expect((await ask(url)).text).toBe('begun and done')
    expect((await ask(url)).text).toBe('begun and done')
    expect(made).toBe(2)
  })

  test('concurrent requests for a page share one call of the handler', async () => {
    let made = 0
    const held = gate()
    const handler: Handler = async ({ method }) => {
      if (method === 'OPTIONS') return {}
      made++
      await held.promise
      return { body: 'page' }
    }
    const { url } = await serve(shell, handler, { ttl: '1h' })
    const all = Promise.all(Array.from({ length: 10 }, () => ask(url)))
    await arrivals(url)
    held.open()
    expect((await all).map(({ text }) => text)).toEqual(Array(10).fill('page'))
    expect(made).toBe(1)
  })

  test('a client that goes away takes nobody with it', async () => {
    let made = 0
    const inside = gate()
    const held = gate()
    const handler: Handler = async ({ method }) => {
      if (method === 'OPTIONS') return {}
      made++
      inside.open()
      await held.promise
      return { body: 'page' }
    }
    const { url } = await serve(shell, handler, { ttl: '1h' })
    const leaving = new AbortController()
    const gone = streamed(url, leaving.signal)
    await inside.promise
    const waiting = ask(url)
    await arrivals(url)
    leaving.abort()
    await expect(gone).rejects.toThrow()
    held.open()
    expect((await waiting).text).toBe('page')
    expect(made).toBeLessThanOrEqual(2)
  })

  test('cookies bypass a page without a lifetime of its own, unless they are named', async () => {
    let made = 0
    const handler: Handler = ({ header }) => ({ body: `${header('cookie')} ${++made}` })
    const bypassing = await serve(shell, handler, { ttl: '1h' })
    await ask(bypassing.url)
    const cookie = { Cookie: 'theme=dark; tracker=1' }
    expect((await ask(bypassing.url, { headers: cookie })).text).toBe('theme=dark; tracker=1 2')
    expect((await ask(bypassing.url)).text).toBe('undefined 1')
    const named = await serve(shell, handler, { ttl: '1h', page: { cookies: ['theme'] } })
    await ask(named.url, { headers: cookie })
    const others = { Cookie: 'tracker=2; theme=dark' }
    expect((await ask(named.url, { headers: others })).text).toBe('theme=dark; tracker=1 3')
    expect((await ask(named.url, { headers: { Cookie: 'theme=light' } })).text).toBe(
      'theme=light 4',
    )
  })

  test.each([undefined, 'max-age=60'])(
    'cookies that are named select a page that says %s, and all are told',
    async (declared) => {
      const handler: Handler = ({ header }) => ({
        headers: { Vary: 'X-Other', ...(declared && { 'Cache-Control': declared }) },
        body: `${header('cookie')}`,
      })
      const page = { cookies: ['theme'], browserTtl: '1m' }
      const { url } = await serve(shell, handler, { ttl: '1h', page })
      for (const Cookie of ['theme=dark', 'theme=light']) {
        for (const hit of [false, true]) {
          const got = await ask(url, { headers: { Cookie } })
          expect([isHit(got), got.text, got.headers.vary]).toEqual([hit, Cookie, 'X-Other, Cookie'])
          expect(got.headers['cache-control']).toBe(declared ?? 'private, max-age=60')
        }
      }
    },
  )

  test('no-store of the client and of the page are heeded', async () => {
    let made = 0
    const handler: Handler = ({ path }) => ({
      headers: path === '/never' ? { 'Cache-Control': 'no-store' } : {},
      body: `page ${++made}`,
    })
    const { url } = await serve(shell, handler, { ttl: '1h' })
    await ask(`${url}/never`)
    expect((await ask(`${url}/never`)).text).toBe('page 2')
    await ask(`${url}/page`, { headers: { 'Cache-Control': 'no-store' } })
    expect((await ask(`${url}/page`)).text).toBe('page 4')
  })

  test.each<Record<string, string>>([
    { 'Cache-Control': 'no-cache' },
    { 'Cache-Control': 'max-age=0' },
    { 'Cache-Control': 'min-fresh=86400' },
    { Pragma: 'no-cache' },
  ])(
    'a reload, %j, gets the page that is kept, unless nothing has its lifetime from the server',
    async (headers) => {
      let made = 0
      const handler: Handler = ({ path }) => ({
        headers: path === '/own' ? {} : { 'Cache-Control': 'max-age=60' },
        body: `page ${++made}`,
      })
      const { url } = await serve(shell, handler, { ttl: '1h' })
      for (const path of ['/own', '/declared']) {
        const kept = await stored(url + path)
        const again = await ask(url + path, { headers })
        expect([isHit(again), again.text]).toEqual([true, kept.text])
      }
      const plain = await serve(shell, handler)
      await stored(plain.url)
      expect(isHit(await ask(plain.url, { headers }))).toBe(false)
    },
  )

  test('a page with a nonce is made for each', async () => {
    let made = 0
    const handler: Handler = () => ({
      headers: { 'Content-Security-Policy': `script-src 'nonce-${++made}'` },
      body: `<script nonce="${made}">`,
    })
    const { url } = await serve(shell, handler, { ttl: '1h' })
    await ask(url)
    const second = await ask(url)
    expect(second.text).toBe('<script nonce="2">')
    expect(second.headers['content-security-policy']).toBe("script-src 'nonce-2'")
  })
})

describe.each(shells.filter(({ inChain }) => inChain))('$name, in a chain', (shell) => {
  test('what was set before the cache is of the current response, what is set after it of the page', async () => {
    let asked = 0
    const options = {
      ttl: '1h',
      before: () => ({ 'X-Frame-Options': 'DENY', 'X-Before': `${++asked}` }),
      after: () => ({ 'X-After': `${asked}` }),
    }
    const { url } = await serve(shell, () => ({ body: 'page' }), options)
    const first = await ask(url)
    const second = await ask(url)
    const third = await ask(url)
    expect([isHit(first), isHit(second), isHit(third)]).toEqual([false, true, true])
    expect([first, second, third].map(({ headers }) => headers['x-before'])).toEqual([
      '1',
      '2',
      '3',
    ])
    expect([first, second, third].map(({ headers }) => headers['x-after'])).toEqual(['1', '1', '1'])
    expect(third.headers['x-frame-options']).toBe('DENY')
  })

  test('what a cookie from before the cache stands for is in the page: it is stored for nobody', async () => {
    let asked = 0
    const options = { ttl: '1h', before: () => ({ 'Set-Cookie': `token=${++asked}` }) }
    const { url } = await serve(shell, () => ({ body: `token ${asked}` }), options)
    for (const n of [1, 2, 3]) {
      const got = await ask(url)
      expect([got.text, [got.headers['set-cookie']].flat()]).toEqual([`token ${n}`, [`token=${n}`]])
      expect(got.headers['cache-status']).not.toContain('stored')
    }
  })

  test('who is given a cookie before the cache gets the page that is everybody’s, and the cookie', async () => {
    const before: SiteOptions['before'] = ({ header }) =>
      header('x-new') === undefined ? {} : { 'Set-Cookie': `visit=${header('x-new')}` }
    const { url } = await serve(shell, () => ({ body: 'page' }), { ttl: '1h', before })
    await stored(url)
    const hit = await ask(url, { headers: { 'X-New': '1' } })
    expect([isHit(hit), hit.text, [hit.headers['set-cookie']].flat()]).toEqual([
      true,
      'page',
      ['visit=1'],
    ])
    expect((await ask(url)).headers['set-cookie']).toBeUndefined()
  })

  test.each(['private', 'no-store'])(
    '%s that was said before the cache is heeded',
    async (said) => {
      let made = 0
      const options = { ttl: '1h', before: () => ({ 'Cache-Control': said }) }
      const { url } = await serve(shell, () => ({ body: `page ${++made}` }), options)
      for (const n of [1, 2]) expect((await ask(url)).text).toBe(`page ${n}`)
    },
  )

  test('what a request varies on counts, though it was said before the cache', async () => {
    const options = { ttl: '1h', before: () => ({ Vary: 'X-Tenant' }) }
    const handler: Handler = ({ header }) => ({
      headers: { 'Content-Language': 'en' },
      body: `${header('x-tenant')}`,
    })
    const { url } = await serve(shell, handler, options)
    await ask(url, { headers: { 'X-Tenant': 'a' } })
    const other = await ask(url, { headers: { 'X-Tenant': 'b' } })
    expect([other.text, other.headers.vary]).toEqual(['b', 'X-Tenant'])
    expect((await ask(url, { headers: { 'X-Tenant': 'a' } })).text).toBe('a')
  })

  test('a nonce from before the cache keeps the page out of it', async () => {
    let asked = 0
    const options = {
      ttl: '1h',
      before: () => ({ 'Content-Security-Policy': `script-src 'nonce-${++asked}'` }),
    }
    const { url } = await serve(shell, () => ({ body: `nonce ${asked}` }), options)
    for (const n of [1, 2, 3]) {
      const got = await ask(url)
      expect(got.text).toBe(`nonce ${n}`)
      expect(got.headers['content-security-policy']).toBe(`script-src 'nonce-${n}'`)
    }
  })

  test('a 304 and a HEAD have the fields from before the cache too', async () => {
    const options = { ttl: '1h', before: () => ({ 'X-Frame-Options': 'DENY' }) }
    const { url } = await serve(shell, () => ({ body: 'page' }), options)
    const hit = await stored(url)
    const same = await ask(url, { headers: { 'If-None-Match': `${hit.headers.etag}` } })
    const head = await ask(url, { method: 'HEAD' })
    expect([same.status, same.headers['x-frame-options']]).toEqual([304, 'DENY'])
    expect([head.status, head.headers['x-frame-options']]).toEqual([200, 'DENY'])
  })

  test('a request id and times are of the moment, wherever they are set', async () => {
    let asked = 0
    const options = {
      ttl: '1h',
      after: () => ({ 'X-Request-Id': `${++asked}`, 'Server-Timing': 'db;dur=9' }),
    }
    const { url } = await serve(shell, () => ({ body: 'page' }), options)
    expect((await ask(url)).headers['x-request-id']).toBe('1')
    const hit = await ask(url)
    expect([isHit(hit), hit.headers['x-request-id'], hit.headers['server-timing']]).toEqual([
      true,
      undefined,
      undefined,
    ])
  })
})

/** Resolves when what has been sent to a server before has arrived. */
async function arrivals(url: string): Promise<void> {
  for (const n of [1, 2, 3])
    await ask(`${url}/other`, { method: 'OPTIONS', headers: { 'X-N': `${n}` } })
}
