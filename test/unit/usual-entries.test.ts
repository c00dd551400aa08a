import { expect, test } from 'vitest'
import { createCache } from '../../src/index.ts'
import { KeyError } from '../../src/kernel/errors.ts'
import { memoryStore } from '../../src/stores/memory.ts'
import { fakeClock } from '../../src/testing/fake-clock.ts'

const ttls = [
  ['an end', 5_000],
  ['no end', null],
] as const

for (const [name, ttl] of ttls) {
  test(`an entry with ${name} is explained whole, of which memory keeps the value alone`, async () => {
    const clock = fakeClock()
    const cache = createCache({ clock, defaults: { ttl } })
    const createdAt = clock.now()
    await cache.getOrSet('loaded', () => 1)
    await cache.set('set', 2)
    await clock.pass(1_000)
    for (const key of ['loaded', 'set']) {
      const { memory, outcome } = await cache.explain(key)
      const end = ttl === null ? Infinity : createdAt + ttl
      expect(outcome).toBe('hit')
      expect(memory).toEqual({ state: 'fresh', createdAt, staleAt: end, expiresAt: end, tags: [] })
    }
  })
}

test('an entry of which memory keeps the value alone is told of, and leaves, as any other', async () => {
  const clock = fakeClock()
  const told: unknown[] = []
  const cache = createCache({
    clock,
    defaults: { ttl: 5_000 },
    onRemove: (...removal) => told.push(removal),
    onEvent(event) {
      if (event.type === 'read') told.push([event.outcome, event.value, event.age])
    },
  })
  await cache.getOrSet('k', () => 'v')
  await clock.pass(1_000)
  expect(cache.getSync('k')).toBe('v')
  expect(await cache.getOrSet('k', () => 'w')).toBe('v')
  await clock.pass(4_000)
  expect(await cache.getOrSet('k', () => 'w')).toBe('w')
  expect(told).toEqual([
    ['miss', 'v', undefined],
    ['hit', 'v', 1_000],
    ['hit', 'v', 1_000],
    ['k', 'v', 'expired'],
    ['miss', 'w', undefined],
  ])
})

test('memory that is trusted for some time is not served later, though nothing is behind it', async () => {
  const clock = fakeClock()
  const cache = createCache({ clock, memory: { trust: 1_000 } })
  await cache.getOrSet('k', () => 1)
  expect(cache.getSync('k')).toBe(1)
  await clock.pass(1_000)
  expect(cache.getSync('k')).toBe(undefined)
})

test('a namespace that is cleared has nothing any more, whoever says nothing about its entries', async () => {
  const cache = createCache()
  const spaces = [cache.namespace('one'), cache.namespace('one').namespace('two')]
  for (const space of spaces) {
    await space.getOrSet('loaded', () => 1)
    await space.set('set', 1)
  }
  await cache.namespace('one').clear()
  for (const space of spaces) {
    expect(await space.getMany(['loaded', 'set'])).toEqual(new Map())
  }
})

test('a closed cache has nothing any more, nor keeps what was on its way', async () => {
  const cache = createCache()
  await cache.set('k', 1)
  await cache.close()
  expect(() => cache.getSync('k')).toThrow('closed')
  await expect(cache.getOrSet('k', () => 2)).rejects.toThrow('closed')
})

test('a load that ends before anybody can wait for it is waited for all the same', async () => {
  const cache = createCache({ store: memoryStore(), keyFunction: () => '' })
  await expect(cache.getOrSet('k', () => 1)).rejects.toThrow(KeyError)
})
