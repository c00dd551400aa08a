import { afterEach, describe, expect, test, vi } from 'vitest'
import type { Cache } from '../../src/contracts/cache.ts'
import { createCache } from '../../src/index.ts'
import { ConfigError, KeyError, ReentrantLoadError } from '../../src/kernel/errors.ts'
import { cacheKey } from '../../src/kernel/structural-key.ts'
import { memoryStore } from '../../src/stores/memory.ts'
import { fakeClock } from '../../src/testing/fake-clock.ts'
import { memoizeOn } from './memoize-parts.ts'

const clock = fakeClock()
const memoize = memoizeOn(clock)
const opened: Cache[] = []

/** Caches on one store, as those of two processes are, each with memory of its own. */
function caches(): readonly [Cache, Cache] {
  const store = memoryStore({ clock })
  const open = () => createCache({ store, clock, memory: { trust: 0 } })
  const pair = [open(), open()] as const
  opened.push(...pair)
  return pair
}

/** One whose memory is all it has. */
function alone(): Cache {
  const cache = createCache({ clock })
  opened.push(cache)
  return cache
}

afterEach(async () => {
  for (const cache of opened.splice(0)) await cache.close()
})

describe('results in a cache', () => {
  test('are shared by all who memoize under the same name', async () => {
    const [here, there] = caches()
    const run = vi.fn((filter: { city: string; max: number }) => new Map([[filter.city, 1]]))
    const search = memoize(run, { cache: here, name: 'search' })
    const elsewhere = memoize(run, { cache: there, name: 'search' })
    expect(await search({ city: 'Rome', max: 1 })).toEqual(new Map([['Rome', 1]]))
    expect(await elsewhere({ max: 1, city: 'Rome' })).toEqual(new Map([['Rome', 1]]))
    expect(run).toHaveBeenCalledTimes(1)
    expect(elsewhere.stats()).toEqual({ hits: 1, misses: 0, hitRatio: 1 })
    expect(search.stats()).toEqual({ hits: 0, misses: 1, hitRatio: 0 })
  })

  test('are kept apart by name, which is the function`s own unless said', async () => {
    const cache = alone()
    const one = memoize(
      async function first(n: number) {
        return `first ${n}`
      },
      { cache },
    )
    const other = memoize(async (n: number) => `second ${n}`, { cache, name: 'second' })
    expect([await one(1), await other(1)]).toEqual(['first 1', 'second 1'])
    expect(await cache.namespace('first').get(one.key(1))).toBe('first 1')
    await one.clear()
    expect([one.peek(1), other.peek(1)]).toEqual([undefined, 'second 1'])
  })

  test('verbs', async () => {
    const [here, there] = caches()
    let version = 0
    const run = async (_id: number) => ++version
    const load = memoize(run, { cache: here, name: 'load' })
    const elsewhere = memoize(run, { cache: there, name: 'load' })
    expect([await load(1), await elsewhere(1)]).toEqual([1, 1])
    expect(await load.refresh(1)).toBe(2)
    expect(await elsewhere(1)).toBe(2)
    expect(await elsewhere.invalidate(1)).toBe(true)
    expect(await elsewhere.invalidate(1)).toBe(false)
    expect(await load(1)).toBe(3)
    await load.clear()
    expect(await load(1)).toBe(4)
  })

  test('options of entries are passed on, tags by arguments too', async () => {
    const cache = alone()
    let version = 0
    const load = memoize(async (_id: number) => ++version, {
      cache,
      name: 'load',
      ttl: '1m',
      version: 7,
      tags: (id) => [`user ${id}`, 'users'],
    })
    expect([await load(1), await load(2)]).toEqual([1, 2])
    await cache.invalidate('user 1')
    expect([await load(1), await load(2)]).toEqual([3, 2])
    await clock.pass(60_000)
    expect(await load(2)).toBe(4)
    expect(await cache.namespace('load').get('2', { version: 7 })).toBe(4)
    expect(load.peek(2)).toBe(4)
    expect(await load.invalidate(2)).toBe(true)
    const fixed = memoize(async () => ++version, { cache, name: 'fixed', tags: ['users'] })
    expect(await fixed()).toBe(5)
    await cache.invalidate('users')
    expect(await fixed()).toBe(6)
  })

  test('concurrent calls share one run; a failure is theirs, and not kept', async () => {
    const cache = alone()
    const error = new Error('its own')
    const run = vi.fn((): number => {
      throw error
    })
    const load = memoize(run, { cache, name: 'load' })
    const outcomes = await Promise.allSettled([load(), load()])
    expect(outcomes).toEqual([
      { status: 'rejected', reason: error },
      { status: 'rejected', reason: error },
    ])
    expect(run).toHaveBeenCalledTimes(1)
    run.mockReturnValue(2)
    expect(await load()).toBe(2)
  })

  test('an invalidation during a call is not undone by it', async () => {
    const [here, there] = caches()
    const waiting: (() => void)[] = []
    let source = 'old'
    const run = async (_id: number) => {
      const value = source
      await new Promise<void>((resolve) => waiting.push(resolve))
      return value
    }
    const load = memoize(run, { cache: here, name: 'load' })
    const elsewhere = memoize(run, { cache: there, name: 'load' })
    const before = load(1)
    await vi.waitFor(() => expect(waiting).toHaveLength(1))
    source = 'new'
    await elsewhere.invalidate(1)
    waiting[0]?.()
    expect(await before).toBe('old')
    const after = load(1)
    await vi.waitFor(() => expect(waiting).toHaveLength(2))
    waiting[1]?.()
    expect(await after).toBe('new')
  })

  test('a function that waits for itself is told so', async () => {
    const cache = alone()
    const load = memoize((n: number): Promise<number> => load(n), { cache, name: 'load' })
    await expect(load(1)).rejects.toThrow(ReentrantLoadError)
  })
})

describe('keys that are shared', () => {
  test('mean the same to everybody, or there are none', async () => {
    const cache = alone()
    const load = memoize(async (_of: unknown) => 1, { cache, name: 'load' })
    await expect(load(() => 1)).rejects.toThrow(KeyError)
    await expect(load({ sort: Symbol('a') })).rejects.toThrow('argument 1.sort is a symbol')
    expect(() => load.peek(() => 1)).toThrow(KeyError)
    expect(await load(Symbol.for('a'))).toBe(1)
  })

  test('are short, however long the arguments', async () => {
    const cache = alone()
    const load = memoize(async (text: string) => text.length, { cache, name: 'load' })
    const long = 'x'.repeat(10_000)
    expect(await load(long)).toBe(10_000)
    expect(load.key(long)).toMatch(/^#[0-9a-f]{64}$/)
    expect(load.peek(long)).toBe(10_000)
    expect(await load('\ud800')).not.toBe(await load(long))
    expect(load.key('\ud800')).not.toBe(load.key('\ud801'))
  })

  test('of one`s own cannot be taken for digests', async () => {
    const cache = alone()
    const load = memoize(async (text: string) => text, { cache, name: 'load', key: (text) => text })
    const long = 'x'.repeat(300)
    expect(await load(load.key(long))).toBe(load.key(long))
    expect(await load(long)).toBe(long)
    expect(load.key('user 1')).toBe('user 1')
  })
})

describe('methods with shared results', () => {
  class Shop {
    readonly id: number
    constructor(id: number) {
      this.id = id
    }
    get [cacheKey](): number {
      return this.id
    }
  }
  const run = vi.fn(function (this: Shop, product: string): string {
    return `${product} of ${this.id}`
  })

  test('need a [cacheKey] to tell objects apart', async () => {
    const cache = alone()
    const price = memoize(run, { cache, name: 'price' })
    expect(await price.call(new Shop(1), 'tea')).toBe('tea of 1')
    expect(await price.call(new Shop(2), 'tea')).toBe('tea of 2')
    expect(await price.call(new Shop(1), 'tea')).toBe('tea of 1')
    expect(price.stats()).toMatchObject({ hits: 1, misses: 2 })
    expect(price.peek.call(new Shop(1), 'tea')).toBe('tea of 1')
    expect(await price.invalidate.call(new Shop(1), 'tea')).toBe(true)
    expect(price.peek.call(new Shop(1), 'tea')).toBeUndefined()
    expect(await price.refresh.call(new Shop(2), 'tea')).toBe('tea of 2')
    await expect(price.invalidate('tea')).rejects.toThrow('several objects')
    const other = { id: 3 }
    await expect(Reflect.apply(price, other, ['tea'])).rejects.toThrow(
      'an object without a [cacheKey]',
    )
  })

  test('values that are no objects tell themselves apart', async () => {
    const cache = alone()
    const add = memoize(
      function (this: unknown, n: number) {
        return `${this} ${n}`
      },
      { cache, name: 'add' },
    )
    expect(await add.call(5, 5)).toBe('5 5')
    expect([await add(55), await add(5.5)]).toEqual(['undefined 55', 'undefined 5.5'])
    expect([await add.call('5', 5), await add.call(5, 5)]).toEqual(['5 5', '5 5'])
    expect(add.stats()).toMatchObject({ hits: 1, misses: 4 })
  })

  test('or say that results do not depend on the object', async () => {
    const cache = alone()
    const load = memoize(async (id: number) => id, { cache, name: 'load', perInstance: false })
    const users = { load }
    expect([await users.load(1), await load(1)]).toEqual([1, 1])
    expect(load.stats()).toMatchObject({ hits: 1, misses: 1 })
    expect(await users.load.invalidate(1)).toBe(true)
  })
})

describe('options', () => {
  test('that are not for shared results are refused', () => {
    const cache = alone()
    // @ts-expect-error the bounds are the cache's
    expect(() => memoize(() => 1, { cache, name: 'one', maxEntries: 5 })).toThrow(
      'Option `maxEntries` of memoize is for the cache to decide',
    )
    expect(() => memoize(() => 1, { cache, name: '' })).toThrow(ConfigError)
    expect(() => memoize(() => 1, { cache, name: 'a/b' })).toThrow(ConfigError)
    expect(() =>
      memoize(
        (
          () => () =>
            1
        )(),
        { cache },
      ),
    ).toThrow('Expected `name` to be a string')
    // @ts-expect-error tags are an array or a function
    expect(() => memoize(() => 1, { cache, name: 'one', tags: 'users' })).toThrow('`tags`')
  })
})
