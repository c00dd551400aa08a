import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Store } from '../../src/contracts/store.ts'
import { createCache } from '../../src/index.ts'
import { memoryStore } from '../../src/stores/memory.ts'
import { fakeClock } from '../../src/testing/fake-clock.ts'

/** One caller after the other: what a limit answers is exact, and what it says of later is true. */

const window = 1_000
const steps = fc.array(
  fc.record({ wait: fc.oneof(fc.nat(50), fc.nat(1_500)), cost: fc.integer({ min: 1, max: 5 }) }),
  { maxLength: 40 },
)

function cacheOn(kind: 'memory' | 'counting' | 'comparing', clock = fakeClock()) {
  const store = memoryStore({ clock })
  const { incrementMany, ...comparing } = store
  const stores = { memory: undefined, counting: store, comparing }
  return { clock, cache: createCache({ clock, store: stores[kind] as Store | undefined }) }
}

test('it counts as its algorithm says, on every kind of store', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom('memory' as const, 'counting' as const, 'comparing' as const),
      fc.constantFrom('fixed' as const, 'sliding' as const),
      fc.integer({ min: 5, max: 12 }),
      fc.nat(window),
      steps,
      async (kind, algorithm, limit, begin, moves) => {
        const { cache, clock } = cacheOn(kind)
        const rate = cache.rateLimit('calls', { limit, window, algorithm })
        const taken: { index: number; cost: number }[] = []
        const sum = (index: number) =>
          taken.reduce((all, each) => (each.index === index ? all + each.cost : all), 0)
        clock.advance(begin)
        for (const { wait, cost } of moves) {
          await clock.pass(wait)
          const now = clock.now()
          const index = Math.floor(now / window)
          const rest = algorithm === 'fixed' ? 0 : (index + 1) * window - now
          const usedNow = () => (sum(index - 1) * rest) / window + sum(index)
          const used = usedNow()
          const peeked = await rate.peek('somebody')
          const answer = await rate.take('somebody', cost)
          expect(peeked.allowed).toBe(used + 1 <= limit)
          expect(peeked.remaining).toBe(Math.max(0, Math.floor(limit - used)))
          expect(answer.allowed).toBe(used + cost <= limit)
          if (answer.allowed) taken.push({ index, cost })
          expect(answer.remaining).toBe(Math.max(0, Math.floor(limit - usedNow())))
          const windows = algorithm === 'sliding' && sum(index) > 0 ? 2 : 1
          expect(answer.resetAt).toBe((index + windows) * window)
          expect(answer.retryAfter > 0).toBe(!answer.allowed)
        }
      },
    ),
    { numRuns: 150 },
  )
})

test('after what it says to wait it allows what it refused, and not before', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom('fixed' as const, 'sliding' as const),
      fc.integer({ min: 5, max: 12 }),
      steps,
      fc.boolean(),
      async (algorithm, limit, moves, early) => {
        const { cache, clock } = cacheOn('counting')
        const rate = cache.rateLimit('calls', { limit, window, algorithm })
        for (const { wait, cost } of moves) {
          await clock.pass(wait)
          const { allowed, retryAfter } = await rate.take('somebody', cost)
          if (allowed) continue
          await clock.pass(early ? retryAfter - 1 : retryAfter)
          expect((await rate.take('somebody', cost)).allowed).toBe(!early)
        }
      },
    ),
    { numRuns: 150 },
  )
})

test('what it says of its reset is true', async () => {
  const { cache, clock } = cacheOn('counting')
  const rate = cache.rateLimit('calls', { limit: 5, window })
  const { resetAt } = await rate.take('somebody', 5)
  await clock.pass(resetAt - clock.now() - 1)
  expect((await rate.peek('somebody')).remaining).toBe(4)
  await clock.pass(1)
  expect((await rate.peek('somebody')).remaining).toBe(5)
})

test('a reset forgets, and keys are on their own', async () => {
  for (const kind of ['memory', 'counting', 'comparing'] as const) {
    const { cache } = cacheOn(kind)
    const rate = cache.rateLimit('calls', { limit: 1, window })
    const take = async (key: string) => (await rate.take(key)).allowed
    expect([await take('a'), await take('a'), await take('b')]).toEqual([true, false, true])
    await rate.reset('a')
    expect([await take('a'), await take('b')]).toEqual([true, false])
  }
})

test('of a thousand at once as many are allowed as the limit says', async () => {
  for (const kind of ['memory', 'counting', 'comparing'] as const) {
    const rate = cacheOn(kind).cache.rateLimit('calls', { limit: 300, window })
    const answers = await Promise.all(Array.from({ length: 1_000 }, () => rate.take('somebody')))
    expect(answers.filter(({ allowed }) => allowed).length).toBe(300)
  }
})

test('while the store fails it does as it is told', async () => {
  const clock = fakeClock()
  const fail = () => Promise.reject(new Error('no such server'))
  const store: Store = { ...memoryStore({ clock }), getMany: fail, incrementMany: fail }
  let errors = 0
  const onEvent = ({ type }: { type: string }) => void (type === 'error' && errors++)
  const cache = createCache({ clock, store, onEvent })
  const rate = (onFailure?: 'allow' | 'deny' | 'throw') =>
    cache.rateLimit('calls', { limit: 5, window, onFailure })
  expect(await rate('allow').take('a', 2)).toMatchObject({ allowed: true, remaining: 3 })
  expect(await rate('allow').peek('a')).toMatchObject({ allowed: true })
  const denied = await rate('deny').take('a', 2)
  expect(denied).toMatchObject({ allowed: false, remaining: 0 })
  expect(denied.retryAfter).toBeGreaterThan(0)
  expect(await rate('deny').peek('a')).toMatchObject({ allowed: false })
  expect(errors).toBe(4)
  for (const verb of ['take', 'peek', 'reset'] as const) {
    await expect(rate()[verb]('a')).rejects.toMatchObject({
      code: expect.stringMatching(/^ERR_CACHE_STORE/),
    })
  }
  await expect(rate('allow').reset('a')).rejects.toMatchObject({
    code: expect.stringMatching(/^ERR_CACHE_STORE/),
  })
})

test('options and costs that make no sense are refused', async () => {
  const { cache } = cacheOn('memory')
  const limit = (options: object) => () =>
    cache.rateLimit('calls', { limit: 5, window, ...options })
  expect(limit({ limit: 0 })).toThrow(/`limit`/)
  expect(limit({ limit: 1.5 })).toThrow(/`limit`/)
  expect(limit({ window: 0 })).toThrow(/`window`/)
  expect(limit({ window: Infinity })).toThrow(/`window`/)
  expect(limit({ algorithm: 'leaky' })).toThrow(/`algorithm`/)
  expect(limit({ onFailure: 'ignore' })).toThrow(/`onFailure`/)
  expect(limit({ limt: 5 })).toThrow(/`limt`/)
  expect(() => cache.rateLimit('a:b', { limit: 5, window })).toThrow(/rate limit/)
  const rate = limit({})()
  await expect(rate.take('a', 6)).rejects.toThrow(/`cost`/)
  await expect(rate.take('a', 0)).rejects.toThrow(/`cost`/)
  await expect(rate.take('')).rejects.toThrow(/`key`/)
})
