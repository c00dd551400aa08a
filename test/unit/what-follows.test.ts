import { expect, test, vi } from 'vitest'
import { memoryHub } from '../../src/buses/memory.ts'
import { createCache } from '../../src/index.ts'
import { memoryStore } from '../../src/stores/memory.ts'
import { fakeClock, settle } from '../../src/testing/fake-clock.ts'

test.each(['touch', 'increment', 'expire'] as const)(
  'what is invalidated while %s reads it is not made valid by that',
  async (verb) => {
    const hub = memoryHub()
    const store = memoryStore()
    let hold: Promise<unknown> | undefined
    let reads = 0
    // The answer with the tag's mark is on its way while the word of the bus is faster.
    const late = (keys: readonly string[]) =>
      store.getMany(keys).then(async (found) => {
        if (hold !== undefined && ++reads === 2) await hold
        return found
      })
    const slow = { ...store, getMany: late, increment: undefined }
    const here = createCache({ store: slow, bus: hub.connect() })
    const there = createCache({ store, bus: hub.connect() })
    await here.set('k', 1n, { tags: ['t'], staleIfError: '1h' })
    expect(await there.get('k')).toBe(1n)
    let go = () => {}
    hold = new Promise<void>((resolve) => {
      go = resolve
    })
    const change =
      verb === 'increment'
        ? here.increment('k', 1n)
        : verb === 'touch'
          ? here.touch('k', { ttl: '2h' })
          : here.expire('k')
    await settle()
    await there.invalidate('t')
    go()
    await change
    expect(reads).toBeGreaterThan(1)
    const load = { staleIfError: '1h' } as const
    const fail = () => Promise.reject(new Error('down'))
    await expect(here.getOrSet('k', fail, load)).rejects.toThrow('down')
    await Promise.all([here.close(), there.close()])
  },
)

test('a pinned entry stays pinned when memory has read it again', async () => {
  const clock = fakeClock()
  const cache = createCache({ clock, store: memoryStore({ clock }), memory: { maxEntries: 10 } })
  await cache.set('k', 'value', { weight: 0 })
  clock.advance(1100)
  expect(await cache.get('k')).toBe('value')
  expect(cache.stats().memory?.weight).toBe(0)
})

test('memory with a bus and no store keeps what it has for its whole lifetime', async () => {
  const clock = fakeClock()
  const cache = createCache({ clock, bus: memoryHub().connect() })
  await cache.set('k', 'value', { ttl: '1h' })
  for (let i = 0; i < 3_590; i++) {
    clock.advance(1000)
    await settle()
  }
  expect(await cache.get('k')).toBe('value')
  await cache.close()
})

test('a touched entry is renewed as long before its end as before', async () => {
  const clock = fakeClock()
  const cache = createCache({ clock })
  await cache.set('k', 'old', { ttl: 1000, eagerRefresh: 0.8 })
  await cache.touch('k', { ttl: 5000 })
  const load = vi.fn(() => 'new')
  clock.advance(4799)
  expect(await cache.getOrSet('k', load)).toBe('old')
  expect(load).not.toHaveBeenCalled()
  clock.advance(1)
  expect(await cache.getOrSet('k', load)).toBe('old')
  await settle()
  expect(await cache.get('k')).toBe('new')
})

test('freezes what is in an object that was frozen, however deep', async () => {
  const cache = createCache({ memory: { isolation: 'freeze' } })
  let deep: { in?: unknown; end?: number } = { end: 1 }
  for (let i = 0; i < 50_000; i++) deep = { in: deep }
  const value = Object.freeze({ a: { b: 1 }, deep })
  await cache.set('k', value)
  expect(() => {
    value.a.b = 2
  }).toThrow(TypeError)
  let inner = deep
  while (inner.in !== undefined) inner = inner.in as typeof deep
  expect(Object.isFrozen(inner)).toBe(true)
})

test('no loader can add to the tags of the defaults', async () => {
  const cache = createCache()
  const load = (context: { tags: readonly string[] }) => (context.tags as string[]).push('all')
  await expect(cache.getOrSet('k', load)).rejects.toThrow(TypeError)
  const tagged = createCache({ defaults: { tags: ['own'] } })
  await expect(tagged.getOrSet('k', load)).rejects.toThrow(TypeError)
})

test('what cannot be weighed is served by nobody that had the one before', async () => {
  const hub = memoryHub()
  const store = memoryStore()
  const weigh = (value: unknown) => (value as string).length
  const memory = { maxWeight: 100, weigh }
  const [here, there] = [0, 1].map(() => createCache({ store, memory, bus: hub.connect() }))
  await here?.set('k', 'old')
  expect(await there?.get('k')).toBe('old')
  await expect(here?.set('k', null)).rejects.toThrow(TypeError)
  await settle()
  expect(here?.getSync('k')).toBeUndefined()
  expect(there?.getSync('k')).toBeUndefined()
})
