import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { describe, expect, onTestFinished, test } from 'vitest'
import { memoryHub } from '../../src/buses/memory.ts'
import type { Cache, CacheEvent, LoadContext } from '../../src/index.ts'
import { createCache } from '../../src/index.ts'
import { memoryStore } from '../../src/stores/memory.ts'
import { fakeClock, settle } from '../../src/testing/fake-clock.ts'
import { openSynchronizer } from './open-synchronizer.ts'

/** The last instant at which it is one thing, and the first at which it is another. */

const patient = { softTimeout: '1h', hardTimeout: '2h' } as const

function heard(type: CacheEvent['type']): CacheEvent[] {
  const events: CacheEvent[] = []
  const hear = (event: unknown) => void events.push(event as CacheEvent)
  subscribe(`hotset:${type}`, hear)
  onTestFinished(() => void unsubscribe(`hotset:${type}`, hear))
  return events
}

describe('who waits with a limit', () => {
  test('has the value, or the loader’s own error, and leaves no timer', async () => {
    const clock = fakeClock()
    const cache = createCache({ clock })
    const failure = new Error('its own')
    expect(await cache.getOrSet('k', async () => 1, patient)).toBe(1)
    await expect(cache.getOrSet('l', () => Promise.reject(failure), patient)).rejects.toBe(failure)
    expect(clock.pending('foreground')).toBe(0)
  })

  test('and gives up, leaves no timer either', async () => {
    const clock = fakeClock()
    const cache = createCache({ clock })
    const controller = new AbortController()
    let given: AbortSignal | undefined
    const loader = ({ signal }: LoadContext<number>) => {
      given = signal
      return new Promise<number>(() => {})
    }
    const answer = cache.getOrSet('k', loader, { ...patient, signal: controller.signal })
    controller.abort(new Error('enough'))
    await expect(answer).rejects.toThrow('enough')
    expect(clock.pending('foreground')).toBe(0)
    expect(given?.reason).toMatchObject({ name: 'AbortError' })
  })

  test.each([
    ['softTimeout', 59_999, 'old'],
    ['hardTimeout', 59_999, 'old'],
    ['softTimeout', 60_000, 'new'],
  ])('has the stale value while there is one: %s', async (limit, age, value) => {
    const clock = fakeClock()
    const cache = createCache({ clock })
    await cache.set('k', 'old', { ttl: 1, staleIfError: 59_999 })
    clock.advance(age - 100)
    let load: (value: string) => void = () => {}
    const answer = cache.getOrSet('k', () => new Promise((resolve) => (load = resolve)), {
      [limit]: 100,
    })
    await clock.pass(100)
    load('new')
    expect(await answer).toBe(value)
    expect(clock.pending('foreground')).toBe(0)
  })
})

test.each([
  [999, 1],
  [1_000, undefined],
])('an entry is fresh until its instant, and is not then: %d', async (at, value) => {
  const clock = fakeClock()
  for (const cache of [
    createCache({ clock }),
    createCache({ clock, store: memoryStore({ clock }), memory: false }),
  ]) {
    await cache.set('k', 1, { ttl: '1s' })
    clock.advance(at)
    expect(await cache.get('k')).toBe(value)
    if (at < 1_000) expect(await cache.getOrSet('k', () => 2)).toBe(1)
    else expect(await cache.getOrSet('k', () => 2)).toBe(2)
  }
})

test.each([
  [59_999, 'old'],
  [60_000, 'down'],
])('a failed load is spared its callers until the entry is too old: %d', async (at, outcome) => {
  for (const isBacked of [false, true]) {
    const clock = fakeClock()
    const cache = createCache({ clock, ...(isBacked && { store: memoryStore({ clock }) }) })
    await cache.set('k', 'old', { ttl: '30s', staleIfError: '30s' })
    clock.advance(at)
    const loaded = cache.getOrSet('k', () => Promise.reject(new Error('down')))
    expect(await loaded.catch((error: Error) => error.message)).toBe(outcome)
  }
})

test('what is put where nobody may change it is frozen all the way down, but for what has state', async () => {
  const cache = createCache({ clock: fakeClock(), memory: { isolation: 'freeze' } })
  const inner = Object.freeze({ c: 1 })
  const bytes = new Uint8Array(2)
  const value = { a: { b: [1, null, 'x'] }, inner, bytes, none: null }
  await cache.set('k', value)
  expect(Object.isFrozen(value)).toBe(true)
  expect(Object.isFrozen(value.a.b)).toBe(true)
  expect(Object.isFrozen(bytes)).toBe(false)
  expect(await cache.get('k')).toBe(value)
  for (const plain of [5, null, 'x', undefined]) {
    await cache.set('plain', plain)
    expect(await cache.get('plain')).toBe(plain)
  }
})

test('a change that the store never takes has an end', async () => {
  const clock = fakeClock()
  let asked = 0
  const store = {
    ...memoryStore({ clock }),
    addMany: async (records: readonly unknown[]) => records.map(() => false),
    replaceMany: async (replacements: readonly unknown[]) => {
      asked++
      return replacements.map(() => false)
    },
  }
  const cache = createCache({ clock, store, memory: false })
  await cache.set('n', 1, { ttl: '1h' })
  const change = cache.increment('n', 0.5)
  await expect(change).rejects.toThrow('did not take a change of "n" in 200 attempts')
  expect(asked).toBe(200)
})

describe.each([
  ['memory', {}],
  ['memory and a bus', { bus: memoryHub().connect() }],
])('in %s alone', (_, parts) => {
  test('what is touched with no lifetime is gone, and was there', async () => {
    const cache = createCache({ clock: fakeClock(), ...parts })
    await cache.set('k', 1)
    expect(await cache.touch('k', { ttl: 0 })).toBe(true)
    expect(cache.getSync('k')).toBeUndefined()
    expect(await cache.touch('k', { ttl: 1 })).toBe(false)
  })

  test('nothing may be written, deleted and invalidated', async () => {
    const cache = createCache({ clock: fakeClock(), ...parts })
    expect(await cache.setMany([])).toEqual([])
    expect(await cache.deleteMany([])).toBe(0)
    await cache.invalidate([])
    await cache.set('k', 1, { tags: ['t'] })
    await cache.invalidate('t')
    expect(await cache.get('k')).toBeUndefined()
    await cache.set('k', 1)
    expect(await cache.delete('k')).toBe(true)
    await cache.clear()
  })

  test('what is read slides, however it is read', async () => {
    const clock = fakeClock()
    const cache = createCache({ clock, ...parts })
    const reads = [
      () => cache.getSync('k'),
      () => cache.get('k'),
      () => cache.getOrSet('k', () => 2, { ttl: '1h', sliding: '10s' }),
    ]
    for (const read of reads) {
      await cache.set('k', 1, { ttl: '1h', sliding: '10s' })
      for (let times = 0; times < 3; times++) {
        clock.advance(9_999)
        expect(await read()).toBe(1)
      }
      clock.advance(10_000)
      expect(cache.getSync('k')).toBeUndefined()
    }
    expect(cache.stats().memory.hits).toBe(9)
  })
})

test.each([
  ['delete', (cache: Cache) => cache.delete('k')],
  ['delete', (cache: Cache) => cache.take('k')],
  ['delete', (cache: Cache) => cache.touch('k', { ttl: 0 })],
  ['call', (cache: Cache) => cache.touch('k', { ttl: 1 })],
  ['clear', (cache: Cache) => cache.clear()],
] as const)('it is told: %s', async (type, change) => {
  const cache = createCache({ clock: fakeClock(), name: 'told' })
  await cache.set('k', 1)
  const events = heard(type)
  await change(cache)
  expect(events.filter((event) => event.cache === 'told')).toHaveLength(1)
})

test('an addition is told of as the call that it is', async () => {
  const clock = fakeClock()
  const calls = heard('call')
  const cache = createCache({ clock, name: 'told', store: memoryStore({ clock }) })
  await cache.increment('n', 1, { initial: 0 })
  expect(calls).toMatchObject([{ cache: 'told', verb: 'increment', names: ['n'] }])
})

describe('a bus', () => {
  test('that says what it lost makes memory suspect', async () => {
    const { told, listeners } = await openSynchronizer()
    listeners[0]?.gap('reconnected')
    expect(told).toEqual(['suspect: reconnected'])
  })

  test('that cannot be left costs nothing but a word', async () => {
    const { synchronizer, told } = await openSynchronizer(() => Promise.reject(new Error('gone')))
    await synchronizer.close()
    await settle()
    expect(told).toHaveLength(1)
    expect(told[0]).toContain('Leaving')
  })
})
