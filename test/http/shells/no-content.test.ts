import { Hono } from 'hono'
import { expect, onTestFinished, test } from 'vitest'
import { cachePage as aroundAll } from '../../../src/http/adapters/fetch.ts'
import { cachePage as inChain } from '../../../src/http/adapters/hono.ts'
import { createHttpCache, type HttpCache } from '../../../src/http/exchange/http-cache.ts'
import { createCache } from '../../../src/index.ts'

const shells: [string, (cache: HttpCache, made: () => Response) => typeof fetch][] = [
  [
    'fetch',
    (cache, made) => {
      const handler = aroundAll('1m', { cache, statuses: [204] })(made)
      return async (input) => handler(new Request(input))
    },
  ],
  [
    'Hono',
    (cache, made) => {
      const app = new Hono()
      app.get('/', inChain('1m', { cache, statuses: [204] }), () => made())
      return async (input) => app.fetch(new Request(input))
    },
  ],
]

test.each(shells)('%s answers from the cache what has no content', async (_, shell) => {
  const cache = createCache()
  onTestFinished(() => cache.close())
  const http = createHttpCache({ cache })
  let made = 0
  const ask = shell(http, () => {
    made++
    return new Response(null, { status: 204 })
  })
  for (let i = 0; i < 3; i++) {
    const response = await ask('http://example.org/')
    expect([response.status, await response.text()]).toEqual([204, ''])
    await http.settled()
  }
  expect(made).toBe(1)
})
