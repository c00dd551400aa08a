import { AsyncResource } from 'node:async_hooks'
import { once } from 'node:events'
import { createServer, request } from 'node:http'
import { gzipSync } from 'node:zlib'
import express from 'express'
import fc from 'fast-check'
import fastify from 'fastify'
import { expect, onTestFinished, test } from 'vitest'
import { bundle } from '../../../src/devtools/toolbar/bundle.ts'
import { serverTiming } from '../../../src/devtools/toolbar/server-timing.ts'
import { toolbar } from '../../../src/devtools/toolbar.ts'
import { createCache } from '../../../src/index.ts'
import { ask, reportOf } from './asked.ts'
import { listening, type SiteCase, sites } from './sites.ts'

const [expressSite] = sites as [SiteCase]

function world() {
  const cache = createCache({ name: 'shop' })
  const bar = toolbar(cache)
  onTestFinished(async () => {
    bar.close()
    await cache.close()
  })
  return { cache, bar }
}

test('whatever requests do side by side, each has its own calls and no others', async () => {
  type Step = (key: string) => Promise<unknown>
  const { cache, bar } = world()
  const steps: Record<string, Step> = {
    get: (key) => cache.get(key),
    getSync: async (key) => cache.getSync(key),
    getOrSet: (key) => cache.getOrSet(key, async () => key),
    getMany: (key) => cache.getMany([key]),
    set: (key) => cache.set(key, 1),
    delete: (key) => cache.delete(key),
    has: (key) => cache.has(key),
  }
  const todo = new Map<string, string[]>()
  const url = await expressSite.open(bar, async (path) => {
    for (const step of todo.get(path) ?? []) {
      await steps[step]?.(`own:${path}`)
      await steps[step]?.('shared')
    }
    return {}
  })
  const step = fc.constantFrom(...Object.keys(steps))
  let run = 0
  await fc.assert(
    fc.asyncProperty(fc.array(fc.array(step, { maxLength: 6 }), { maxLength: 6 }), async (all) => {
      await cache.clear()
      run++
      const paths = all.map((names, i) => {
        todo.set(`/${run}/${i}`, names)
        return `/${run}/${i}`
      })
      const got = await Promise.all(paths.map((path) => ask(url + path)))
      for (const [i, answer] of got.entries()) {
        const { calls } = await reportOf(url, answer)
        const own = calls.filter(({ names }) => names[0]?.name !== 'shared')
        expect(own.every(({ names }) => names[0]?.name === `own:${paths[i]}`)).toBe(true)
        // A miss of `getSync` is no read.
        const told = (names: readonly string[]) => names.filter((name) => name !== 'getSync')
        expect(told(own.map(({ verb }) => verb))).toEqual(told(all[i] as string[]))
        const shared = calls.filter(({ names }) => names[0]?.name === 'shared')
        expect(told(shared.map(({ verb }) => verb))).toEqual(told(all[i] as string[]))
      }
    }),
    { numRuns: 30 },
  )
})

test('calls after a body has been read are of the request', async () => {
  const { cache, bar } = world()
  const onExpress = express()
  onExpress.use(bar.express(), express.json())
  onExpress.post('/', async (_, response) => void response.json({ a: await cache.get('a') }))
  let handle: Parameters<typeof listening>[0] = () => {}
  const onFastify = fastify({
    serverFactory: (listener) => {
      handle = listener
      return createServer()
    },
  })
  onFastify.register(bar.fastify)
  onFastify.post('/', async () => ({ a: await cache.get('a') }))
  await onFastify.ready()
  for (const listener of [onExpress, handle]) {
    let arrived = () => {}
    const arrival = new Promise<void>((resolve) => {
      arrived = resolve
    })
    const url = await listening((message, response) => {
      listener(message, response)
      arrived()
    })
    const headers = { 'content-type': 'application/json', 'content-length': 4 }
    const sent = request(url, { method: 'POST', headers })
    sent.flushHeaders()
    // The body comes when the request is under way: in another turn of the connection.
    await arrival
    sent.end('[12]')
    const [response] = await once(sent, 'response')
    response.resume()
    expect(response.headers['server-timing']).toContain('"1 calls, 1 reads, 1 misses"')
  }
})

test('calls that are gathered in a turn are of the request, and of no line', async () => {
  const { cache, bar } = world()
  const users = cache.define<number, string>({
    name: 'user',
    load: (id) => `${id}`,
    loadMany: (ids) => new Map(ids.map((id) => [id, `${id}`])),
  })
  const url = await expressSite.open(bar, async () => {
    await Promise.all([users.get(1), users.get(2)])
    return {}
  })
  const { calls } = await reportOf(url, await ask(url))
  const told = calls.map(({ namespace, names, line }) => [namespace, names[0]?.name, line])
  expect(told).toEqual([
    ['user', '1', undefined],
    ['user', '2', undefined],
  ])
})

test('what goes on after the response is of no request', async () => {
  const { cache, bar } = world()
  let later: (() => Promise<unknown>) | undefined
  const url = await expressSite.open(bar, async (path) => {
    await cache.get(path)
    later = AsyncResource.bind(() => cache.get('later'))
    return {}
  })
  const got = await ask(`${url}/a`)
  // The server has seen the end of the first when it has answered another on the connection.
  const report = () => reportOf(url, got)
  await expect.poll(async () => (await report()).complete).toBe(true)
  await later?.()
  const { calls, durationMs } = await report()
  expect(calls.map(({ names }) => names[0]?.name)).toEqual(['/a'])
  expect((await report()).durationMs).toBe(durationMs)
})

test('Server-Timing is what its grammar says', () => {
  const count = fc.nat(2000)
  const ms = fc.double({ min: 0, max: 1e6, noNaN: true })
  const totals = fc.record({
    ...{ calls: count, reads: count, hits: count, stale: count, misses: count, coalesced: count },
    ...{ cacheMs: ms, loadMs: ms, withoutCacheMs: ms, unknownLoads: count },
  })
  const metric = /^[!#$%&'*+.^_`|~\w-]+(;(dur=\d+(\.\d+)?|desc="[\w ,-]+"))*$/
  fc.assert(
    fc.property(totals, (all) => {
      const text = serverTiming({ id: 'a-b', totals: all } as never)
      for (const each of text.split(/, (?=hotset)/)) expect(each).toMatch(metric)
    }),
  )
})

test('what is put into a page is small, ASCII, and ends no script', () => {
  expect(gzipSync(bundle.script).length).toBeLessThan(8_000)
  expect(bundle.script).toMatch(/^[\t\n\r\x20-\x7e]*$/)
  expect(bundle.script).not.toMatch(/<\/script|<!--|<script/i)
})
