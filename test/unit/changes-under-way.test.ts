import { beforeEach, describe, expect, test } from 'vitest'
import type { Cache, Store } from '../../src/index.ts'
import { createCache } from '../../src/index.ts'
import { memoryStore } from '../../src/stores/memory.ts'
import { type FakeClock, fakeClock, settle } from '../../src/testing/fake-clock.ts'
import { type Script, scriptedStore } from './scripted-store.ts'

/** `other` is a process that has no memory, and of which nobody hears; the script is of `cache` alone. */
let clock: FakeClock
let script: Script
let cache: Cache
let other: Cache
/** As `cache`, without memory. */
let bare: Cache

beforeEach(() => {
  clock = fakeClock()
  script = {}
  const store = memoryStore({ clock })
  const scripted = scriptedStore(store, script)
  cache = createCache({ clock, store: scripted })
  bare = createCache({ clock, store: scripted, memory: false })
  other = createCache({ clock, store, memory: false })
})

type Change = (cache: Cache) => Promise<unknown>
const lasting = { ttl: 1_000, staleIfError: '1h' } as const

describe.each<[name: string, operation: keyof Store, change: Change, after: number | undefined]>([
  ['set', 'setMany', (cache) => cache.set('k', 2), 2],
  ['touch', 'replaceMany', (cache) => cache.touch('k', { ttl: 0 }), undefined],
  ['take', 'replaceMany', (cache) => cache.take('k'), undefined],
  ['an addition by the store', 'incrementMany', (cache) => cache.increment('k', 1), 2],
  ['another addition', 'replaceMany', (cache) => cache.increment('k', 0.5), 1.5],
  ['delete', 'deleteMany', (cache) => cache.delete('k'), undefined],
  ['invalidate', 'setMany', (cache) => cache.invalidate('t'), undefined],
  ['clear', 'setMany', (cache) => cache.clear(), undefined],
])('while %s is under way', (_, operation, change, after) => {
  test.each([
    ['', 'before it ends'],
    ['', 'after it ended'],
    ['space', 'before it ends'],
    ['space', 'after it ended'],
  ])('a read in "%s" that is answered %s leaves nothing outdated', async (space, end) => {
    const [one, another] = [cache, other].map((all) => (space === '' ? all : all.namespace(space)))
    await another?.set('k', 1, { tags: ['t'] })
    let read: Promise<unknown> | undefined
    let answer = () => {}
    script[operation] = async (run) => {
      script.getMany = async (ask) => {
        const found = await ask()
        if (end === 'after it ended') await new Promise<void>((resolve) => (answer = resolve))
        return found
      }
      read = one?.get('k')
      await settle()
      return run()
    }
    await change(one as Cache)
    answer()
    expect(read).toBeInstanceOf(Promise)
    expect([1, undefined]).toContain(await read)
    expect([after, undefined]).toContain(one?.getSync('k'))
    expect(await one?.get('k')).toBe(after)
  })
})

test.each<[string, Change]>([
  ['delete', (cache) => cache.delete('k')],
  ['invalidate', (cache) => cache.invalidate('t')],
  ['clear', (cache) => cache.clear()],
])('what is to go is not served from memory from the moment it is said: %s', async (_, change) => {
  for (const one of [cache, cache.namespace('space'), createCache({ clock })]) {
    await one.set('k', 1, { tags: ['t'] })
    expect(one.getSync('k')).toBe(1)
    const changed = change(one)
    expect(one.getSync('k')).toBe(undefined)
    await changed
    expect(await one.get('k')).toBe(undefined)
  }
})

test('what is set in memory alone while it is deleted is there afterwards', async () => {
  const alone = createCache({ clock })
  await alone.set('k', 1)
  const deletion = alone.delete('k')
  await alone.set('k', 2)
  expect(await deletion).toBe(true)
  expect(alone.getSync('k')).toBe(2)
})

test('of two writes at once memory keeps none that may not be the last', async () => {
  script.setMany = async (run) => {
    const refused = await run()
    await cache.set('k', 'second')
    return refused
  }
  await cache.set('k', 'first')
  expect(await cache.get('k')).toBe('second')
})

test('of two that take it one has it', async () => {
  await other.set('k', 1)
  const taken = await Promise.all([cache, bare, other].map((one) => one.take('k')))
  expect(taken.filter((value) => value !== undefined)).toEqual([1])
})

test('who deletes what somebody else deletes meanwhile has not deleted it', async () => {
  await other.setMany({ k: 1, l: 1 })
  script.deleteMany = async (run) => {
    expect(await other.delete('k')).toBe(true)
    return run()
  }
  expect(await cache.deleteMany(['k', 'l', 'm'])).toBe(1)
})

test.each<[string, Change]>([
  ['touched', (cache) => cache.touch('k', { ttl: '1h' })],
  ['added to', (cache) => cache.increment('k', 0.5)],
  ['expired', (cache) => cache.expire('k')],
])(
  'what is %s keeps its tags as they were: one that changes meanwhile ends it',
  async (_, change) => {
    await other.set('k', 1, { ...lasting, tags: ['t'] })
    // First the entry is read, then the marks of its tags.
    script.getMany = (readEntry) => {
      script.getMany = async (readMarks) => {
        const marks = await readMarks()
        await other.invalidate('t')
        return marks
      }
      return readEntry()
    }
    await change(bare)
    expect(script.getMany).toBe(undefined)
    expect(await other.lookup('k')).toEqual({ outcome: 'miss' })
  },
)

test('what is added in the place of what is stale has its own tags alone', async () => {
  for (const one of [bare, createCache({ clock })]) {
    await one.set('k', 'old', { ...lasting, tags: ['a'] })
    clock.advance(1_000)
    expect(await one.add('k', 'new', { tags: ['b'] })).toBe(true)
    await one.invalidate('a')
    expect(await one.get('k')).toBe('new')
    await one.invalidate('b')
    expect(await one.get('k')).toBe(undefined)
  }
})

describe('an addition by the store to what was stale is taken back', () => {
  beforeEach(async () => {
    await other.set('n', 5, lasting)
    clock.advance(1_000)
  })

  test('from what stands in for a load', async () => {
    await expect(cache.increment('n')).rejects.toThrow('no "n"')
    expect(await other.lookup('n')).toMatchObject({ outcome: 'stale', value: 5 })
  })

  test.each<[string, Change, number]>([
    ['not from a counter that was begun meanwhile', (cache) => cache.set('n', 100), 101],
    ['not where it was deleted meanwhile', (cache) => cache.delete('n'), 1],
    ['not where the cache was cleared meanwhile', (cache) => cache.clear(), 1],
  ])('but %s', async (_, change, sum) => {
    script.incrementMany = (add) => {
      script.incrementMany = async (takeBack) => {
        await change(other)
        return takeBack()
      }
      return add()
    }
    expect(await cache.increment('n', 1, { initial: 0 })).toBe(sum)
    expect(await other.get('n')).toBe(sum)
  })
})
