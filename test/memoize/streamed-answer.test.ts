import { once } from 'node:events'
import { createServer, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type Cache, createCache } from 'hotset'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createSite } from '../../examples/streamed-answer/site.ts'

let cache: Cache
let api: Server
let site: Server
/** Requests to the API that have no full answer yet. */
let asked: ServerResponse[]
let questions: string[]

beforeEach(async () => {
  cache = createCache()
  asked = []
  questions = []
  api = createServer((request, response) => {
    questions.push(request.url ?? '')
    asked.push(response)
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    response.write('one ')
    api.emit('asked')
  })
  site = createSite(await listening(api), cache)
  await listening(site)
})
afterEach(async () => {
  for (const server of [site, api]) {
    server.closeAllConnections()
    server.close()
  }
  await cache.close()
})

async function listening(server: Server): Promise<string> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return urlOf(server)
}

function urlOf(server: Server): string {
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

async function visit(question: string) {
  const response = await fetch(`${urlOf(site)}/?q=${question}`)
  const reader = (response.body as ReadableStream<Uint8Array>).getReader()
  const text = new TextDecoder()
  return {
    response,
    reader,
    read: async () => text.decode((await reader.read()).value),
    rest: async () => {
      let all = ''
      for (;;) {
        const { done, value } = await reader.read()
        if (done) return all
        all += text.decode(value)
      }
    },
  }
}

test('a question is asked once; who comes meanwhile has what has come, then the rest', async () => {
  const first = await visit('why')
  expect(first.response.headers.get('content-type')).toBe('text/event-stream')
  expect(await first.read()).toBe('one ')
  const second = await visit('why')
  expect(await second.read()).toBe('one ')
  asked[0]?.end('two')
  expect(await Promise.all([first.rest(), second.rest()])).toEqual(['two', 'two'])
  expect(await (await visit('why')).rest()).toBe('one two')
  expect(questions).toEqual(['/answer?q=why'])
})

test('an answer that breaks off is asked for again', async () => {
  const first = await visit('why')
  expect(await first.read()).toBe('one ')
  asked[0]?.destroy()
  await expect(first.rest()).rejects.toThrow()
  const again = await visit('why')
  asked[1]?.end('two')
  expect(await again.rest()).toBe('one two')
  expect(questions).toHaveLength(2)
})

test('an answer that nobody waits for any more is given up', async () => {
  const first = await visit('why')
  expect(await first.read()).toBe('one ')
  const closed = once(asked[0] as ServerResponse, 'close')
  await first.reader.cancel()
  await closed
  const again = await visit('why')
  asked[1]?.end('two')
  expect(await again.rest()).toBe('one two')
})
