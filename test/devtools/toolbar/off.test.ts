import { createServer, ServerResponse } from 'node:http'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { type ToolbarOptions, toolbar } from '../../../src/devtools/toolbar.ts'
import { createCache } from '../../../src/index.ts'
import { channels } from '../../../src/kernel/channels.ts'
import { ConfigError } from '../../../src/kernel/errors.ts'
import { ask, hasToolbar } from './asked.ts'
import { sites } from './sites.ts'

const html = { 'content-type': 'text/html' }
const isHeard = () => Object.values(channels).some(({ hasSubscribers }) => hasSubscribers)

afterEach(() => vi.unstubAllEnvs())

test('in production there is none, and nobody listens', () => {
  vi.stubEnv('NODE_ENV', 'production')
  expect(toolbar(createCache()).enabled).toBe(false)
  expect(isHeard()).toBe(false)
  const forced = toolbar(createCache(), { enabled: true, authorize: () => true })
  expect(forced.enabled).toBe(true)
  expect(isHeard()).toBe(true)
  forced.close()
  expect(isHeard()).toBe(false)
})

test('in production it is for those alone whom the application names', () => {
  vi.stubEnv('NODE_ENV', 'production')
  expect(() => toolbar(createCache(), { enabled: true })).toThrow(ConfigError)
  vi.stubEnv('NODE_ENV', 'development')
  expect(() => toolbar(createCache(), { enabled: true }).close()).not.toThrow()
})

describe.each(sites)('$name', (site) => {
  test('where there is none, requests and responses are not touched', async () => {
    const cache = createCache()
    const bar = toolbar(cache, { enabled: false })
    const url = await site.open(bar, async () => {
      await cache.get('a')
      return { headers: html, body: '<p>page</p>' }
    })
    const got = await ask(url)
    expect(got.text).toBe('<p>page</p>')
    expect(got.headers['server-timing']).toBeUndefined()
    expect((await ask(`${url}/__hotset`)).text).toBe('<p>page</p>')
    expect(isHeard()).toBe(false)
    expect(bar.requests()).toEqual([])
  })

  test('in production it is there for who may see it, and for nobody else', async () => {
    vi.stubEnv('NODE_ENV', 'production')
    let isAdmin = false
    const bar = toolbar(createCache(), { enabled: true, authorize: () => isAdmin })
    const url = await site.open(bar, () => ({ headers: html, body: '<p>page</p>' }))
    expect(hasToolbar(await ask(url))).toBe(false)
    isAdmin = true
    expect(hasToolbar(await ask(url))).toBe(true)
    bar.close()
  })
})

test('where there is none, middleware passes on what it was given, and wraps nothing', async () => {
  const bar = toolbar(createCache(), { enabled: false })
  const hooks: unknown[] = []
  bar.fastify({ addHook: (...hook: unknown[]) => hooks.push(hook) }, {}, () => {})
  expect(hooks).toEqual([])
  const server = createServer()
  const { IncomingMessage } = await import('node:http')
  const message = new IncomingMessage(undefined as never)
  const response = new ServerResponse(message)
  const before = Reflect.ownKeys(response)
  const next = vi.fn()
  bar.express()(message, response, next)
  bar.nest()(message, response, next)
  expect(next.mock.calls).toEqual([[], []])
  expect(Reflect.ownKeys(response)).toEqual(before)
  expect(response.listenerCount('close')).toBe(0)
  server.close()
})

test.each([
  [{ keep: 0 }, /keep/],
  [{ path: '' }, /path/],
  [{ path: '/a/' }, /path/],
  [{ path: '/a?b' }, /path/],
  [{ authorize: true as never }, /authorize/],
  [{ nonce: 'abc' as never }, /nonce/],
  [{ enable: true } as never, /Unknown option `enable`/],
] satisfies [ToolbarOptions<unknown>, RegExp][])('%j makes no sense', (options, message) => {
  expect(() => toolbar(createCache(), options)).toThrow(message)
  expect(() => toolbar(createCache(), options)).toThrow(ConfigError)
  expect(isHeard()).toBe(false)
})
