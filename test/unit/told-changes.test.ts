import { expect, test } from 'vitest'
import { memoryHub } from '../../src/buses/memory.ts'
import type { Cache, CacheEvent } from '../../src/index.ts'
import { createCache } from '../../src/index.ts'
import { memoryStore } from '../../src/stores/memory.ts'
import { fakeClock } from '../../src/testing/fake-clock.ts'

const clock = fakeClock()
const behind = [
  ['memory alone', () => ({})],
  ['a bus', () => ({ bus: memoryHub().connect() })],
  ['a store', () => ({ store: memoryStore({ clock }) })],
  ['a store without compare and set', () => ({ store: plainStore() })],
] as const

function plainStore() {
  const { addMany, replaceMany, incrementMany, ...store } = memoryStore({ clock })
  return store
}

type Change = (cache: Cache) => Promise<unknown>
const set = { type: 'write', namespace: 'space', key: 'k' }
const gone = { type: 'delete', namespace: 'space', key: 'k' }

/** What is done where `k` is 1 and `l` is 2, and what is told of it. */
const changes: [name: string, change: Change, verb: string, names: string[], told: unknown[]][] = [
  ['set', (cache) => cache.set('k', 3), 'set', ['k'], [{ ...set, value: 3 }]],
  [
    'setMany',
    (cache) => cache.setMany({ m: 3, k: 4 }),
    'set',
    ['m', 'k'],
    [
      { ...set, key: 'm', value: 3 },
      { ...set, value: 4 },
    ],
  ],
  ['add', (cache) => cache.add('m', 3), 'update', ['m'], [{ ...set, key: 'm', value: 3 }]],
  ['add to what is there', (cache) => cache.add('k', 3), 'update', ['k'], []],
  ['touch', (cache) => cache.touch('k', { ttl: 1 }), 'update', ['k'], [{ ...set, value: 1 }]],
  ['touch with no lifetime', (cache) => cache.touch('k', { ttl: 0 }), 'update', ['k'], [gone]],
  ['expire', (cache) => cache.expire('k'), 'update', ['k'], [{ ...set, value: 1 }]],
  ['take', (cache) => cache.take('k'), 'update', ['k'], [gone]],
  ['increment', (cache) => cache.increment('k'), 'increment', ['k'], [{ ...set, value: 2 }]],
  ['delete', (cache) => cache.delete('k'), 'delete', ['k'], [gone]],
  [
    'deleteMany',
    (cache) => cache.deleteMany(['k', 'l']),
    'delete',
    ['k', 'l'],
    [gone, { ...gone, key: 'l' }],
  ],
  ['clear', (cache) => cache.clear(), 'clear', [], [{ type: 'clear', namespace: 'space' }]],
]

for (const [name, open] of behind) {
  test.each(changes)(`with ${name}, it is told: %s`, async (_, change, verb, names, told) => {
    const events: CacheEvent[] = []
    const onEvent = (event: CacheEvent) => void events.push(event)
    const cache = createCache({ clock, ...open(), onEvent })
    const space = cache.namespace('space')
    await space.setMany({ k: 1, l: 2 })
    events.length = 0
    await change(space)
    const call = { type: 'call', cache: 'default', namespace: 'space', verb, names }
    expect(events[0]).toEqual(call)
    expect(events.filter(({ type }) => ['write', 'delete', 'clear'].includes(type))).toEqual(
      told.map((event) => ({ cache: 'default', ...(event as object) })),
    )
  })

  test(`with ${name}, it is told: invalidate`, async () => {
    const events: CacheEvent[] = []
    const onEvent = (event: CacheEvent) => void events.push(event)
    const cache = createCache({ clock, ...open(), onEvent })
    await cache.namespace('space').invalidate(['s', 't'])
    const call = { type: 'call', cache: 'default', verb: 'invalidate', names: ['s', 't'] }
    expect(events[0]).toEqual({ ...call, namespace: undefined })
    expect(events.filter(({ type }) => type === 'invalidate')).toEqual([
      { type: 'invalidate', cache: 'default', tags: ['s', 't'] },
    ])
  })

  test(`with ${name}, what is gone by a change is gone from memory`, async () => {
    const cache = createCache({ clock, ...open() })
    const ends: Change[] = [
      (cache) => cache.take('k'),
      (cache) => cache.touch('k', { ttl: 0 }),
      (cache) => cache.delete('k'),
    ]
    for (const end of ends) {
      await cache.set('k', 1)
      expect(cache.getSync('k')).toBe(1)
      await end(cache)
      expect(cache.getSync('k')).toBe(undefined)
      expect(await cache.get('k')).toBe(undefined)
    }
  })
}
