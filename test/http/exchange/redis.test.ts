import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { createHttpCache } from '../../../src/http/exchange/http-cache.ts'
import type { HttpRequest } from '../../../src/http/message.ts'
import { createCache } from '../../../src/index.ts'
import { startRedis } from '../../servers/redis.ts'
import { eventually, type Server } from '../../servers/start-server.ts'
import { page, read } from './site.ts'

let server: Server
beforeAll(async () => {
  server = await startRedis()
})
afterAll(() => server.stop())

/** A process of several that share pages over Redis. */
function member() {
  const cache = createCache({ name: 'pages', store: `redis://127.0.0.1:${server.port}` })
  onTestFinished(() => cache.close())
  const http = createHttpCache({ cache })
  let asked = 0
  return {
    http,
    asked: () => asked,
    async get(path: string, text: string) {
      const url = `http://example.org${path}`
      const request: HttpRequest = { method: 'GET', url, headers: ['Host', 'example.org'] }
      const answer = await http.handle(request, async () => {
        asked++
        return page(text, { 'Cache-Control': 'max-age=600', 'Surrogate-Key': 'all' })
      })
      return (await read(answer)).text
    },
  }
}

test('processes share pages over Redis, and a purge reaches the memory of each', async () => {
  const [one, two] = [member(), member()]
  expect(await one.get('/', 'first')).toBe('first')
  await one.http.settled()
  expect(await two.get('/', 'other')).toBe('first')
  expect(two.asked()).toBe(0)
  await one.http.purge({ tag: 'all' })
  await eventually(async () => (await two.get('/', 'second')) === 'second')
  await two.http.settled()
  await eventually(async () => (await one.get('/', 'third')) === 'second')
  expect(one.asked()).toBe(1)
})
