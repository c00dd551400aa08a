import { describe, expect, test, vi } from 'vitest'
import type { Cache } from '../../src/contracts/cache.ts'
import type { CacheEvent } from '../../src/contracts/events.ts'
import type { Store } from '../../src/contracts/store.ts'
import { createCache } from '../../src/index.ts'
import { memoryStore } from '../../src/stores/memory.ts'
import { fakeClock, settle } from '../../src/testing/fake-clock.ts'

const options = { ttl: 10_000, sliding: 800, staleIfError: 5_000 }

function stored(change: (store: Store) => Store = (store) => store) {
  const clock = fakeClock()
  const store = change(memoryStore({ clock }))
  const errors: CacheEvent[] = []
  const onEvent = (event: CacheEvent) => void (event.type === 'error' && errors.push(event))
  const open = (memory: { trust: null } | false = { trust: null }) =>
    createCache({ clock, store, memory, onEvent })
  const cache = open()
  const asked = vi.spyOn(store, 'getMany')
  return { asked, cache, clock, errors, open, store }
}

describe('in memory', () => {
  test.each([
    ['get', (cache: Cache) => cache.get('k')],
    ['getSync', (cache: Cache) => cache.getSync('k')],
    ['getOrSet', (cache: Cache) => cache.getOrSet('k', () => 'new', options)],
  ] as const)(
    'a %s in the last moment prolongs it, one at its end does not',
    async (verb, read) => {
      const clock = fakeClock()
      const cache = createCache({ clock })
      await cache.set('k', 'v', options)
      for (let i = 0; i < 3; i++) {
        clock.advance(799)
        expect(await read(cache)).toBe('v')
      }
      clock.advance(800)
      expect(await read(cache)).toBe(verb === 'getOrSet' ? 'new' : undefined)
      expect((await cache.lookup('k')).outcome).toBe(verb === 'getOrSet' ? 'hit' : 'stale')
    },
  )

  test('a value that has what an entry has is a value all the same', async () => {
    const clock = fakeClock()
    const cache = createCache({ clock, defaults: { ttl: 1_000 } })
    const value = { sliding: 5, staleAt: Infinity, eagerAt: 0 }
    await cache.set('k', value)
    clock.advance(100)
    expect(cache.getSync('k')).toBe(value)
    expect(await cache.get('k')).toBe(value)
    expect(await cache.getOrSet('k', () => 'new')).toBe(value)
  })
})

describe('in the store', () => {
  test('it is prolonged when an eighth of the time has gone, not before', async () => {
    const { asked, cache, clock, open, store } = stored()
    const written = vi.spyOn(store as Required<Store>, 'replaceMany')
    await cache.set('k', 'v', options)
    asked.mockClear()
    written.mockClear()
    clock.advance(99)
    await cache.get('k')
    await settle()
    expect(asked).not.toHaveBeenCalled()
    clock.advance(100)
    await cache.get('k')
    await settle()
    expect(written).toHaveBeenCalledTimes(1)
    clock.advance(799)
    expect(await open(false).get('k')).toBe('v')
  })

  test('what has gone meanwhile is not brought back', async () => {
    const { cache, clock, errors, open, store } = stored()
    await cache.set('k', 'v', options)
    clock.advance(400)
    const { getMany } = store
    let answer = () => {}
    const gate = new Promise<void>((resolve) => {
      answer = resolve
    })
    store.getMany = async (keys) => {
      await gate
      return getMany(keys)
    }
    await cache.get('k')
    store.getMany = getMany
    await open().delete('k')
    answer()
    await settle()
    expect(await open(false).get('k')).toBe(undefined)
    expect(errors).toEqual([])
  })

  test('what another has prolonged as far, or further, is left as it is', async () => {
    for (const later of [0, 50]) {
      const { cache, clock, open, store } = stored()
      const other = open()
      await cache.set('k', 'v', options)
      await other.get('k')
      clock.advance(400)
      const { getMany } = store
      let answer = () => {}
      const gate = new Promise<void>((resolve) => {
        answer = resolve
      })
      store.getMany = async (keys) => {
        await gate
        return getMany(keys)
      }
      await cache.get('k')
      store.getMany = getMany
      clock.advance(later)
      await other.get('k')
      await settle()
      const written = vi.spyOn(store as Required<Store>, 'replaceMany')
      answer()
      await settle()
      expect(written).not.toHaveBeenCalled()
      clock.advance(799)
      expect(await open(false).get('k')).toBe('v')
    }
  })

  test('a store that cannot compare is not written to', async () => {
    const { cache, clock, store } = stored(({ name, getMany, setMany, deleteMany, close }) => ({
      name,
      getMany,
      setMany,
      deleteMany,
      close,
    }))
    await cache.set('k', 'v', options)
    const written = vi.spyOn(store, 'setMany')
    clock.advance(400)
    expect(await cache.get('k')).toBe('v')
    await settle()
    expect(written).not.toHaveBeenCalled()
    expect(cache.stats().store.errors).toBe(0)
  })
})

describe('what is fresh in memory', () => {
  test('is not asked of the store, if it does not slide', async () => {
    const { asked, cache } = stored()
    await cache.set('a', 1, { ttl: 1_000 })
    await cache.set('b', 2, { ttl: 1_000, eagerRefresh: 0.5 })
    asked.mockClear()
    expect(await cache.get('a')).toBe(1)
    expect(await cache.getMany(['a', 'b'])).toEqual(new Map(Object.entries({ a: 1, b: 2 })))
    await settle()
    expect(asked).not.toHaveBeenCalled()
  })

  test('nor between two tries of renewing it early', async () => {
    const { asked, cache, clock } = stored()
    const early = { ttl: 1_000, eagerRefresh: 0.5, retryAfter: 100 }
    const fails = () => Promise.reject(new Error('down'))
    await cache.set('k', 'v', early)
    clock.advance(500)
    expect(await cache.getOrSet('k', fails, early)).toBe('v')
    await settle()
    asked.mockClear()
    clock.advance(99)
    expect(await cache.getOrSet('k', fails, early)).toBe('v')
    await settle()
    expect(asked).not.toHaveBeenCalled()
  })

  test('is answered though the store has failed for the others', async () => {
    const { cache, store } = stored()
    await cache.set('a', 1)
    store.getMany = () => Promise.reject(new Error('down'))
    expect(await cache.getMany(['absent', 'a'])).toEqual(new Map([['a', 1]]))
    expect(cache.stats().store.errors).toBe(1)
  })
})
