import { describe, expect, test } from 'vitest'
import { memoryHub } from '../../src/buses/memory.ts'
import type { Cache, CacheEvent } from '../../src/index.ts'
import { createCache } from '../../src/index.ts'
import { memoryStore } from '../../src/stores/memory.ts'
import { fakeClock } from '../../src/testing/fake-clock.ts'
import { openParts } from './open-parts.ts'
import { type Script, scriptedStore } from './scripted-store.ts'

type Change = (cache: Cache) => Promise<unknown>

const verbs: [string, Change][] = [
  ['set', (cache) => cache.set('k', 2)],
  ['add', (cache) => cache.add('k', 2)],
  ['increment', (cache) => cache.increment('k', 1, { initial: 1 })],
  ['take', (cache) => cache.take('k')],
  ['expire', (cache) => cache.expire('k')],
  ['delete', (cache) => cache.delete('k')],
  ['invalidate', (cache) => cache.invalidate('t')],
  ['clear', (cache) => cache.clear()],
]

test.each(verbs)('nothing is opened where there is memory alone: %s', async (_, change) => {
  const { cache, state } = openParts()
  await change(cache)
  expect(state.connection).toBe(undefined)
  const backed = openParts({ store: memoryStore() })
  await change(backed.cache)
  expect(backed.state.connection).not.toBe(undefined)
})

test.each(verbs)('a bus alone carries it to the others: %s', async (_, change) => {
  const hub = memoryHub()
  const [one, other] = [0, 1].map(() => openParts({ bus: hub.connect() }).cache)
  await one?.set('any', 1)
  await other?.set('k', 1, { tags: ['t'] })
  expect(other?.getSync('k')).toBe(1)
  await change(one as Cache)
  expect(other?.getSync('k')).toBe(undefined)
})

test('each entry that is written counts', async () => {
  const { cache } = openParts({ store: memoryStore() })
  await cache.set('a', 1)
  await cache.setMany({ b: 1, c: 1 })
  expect(cache.stats().writes).toBe(3)
})

describe('the marks', () => {
  const written = async (change: Change): Promise<string[][]> => {
    const store = memoryStore()
    const { cache } = openParts({ store })
    const { setMany } = store
    const batches: string[][] = []
    store.setMany = (records) => {
      batches.push(records.map(({ key }) => key))
      return setMany(records)
    }
    await change(cache)
    return batches
  }

  test('of tags change after the one that stands for any, each once', async () => {
    expect(await written((cache) => cache.invalidate(['s', 't']))).toEqual([
      ['default:#:\0#'],
      ['default:#:s', 'default:#:t'],
    ])
  })

  test('of generations change once', async () => {
    expect(await written((cache) => cache.clear())).toEqual([['default:#:\0']])
    expect(await written((cache) => cache.namespace('a').clear())).toEqual([['default:#:\0/a']])
  })
})

describe('what the store does not do', () => {
  const changes: [string, Change][] = [
    ['set', (cache) => cache.set('k', 2)],
    ['delete', (cache) => cache.delete('k')],
    ['invalidate', (cache) => cache.invalidate('t')],
    ['clear', (cache) => cache.clear()],
  ]

  test.each(changes)('is told, counted, and made good later: %s', async (verb, change) => {
    const clock = fakeClock()
    const store = memoryStore({ clock })
    const script: Script = {}
    const events: CacheEvent[] = []
    const onEvent = (event: CacheEvent) => void (event.type === 'error' && events.push(event))
    const cache = createCache({ clock, store: scriptedStore(store, script), onEvent })
    const other = createCache({ clock, store, memory: false })
    for (const space of ['a', 'b']) await other.namespace(space).set('k', 1, { tags: ['t'] })
    script[verb === 'delete' ? 'deleteMany' : 'setMany'] = () => Promise.reject(new Error('full'))
    await change(cache.namespace('a'))
    expect(cache.stats().store.errors).toBe(1)
    expect(events).toHaveLength(1)
    expect(String((events[0] as { error?: unknown }).error)).toContain('full')
    expect(await other.namespace('a').get('k')).toBe(1)
    await clock.pass(10_000)
    expect(await other.namespace('a').get('k')).toBe(undefined)
    expect(await other.namespace('b').get('k')).toBe(verb === 'invalidate' ? undefined : 1)
  })
})
