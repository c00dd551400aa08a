import { describe, expect, test, vi } from 'vitest'
import { memoryHub } from '../../src/buses/memory.ts'
import type { CacheEvent } from '../../src/contracts/events.ts'
import type { Store } from '../../src/contracts/store.ts'
import { createCache } from '../../src/index.ts'
import { memoryStore } from '../../src/stores/memory.ts'
import { fakeClock, settle } from '../../src/testing/fake-clock.ts'

const down = new Error('down')
const fails = () => Promise.reject(down)

/** Two processes over one store, and what the first one tells of errors. */
function shared(change: (store: Store) => Store = (store) => store) {
  const clock = fakeClock()
  const store = change(memoryStore({ clock }))
  const hub = memoryHub()
  const events: CacheEvent[] = []
  const onEvent = (event: CacheEvent) => void events.push(event)
  const [cache, other] = [{ onEvent }, {}].map((more) =>
    createCache({ clock, store, bus: hub.connect(), ...more }),
  )
  if (cache === undefined || other === undefined) throw new Error('unreachable')
  const errors = () => events.filter(({ type }) => type === 'error')
  return { cache, clock, errors, other, store }
}

const plain = ({ name, getMany, setMany, deleteMany, close }: Store): Store => ({
  name,
  getMany,
  setMany,
  deleteMany,
  close,
})

describe('what was loaded', () => {
  test('takes the place of what others have in memory', async () => {
    const { cache, other } = shared()
    await cache.set('k', 'old')
    expect(await other.get('k')).toBe('old')
    await settle()
    expect(await cache.getOrSet('k', () => 'new', { refresh: true })).toBe('new')
    await settle()
    expect(await other.get('k')).toBe('new')
  })

  test('is in memory though the store would not take it, which is told and counted', async () => {
    const { cache, errors, store } = shared()
    vi.spyOn(store as Required<Store>, 'replaceMany').mockImplementationOnce(fails)
    expect(await cache.getOrSet('k', () => 'new')).toBe('new')
    expect(cache.getSync('k')).toBe('new')
    expect(cache.stats().writes).toBe(1)
    expect(cache.stats().store.errors).toBe(1)
    expect(errors()[0]).toMatchObject({ key: 'k', error: { code: 'ERR_CACHE_STORE' } })
    // Its lease was given back: there is nothing to make good before the store is asked again.
    const asked = vi.spyOn(store, 'getMany')
    await cache.get('another')
    expect(asked).toHaveBeenCalledTimes(1)
  })

  test('leaves nothing older behind, where a store without comparisons would not take it', async () => {
    const { cache, clock, other, store } = shared(plain)
    await other.set('k', 'old')
    const { setMany } = store
    const loader = () => {
      store.setMany = fails
      return 'new'
    }
    expect(await cache.getOrSet('k', loader, { refresh: true })).toBe('new')
    store.setMany = setMany
    await clock.pass(60_000)
    const third = createCache({ clock, store })
    expect(await third.get('k')).toBe(undefined)
  })

  test('is not kept at all if it has no bytes, which is no failure of the store', async () => {
    const { cache, errors } = shared()
    const value = { run: () => 1 }
    expect(await cache.getOrSet('k', () => value)).toBe(value)
    expect(errors()).toMatchObject([{ key: 'k', error: { code: 'ERR_CACHE_CODEC' } }])
    expect([cache.getSync('k'), cache.stats().store.errors]).toEqual([undefined, 0])
  })

  test('is not kept in memory if its tags changed while it was written', async () => {
    const { cache, store } = shared()
    const replaceMany = store.replaceMany as NonNullable<Store['replaceMany']>
    store.replaceMany = async (changes) => {
      const done = await replaceMany(changes)
      store.replaceMany = replaceMany
      await cache.invalidate('t')
      return done
    }
    expect(await cache.getOrSet('k', () => 'new', { tags: ['t'] })).toBe('new')
    expect([cache.getSync('k'), cache.stats().writes]).toEqual([undefined, 0])
  })
})

describe('after a load that failed', () => {
  test('another process loads at once what nobody has', async () => {
    const { cache, other } = shared()
    await expect(cache.getOrSet('k', fails)).rejects.toBe(down)
    const loader = vi.fn(() => 'new')
    expect(await other.getOrSet('k', loader)).toBe('new')
    expect(loader).toHaveBeenCalledTimes(1)
  })

  test('a renewal is not tried again before the pause is over, though nothing stood in', async () => {
    const { cache, clock, other } = shared()
    const options = { ttl: 10, staleWhileRevalidate: '1h', retryAfter: '30s' }
    await cache.set('k', 'old', options)
    clock.advance(10)
    const loader = vi.fn(fails)
    expect(await cache.getOrSet('k', loader, options)).toBe('old')
    await settle()
    for (const each of [cache, other]) expect(await each.getOrSet('k', loader, options)).toBe('old')
    await settle()
    expect(loader).toHaveBeenCalledTimes(1)
    clock.advance(30_000)
    expect(await other.getOrSet('k', loader, options)).toBe('old')
    await settle()
    expect(loader).toHaveBeenCalledTimes(2)
  })

  test('that somebody wanted anew, a renewal is not put off for other processes', async () => {
    const { cache, clock, other } = shared()
    const options = { ttl: 10, staleWhileRevalidate: '1h', retryAfter: '30s' }
    await cache.set('k', 'old', options)
    await expect(cache.getOrSet('k', fails, { ...options, refresh: true })).rejects.toBe(down)
    clock.advance(10)
    expect(await other.getOrSet('k', () => 'new', options)).toBe('old')
    await settle()
    expect(await other.get('k')).toBe('new')
  })

  test('a right to load that cannot be given back is told', async () => {
    const { cache, errors, store } = shared()
    const failing = () => {
      Object.assign(store, { replaceMany: fails, deleteMany: fails, setMany: fails })
      return fails()
    }
    await expect(cache.getOrSet('k', failing)).rejects.toBe(down)
    await settle()
    expect(errors()).toMatchObject([{ key: 'k', error: { code: 'ERR_CACHE_STORE' } }])
  })
})
