import { expect, test, vi } from 'vitest'
import { createCache } from '../../src/index.ts'
import { memoryStore } from '../../src/stores/memory.ts'
import { fakeClock, settle } from '../../src/testing/fake-clock.ts'

/** A loader whose one answer the test gives when it likes. */
function held() {
  let end: (value: string) => void = () => {}
  const answer = new Promise<string>((resolve) => {
    end = resolve
  })
  return { load: vi.fn(() => answer), end: (value: string) => end(value) }
}

const options = { ttl: 10, staleWhileRevalidate: 100 }

test('who comes when the stale value has ended waits for its renewal, and loads nothing', async () => {
  const clock = fakeClock()
  const cache = createCache({ clock })
  await cache.set('k', 'old', options)
  clock.advance(10)
  const { load, end } = held()
  expect(await cache.getOrSet('k', load, options)).toBe('old')
  clock.advance(100)
  const late = cache.getOrSet('k', load, options)
  await settle()
  end('new')
  expect(await late).toBe('new')
  expect(load).toHaveBeenCalledTimes(1)
})

test.each(['memory', 'store'] as const)(
  'who wants it anew waits for nothing that began otherwise: in %s',
  async (tier) => {
    const clock = fakeClock()
    const store = tier === 'store' ? { store: memoryStore({ clock }) } : {}
    const cache = createCache({ clock, ...store, memory: { trust: null } })
    await cache.set('k', 'old', options)
    clock.advance(10)
    const [renewal, anew, other] = [held(), held(), held()]
    expect(await cache.getOrSet('k', renewal.load, options)).toBe('old')
    await settle()
    const answers = [0, 1].map(() => cache.getOrSet('k', anew.load, { refresh: true }))
    await settle()
    anew.end('new')
    expect(await Promise.all(answers)).toEqual(['new', 'new'])
    expect(anew.load).toHaveBeenCalledTimes(1)
    renewal.end('read before')
    await settle()
    expect(await cache.get('k')).toBe('new')

    const load = cache.getOrSet('other', other.load)
    await settle()
    expect(await cache.getOrSet('other', () => 'newer', { refresh: true })).toBe('newer')
    other.end('read before')
    expect(await load).toBe('read before')
    expect(await cache.get('other')).toBe('newer')
  },
)

test('where the stale value is in the store alone, it is served to all while it is renewed', async () => {
  const clock = fakeClock()
  const cache = createCache({ clock, store: memoryStore({ clock }), memory: false })
  await cache.set('k', 'old', options)
  clock.advance(10)
  const { load, end } = held()
  for (let i = 0; i < 3; i++) expect(await cache.getOrSet('k', load, options)).toBe('old')
  await settle()
  end('new')
  await settle()
  expect(await cache.get('k')).toBe('new')
  expect(load).toHaveBeenCalledTimes(1)
})

test('what somebody loads anew is not renewed besides', async () => {
  const clock = fakeClock()
  const cache = createCache({ clock })
  await cache.set('k', 'old', options)
  clock.advance(10)
  const { load, end } = held()
  const anew = cache.getOrSet('k', load, { ...options, refresh: true })
  expect(await cache.getOrSet('k', load, options)).toBe('old')
  end('new')
  expect(await anew).toBe('new')
  expect(load).toHaveBeenCalledTimes(1)
})

test('a change of another tag since a load began is no reason to load again', async () => {
  const cache = createCache({ clock: fakeClock() })
  const { load, end } = held()
  const first = cache.getOrSet('k', load, { tags: ['own'] })
  await cache.invalidate('another')
  const second = cache.getOrSet('k', load, { tags: ['own'] })
  await settle()
  end('new')
  expect(await Promise.all([first, second])).toEqual(['new', 'new'])
  expect(load).toHaveBeenCalledTimes(1)
})
