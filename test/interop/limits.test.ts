import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import express from 'express'
import fc from 'fast-check'
import { describe, expect, onTestFinished, test } from 'vitest'
import { createCache, createCaches } from '../../src/index.ts'
import { type RateLimitStore, rateLimitStore } from '../../src/interop/rate-limit-store.ts'
import { flexibleLimiter } from '../../src/interop/rate-limiter-flexible.ts'
import { memoryStore } from '../../src/stores/memory.ts'
import { fakeClock } from '../../src/testing/index.ts'
import { MemoryStore, rateLimit } from './packages/express-rate-limit.ts'
import {
  RateLimiterMemcache,
  RateLimiterMemory,
  RateLimiterRes,
  RateLimiterUnion,
} from './packages/rate-limiter-flexible.ts'
import { exactSetups, hostileName, inScene, sideOf, steps } from './scene.ts'

describe.each(exactSetups)('express-rate-limit, %s', (setup) => {
  const windowMs = 60_000
  const verb = fc.record({
    do: fc.constantFrom(
      'increment',
      'increment',
      'get',
      'decrement',
      'resetKey',
      'resetAll',
      'pass',
    ),
    key: hostileName,
    ms: fc.constantFrom(1, 30_000, 59_999, 60_000),
  })

  async function run(store: Verbs | MemoryStore, verb: Step): Promise<unknown> {
    switch (verb.do) {
      case 'increment':
        return told(await store.increment(verb.key))
      case 'get':
        return told(await store.get(verb.key))
      case 'decrement':
        // There a client that is not known becomes one, who has taken nothing.
        if ((await store.get(verb.key)) !== undefined) await store.decrement(verb.key)
        return
      case 'resetKey':
        return store.resetKey(verb.key)
      case 'resetAll':
        return store.resetAll()
    }
  }

  test('answers as its MemoryStore', () =>
    fc.assert(
      fc.asyncProperty(steps(verb), (history) =>
        inScene(setup, async ({ caches, clock, pass }) => {
          const theirs = new MemoryStore()
          const ours = caches.map((cache) => rateLimitStore({ cache, clock, prefix: 'p' }))
          for (const store of [theirs, ...ours]) store.init({ windowMs } as never)
          for (const step of history) {
            if (step.verb.do === 'pass') pass(step.verb.ms)
            const expected = await run(theirs, step.verb)
            expect(await run(sideOf(ours, step), step.verb)).toEqual(expected)
          }
          theirs.shutdown()
        }),
      ),
    ))
})

type Verbs = Pick<RateLimitStore, 'increment' | 'get' | 'decrement' | 'resetKey' | 'resetAll'>
interface Step {
  readonly do: string
  readonly key: string
}

/** Read at once: the memory store answers with what it goes on counting in. */
function told(client: { totalHits: number; resetTime: Date | undefined } | undefined): unknown {
  return client && { hits: client.totalHits, reset: client.resetTime?.getTime() }
}

test('a client that is not known has taken nothing, whatever is given back', async () => {
  const store = rateLimitStore({ cache: createCache() })
  await store.decrement('a')
  expect(await store.get('a')).toBeUndefined()
  await store.increment('a')
  await Promise.all([1, 2, 3, 4].map(() => store.decrement('a')))
  expect(await store.get('a')).toMatchObject({ totalHits: 0 })
})

test('limits with prefixes of their own count apart', async () => {
  const cache = createCache()
  const [one, other] = ['a', 'b'].map((prefix) => rateLimitStore({ cache, prefix }))
  await one?.increment('x')
  expect(await other?.get('x')).toBeUndefined()
  expect(await one?.get('x')).toMatchObject({ totalHits: 1 })
})

test('of many at once on two sides each is counted once', async () => {
  const store = memoryStore()
  const sides = [0, 1].map(() => rateLimitStore({ cache: createCache({ store }) }))
  const hits = await Promise.all(
    Array.from({ length: 100 }, (_, i) => sides[i % 2]?.increment('a')),
  )
  const counts = hits.map((hit) => hit?.totalHits ?? 0).sort((a, b) => a - b)
  expect(counts).toEqual(Array.from({ length: 100 }, (_, i) => i + 1))
})

test('express-rate-limit refuses what is over its limit, on both servers', async () => {
  const store = memoryStore()
  const urls = await Promise.all(
    [0, 1].map(async () => {
      const app = express()
      const cache = createCache({ store })
      const limit = rateLimit({ limit: 3, windowMs: 60_000, store: rateLimitStore({ cache }) })
      app.use(limit, (_, response) => void response.send('served'))
      const server = app.listen(0, '127.0.0.1')
      onTestFinished(() => void server.close())
      await once(server, 'listening')
      return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    }),
  )
  const statuses: number[] = []
  for (let i = 0; i < 5; i++) statuses.push((await fetch(urls[i % 2] as string)).status)
  expect(statuses).toEqual([200, 200, 200, 429, 429])
})

test.each([
  { what: 'caches of their own', names: ['one', 'other'], warned: [] },
  { what: 'one cache', names: ['one', 'one'], warned: ['ERR_ERL_DOUBLE_COUNT'] },
])('express-rate-limit warns of limiters that count together: $what', async ({ names, warned }) => {
  const told: unknown[] = []
  const logger = { error: (error: unknown) => told.push(error), warn() {} }
  const caches = createCaches({ default: {}, one: {}, other: {} })
  const app = express()
  for (const name of names as ['one', 'other']) {
    app.use(rateLimit({ logger, store: rateLimitStore({ cache: caches.get(name) }) }))
  }
  app.use((_, response) => void response.send('served'))
  const server = app.listen(0, '127.0.0.1')
  onTestFinished(() => void server.close())
  await once(server, 'listening')
  await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
  expect(told).toEqual(warned.map((code) => expect.objectContaining({ code })))
})

test('where the store fails, so does the count: the limiter decides what that means', async () => {
  const cache = createCache()
  const store = rateLimitStore({ cache })
  await cache.close()
  await expect(store.increment('a')).rejects.toThrow('closed')
})

describe.each(exactSetups)('rate-limiter-flexible, %s', (setup) => {
  const limits = { points: 3, duration: 60, blockDuration: 90 }
  const verb = fc.record({
    do: fc.constantFrom(
      'consume',
      'consume',
      'penalty',
      'reward',
      'get',
      'set',
      'block',
      'delete',
      'pass',
    ),
    key: hostileName,
    points: fc.integer({ min: 1, max: 4 }),
    ms: fc.constantFrom(1, 30_000, 59_999, 60_000),
  })

  async function run(
    limiter: RateLimiterMemory | RateLimiterMemcache,
    { do: what, key, points }: { do: string; key: string; points: number },
  ): Promise<unknown> {
    const call = async (): Promise<unknown> => {
      switch (what) {
        case 'consume':
          return limiter.consume(key, points)
        case 'penalty':
          return limiter.penalty(key, points)
        case 'reward':
          return limiter.reward(key, points)
        case 'get':
          return limiter.get(key)
        case 'set':
          return limiter.set(key, points, 30)
        case 'block':
          return limiter.block(key, 30)
        case 'delete':
          return limiter.delete(key)
      }
    }
    try {
      return shown(await call())
    } catch (refusal) {
      return { refused: shown(refusal) }
    }
  }

  test('answers as its own limiter in memory', () =>
    fc.assert(
      fc.asyncProperty(steps(verb), (history) =>
        inScene(setup, async ({ caches, clock, pass }) => {
          const ours = caches.map((cache) =>
            flexibleLimiter(RateLimiterMemcache, { cache, limits, clock }),
          )
          const theirs = new RateLimiterMemory(limits)
          for (const step of history) {
            if (step.verb.do === 'pass') pass(step.verb.ms)
            const expected = await run(theirs, step.verb)
            expect(await run(sideOf(ours, step), step.verb)).toEqual(expected)
          }
        }),
      ),
    ))
})

/** Without what its limiters do not agree on: which one was the first, after a reward or a block. */
function shown(answer: unknown): unknown {
  if (!(answer instanceof RateLimiterRes)) return answer
  const { consumedPoints, remainingPoints, msBeforeNext } = answer
  return { consumedPoints, remainingPoints, msBeforeNext }
}

test('a union of limiters counts in both, and points without a duration stay', async () => {
  const clock = fakeClock()
  const cache = createCache({ clock })
  const [second, ever] = [
    flexibleLimiter(RateLimiterMemcache, {
      cache,
      clock,
      limits: { points: 1, duration: 1, keyPrefix: 'second' },
    }),
    flexibleLimiter(RateLimiterMemcache, {
      cache,
      clock,
      limits: { points: 2, duration: 0, keyPrefix: 'ever' },
    }),
  ]
  const union = new RateLimiterUnion(second, ever)
  await union.consume('a')
  clock.advance(1000)
  await union.consume('a')
  await expect(union.consume('a')).rejects.toHaveProperty('ever.remainingPoints', 0)
  clock.advance(1e10)
  expect(await ever.get('a')).toMatchObject({ consumedPoints: 3, msBeforeNext: -1 })
  expect(await second.get('a')).toBeNull()
})
