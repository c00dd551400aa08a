import { beforeEach, describe, expect, test } from 'vitest'
import {
  ConfigError,
  createMemoryCache,
  type MemoryCache,
  type MemoryCacheOptions,
} from '../../src/index.ts'
import { lru } from '../../src/policies/lru.ts'
import { type FakeClock, fakeClock } from '../../src/testing/fake-clock.ts'

let clock: FakeClock
let cache: MemoryCache<unknown>

function make(options: MemoryCacheOptions<unknown> = {}): MemoryCache<unknown> {
  return createMemoryCache<unknown>({ clock, ...options })
}

beforeEach(() => {
  clock = fakeClock()
  cache = make()
})

test.each([undefined, null, 0, '', false, Number.NaN])('%s is a value', (value) => {
  expect(cache.has('a')).toBe(false)
  expect(cache.set('a', value)).toBe(true)
  expect(cache.has('a')).toBe(true)
  expect(cache.get('a')).toBe(value)
  expect(cache.peek('a')).toBe(value)
  expect(cache.getOrSet('a', () => 'other')).toBe(value)
  expect([...cache]).toEqual([['a', value]])
  expect(cache.stats()).toMatchObject({ hits: 2, misses: 0 })
  expect(cache.delete('a')).toBe(true)
  expect(cache.delete('a')).toBe(false)
})

test('what is not there is loaded once, and what fails is not kept', () => {
  let calls = 0
  const load = (key: string) => `${key}${++calls}`
  expect([cache.getOrSet('a', load), cache.getOrSet('a', load)]).toEqual(['a1', 'a1'])
  const failure = new Error('no')
  const fail = () => {
    throw failure
  }
  expect(() => cache.getOrSet('b', fail)).toThrow(failure)
  expect(cache.has('b')).toBe(false)
  expect(cache.stats()).toEqual({
    hits: 1,
    misses: 2,
    hitRatio: 1 / 3,
    entries: 1,
    weight: 1,
    removals: { evicted: 0, expired: 0, deleted: 0, replaced: 0, invalidated: 0 },
  })
})

describe('lifetimes', () => {
  test('an entry lives as long as it says, or as the cache does', () => {
    cache = make({ ttl: '1s' })
    cache.set('usual', 1)
    cache.set('short', 1, { ttl: 500 })
    cache.set('long', 1, { ttl: '1m' })
    cache.set('for ever', 1, { ttl: null })
    expect(cache.set('never', 1, { ttl: 0 })).toBe(false)
    const alive = () => [...cache].map(([key]) => key).sort()
    expect(alive()).toEqual(['for ever', 'long', 'short', 'usual'])
    clock.advance(500)
    expect(alive()).toEqual(['for ever', 'long', 'usual'])
    clock.advance(500)
    expect(alive()).toEqual(['for ever', 'long'])
    clock.advance(60_000)
    expect(alive()).toEqual(['for ever'])
    expect(cache.size).toBe(1)
    expect(cache.stats().removals.expired).toBe(3)
  })

  test('a closed cache has no timer', () => {
    {
      using closing = make({ ttl: '1s' })
      closing.set('a', 1)
      expect(clock.pending('background')).toBe(1)
    }
    expect(clock.pending()).toBe(0)
  })
})

test('entries and weight are bounded, and the bounds can be changed', () => {
  cache = make({ maxEntries: 3, policy: lru() })
  for (const key of ['a', 'b', 'c', 'd']) cache.set(key, key)
  expect([...cache.stats().removals.evicted.toString()]).toEqual(['1'])
  expect(cache.has('a')).toBe(false)
  cache.resize({ maxEntries: 1 })
  expect([...cache]).toEqual([['d', 'd']])
  const weighed = make({ maxWeight: 10, policy: lru(), weigh: (value) => Number(value) })
  expect(weighed.set('a', 11)).toBe(false)
  for (const value of [4, 4, 4]) weighed.set(`${weighed.size}`, value)
  expect(weighed.weight).toBe(8)
  weighed.set('light', 100, { weight: 1 })
  weighed.set('pinned', 100, { weight: 0 })
  expect(weighed.weight).toBe(9)
})

test('a listener is told why an entry left', () => {
  const told: unknown[] = []
  cache = make({ onRemove: (...removal) => told.push(removal) })
  cache.set('a', 1)
  cache.set('a', 2)
  cache.delete('a')
  cache.set('b', 1, { ttl: 10 })
  clock.advance(1_000)
  cache.set('c', 1)
  cache.clear()
  expect(told).toEqual([
    ['a', 1, 'replaced'],
    ['a', 2, 'deleted'],
    ['b', 1, 'expired'],
    ['c', 1, 'deleted'],
  ])
})

test.each([
  [{ maxEntries: 0 }, 'maxEntries'],
  [{ maxWeight: 'big' }, 'maxWeight'],
  [{ ttl: 'soon' }, 'ttl'],
  [{ cullFrequency: -1 }, 'cullFrequency'],
  [{ weigh: 3 }, 'weigh'],
  [{ size: 3 }, 'size'],
])('%o is refused', (options, name) => {
  const attempt = () => make(options as MemoryCacheOptions<unknown>)
  expect(attempt).toThrow(ConfigError)
  expect(attempt).toThrow(name)
})

test('bad keys and options of entries are refused, and change nothing', () => {
  cache.set('a', 1)
  expect(() => cache.set(1 as never, 2)).toThrow('`key`')
  expect(() => cache.set('a', 2, { ttl: Number.NaN })).toThrow('`ttl`')
  expect(() => cache.set('a', 2, { weight: -1 })).toThrow('`weight`')
  expect(() => cache.set('a', 2, { life: 1 } as never)).toThrow('`life`')
  expect([...cache]).toEqual([['a', 1]])
})
