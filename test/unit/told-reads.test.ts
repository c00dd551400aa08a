import { describe, expect, test } from 'vitest'
import type { Cache } from '../../src/contracts/cache.ts'
import type { CacheEvent } from '../../src/contracts/events.ts'
import type { CacheOptions } from '../../src/core/cache-options.ts'
import { createCache } from '../../src/index.ts'
import { memoryStore } from '../../src/stores/memory.ts'
import { fakeClock, settle } from '../../src/testing/fake-clock.ts'

function told(options: Partial<CacheOptions> = {}) {
  const clock = fakeClock()
  const events: CacheEvent[] = []
  const onEvent = (event: CacheEvent) => void events.push(event)
  const cache = createCache({ clock, name: 'told', onEvent, ...options })
  const of = (...types: CacheEvent['type'][]) => events.filter(({ type }) => types.includes(type))
  return { cache, clock, events, of }
}

const stale = { ttl: 10, staleWhileRevalidate: 1_000, staleIfError: 1_000 }
const at = { cache: 'told', namespace: 'shop', key: 'k' }

/** What is there, how it is read, what is told and what is counted. */
const reads: [
  name: string,
  options: Parameters<Cache['set']>[2],
  age: number,
  read: (cache: Cache) => unknown,
  told: object[],
  counted: { hits: number; stale: number; misses: number },
][] = [
  [
    'a get of what is fresh',
    { ttl: 10 },
    0,
    (cache) => cache.get('k'),
    [
      { type: 'call', cache: 'told', namespace: 'shop', verb: 'get', names: ['k'] },
      { type: 'read', ...at, outcome: 'hit', tier: 'memory', value: 'v', age: 0, durationMs: 0 },
    ],
    { hits: 1, stale: 0, misses: 0 },
  ],
  [
    'a get of what is stale',
    stale,
    10,
    (cache) => cache.get('k'),
    [
      { type: 'call', cache: 'told', namespace: 'shop', verb: 'get', names: ['k'] },
      { type: 'read', ...at, outcome: 'miss', durationMs: 0 },
    ],
    { hits: 0, stale: 0, misses: 1 },
  ],
  [
    'a lookup of what is stale',
    stale,
    12,
    (cache) => cache.lookup('k'),
    [
      { type: 'call', cache: 'told', namespace: 'shop', verb: 'get', names: ['k'] },
      { type: 'read', ...at, outcome: 'stale', tier: 'memory', value: 'v', age: 12, durationMs: 0 },
    ],
    { hits: 0, stale: 1, misses: 0 },
  ],
  [
    'a getSync of what is fresh',
    { ttl: 10 },
    4,
    (cache) => cache.getSync('k'),
    [{ type: 'read', ...at, outcome: 'hit', tier: 'memory', value: 'v', age: 4, durationMs: 0 }],
    { hits: 1, stale: 0, misses: 0 },
  ],
  [
    'a getOrSet of what is fresh',
    { ttl: 10 },
    4,
    (cache) => cache.getOrSet('k', () => 'new'),
    [{ type: 'read', ...at, outcome: 'hit', tier: 'memory', value: 'v', age: 4, durationMs: 0 }],
    { hits: 1, stale: 0, misses: 0 },
  ],
  [
    'a getOrSet of what has tags',
    { ttl: 10, tags: ['t'] },
    4,
    (cache) => cache.getOrSet('k', () => 'new'),
    [{ type: 'read', ...at, outcome: 'hit', tier: 'memory', value: 'v', age: 4, durationMs: 0 }],
    { hits: 1, stale: 0, misses: 0 },
  ],
  [
    'a getOrSet of what slides',
    { ttl: 100, sliding: 10 },
    4,
    (cache) => cache.getOrSet('k', () => 'new'),
    [
      { type: 'call', cache: 'told', namespace: 'shop', verb: 'getOrSet', names: ['k'] },
      { type: 'read', ...at, outcome: 'hit', tier: 'memory', value: 'v', age: 4, durationMs: 0 },
    ],
    { hits: 1, stale: 0, misses: 0 },
  ],
  [
    'a getMany of one that is there, and one that is not',
    { ttl: 10 },
    0,
    (cache) => cache.getMany(['k', 'absent']),
    [
      { type: 'call', cache: 'told', namespace: 'shop', verb: 'getMany', names: ['k', 'absent'] },
      { type: 'read', ...at, outcome: 'hit', tier: 'memory', value: 'v', age: 0, durationMs: 0 },
      { type: 'read', ...at, key: 'absent', outcome: 'miss', durationMs: 0 },
    ],
    { hits: 1, stale: 0, misses: 1 },
  ],
]

describe('what a read of memory tells and counts', () => {
  test.each(reads)('%s', async (_, options, age, read, expected, counted) => {
    const { cache, clock, of, events } = told()
    const shop = cache.namespace('shop')
    await shop.set('k', 'v', options)
    clock.advance(age)
    events.length = 0
    const before = cache.stats()
    await read(shop)
    expect(of('call', 'read')).toEqual(expected)
    const { memory, misses } = cache.stats()
    expect(memory.hits - before.memory.hits).toBe(counted.hits)
    expect(memory.stale - before.memory.stale).toBe(counted.stale)
    expect(misses - before.misses).toBe(counted.misses)
  })

  test('a stale value that is served while it is renewed', async () => {
    const { cache, clock, of, events } = told()
    await cache.set('k', 'v', stale)
    clock.advance(15)
    events.length = 0
    expect(await cache.getOrSet('k', () => 'new')).toBe('v')
    await settle()
    expect(of('read')).toMatchObject([{ outcome: 'stale', tier: 'memory', value: 'v', age: 15 }])
    expect(of('load-start')).toMatchObject([{ key: 'k', background: true }])
    expect(cache.stats().memory).toMatchObject({ hits: 0, stale: 1 })
  })
})

describe('what a read of the store tells and counts', () => {
  test.each([
    ['hit', 0],
    ['stale', 15],
  ] as const)('a %s', async (outcome, age) => {
    const clock = fakeClock()
    const store = memoryStore({ clock })
    const { cache, of } = told({ clock, store, memory: { trust: 0 } })
    await createCache({ clock, name: 'told', store }).set('k', 'v', stale)
    clock.advance(age)
    expect(await cache.lookup('k')).toMatchObject({ outcome, tier: 'store', value: 'v', age })
    expect(of('read')).toMatchObject([{ key: 'k', outcome, tier: 'store', value: 'v', age }])
    const { memory, store: counted, misses } = cache.stats()
    expect([memory.hits, memory.stale, misses]).toEqual([0, 0, 0])
    expect([counted.hits, counted.stale]).toEqual(outcome === 'hit' ? [1, 0] : [0, 1])
  })
})

describe('what several callers of one load tell and count', () => {
  const callers: [string, Parameters<Cache['getOrSet']>[2]][] = [
    ['who waits as long as it takes', {}],
    ['who has a deadline', { hardTimeout: '1m' }],
  ]

  test.each(callers)('%s', async (_, options) => {
    const { cache, of } = told()
    const loader = () => settle().then(() => 'v')
    const all = [1, 2, 3].map(() => cache.getOrSet('k', loader, options))
    expect(await Promise.all(all)).toEqual(['v', 'v', 'v'])
    expect(
      of('read')
        .map((event) => event.type === 'read' && event.outcome)
        .sort(),
    ).toEqual(['coalesced', 'coalesced', 'miss'])
    expect(cache.stats()).toMatchObject({ misses: 1, coalesced: 2, loads: 1, loadFailures: 0 })
  })

  test.each(callers)('%s, of one that fails', async (_, options) => {
    const { cache, of } = told()
    const down = new Error('down')
    const loader = () => settle().then(() => Promise.reject(down))
    const all = [1, 2, 3].map(() => cache.getOrSet('k', loader, options))
    for (const { status } of await Promise.allSettled(all)) expect(status).toBe('rejected')
    expect(of('load')).toMatchObject([{ key: 'k', error: down }])
    // Its callers have the error themselves.
    expect(of('error')).toEqual([])
    expect(cache.stats()).toMatchObject({ misses: 1, coalesced: 2, loads: 1, loadFailures: 1 })
  })
})

test.each([
  ['get', (cache: Cache, key: string) => cache.get(key)],
  ['getMany', (cache: Cache, key: string) => cache.getMany([key])],
  ['getOrSet', (cache: Cache, key: string) => cache.getOrSet(key, () => 'new')],
])('%s misses in memory what is not there, not what is stale', async (_, read) => {
  const { cache, clock } = told()
  await cache.set('k', 'v', { ttl: 10, staleIfError: 1_000 })
  clock.advance(10)
  await read(cache, 'k')
  expect(cache.stats()).toMatchObject({ misses: 1, memory: { misses: 0 } })
  await read(cache, 'absent')
  expect(cache.stats()).toMatchObject({ misses: 2, memory: { misses: 1 } })
})

test('a cache without memory counts no misses of it', async () => {
  const { cache } = told({ memory: false })
  await cache.getOrSet('k', () => 1)
  expect(cache.stats().memory.misses).toBe(0)
})
