import * as fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { Cache } from '../../src/contracts/cache.ts'
import { createCache } from '../../src/index.ts'
import { cacheManager } from '../../src/interop/cache-manager.ts'
import { memoryStore } from '../../src/stores/memory.ts'
import { type FakeClock, fakeClock } from '../../src/testing/fake-clock.ts'
import { createCache as createManager, type Cache as Manager } from './packages/cache-manager.ts'

const kinds: Readonly<Record<string, (clock: FakeClock) => Cache>> = {
  'in memory': (clock) => createCache({ clock }),
  'in memory and a store': (clock) => createCache({ clock, store: memoryStore({ clock }) }),
  'in a store alone': (clock) =>
    createCache({ clock, store: memoryStore({ clock }), memory: false }),
}

let clock: FakeClock
beforeEach(() => {
  clock = fakeClock()
  vi.useFakeTimers({ toFake: ['Date'], now: clock.now() })
})
afterEach(() => void vi.useRealTimers())

/** What goes on in the background has been done; nothing in these tests leaves the process. */
async function settled(): Promise<void> {
  for (let turn = 0; turn < 5; turn++) await new Promise(setImmediate)
}

function pass(ms: number): void {
  clock.advance(ms)
  vi.setSystemTime(clock.now())
}

describe('the same operations, on ours and on cache-manager', () => {
  const key = fc.constantFrom('a', 'b', '/products?page=1', '__proto__')
  const value = fc.constantFrom(undefined, null, 0, '', false, 'text', [1], { n: 1 })
  // cache-manager still answers in the very millisecond of the expiry: times are odd, and pass evenly.
  const ttl = fc.constantFrom(undefined, 0, 5, 11, -1)
  const threshold = fc.constantFrom(undefined, 0, 4, 10)
  const of = <Name extends string>(...names: Name[]) => fc.constantFrom(...names)
  const entry = fc.record({ key, value, ttl })
  const step = fc.oneof(
    fc.record({ verb: of('set'), entry }),
    fc.record({ verb: of('mset'), list: fc.array(entry, { maxLength: 4 }) }),
    fc.record({ verb: of('get', 'ttl', 'del'), key }),
    fc.record({ verb: of('mget', 'mdel'), keys: fc.array(key, { maxLength: 4 }) }),
    fc.record({ verb: of('wrap'), entry, threshold, raw: fc.boolean(), of: fc.boolean() }),
    fc.record({ verb: of('failing'), key }),
    fc.record({ verb: of('pass'), ms: fc.constantFrom(2, 6, 10) }),
    fc.record({ verb: of('clear') }),
  )
  type Step = typeof step extends fc.Arbitrary<infer T> ? T : never

  for (const [kind, create] of Object.entries(kinds)) {
    test(`${kind}`, () => agree(create, {}))
    test(`${kind}, with a lifetime and a threshold`, () =>
      agree(create, { ttl: 11, refreshThreshold: 4 }))
  }

  async function agree(
    create: (clock: FakeClock) => Cache,
    options: { ttl?: number; refreshThreshold?: number },
  ) {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
        const cache = create(clock)
        const ours = listened(cacheManager(cache, { ...options, clock }))
        const theirs = listened(createManager(options))
        for (const taken of steps) {
          if (taken.verb === 'pass') pass(taken.ms)
          else expect(await answer(ours, taken)).toEqual(await answer(theirs, taken))
        }
        await cache.close()
      }),
      { numRuns: 500 },
    )
  }

  interface Listened {
    readonly manager: Manager
    readonly refreshed: unknown[]
  }

  function listened(manager: Manager): Listened {
    const refreshed: unknown[] = []
    manager.on('refresh', (data) => refreshed.push(data))
    return { manager, refreshed }
  }

  async function answer({ manager, refreshed }: Listened, step: Step): Promise<unknown> {
    switch (step.verb) {
      case 'set':
        return manager.set(step.entry.key, step.entry.value, step.entry.ttl)
      case 'mset':
        // Where none is given, some callers say so and some say nothing.
        return manager.mset(step.list.map((entry) => Object(entry)))
      case 'ttl':
        // Of an `undefined` theirs knows the end, though nobody can get it.
        if ((await manager.get(step.key)) === undefined) return undefined
        return manager.ttl(step.key)
      case 'get':
      case 'del':
        return manager[step.verb](step.key)
      case 'mget':
      case 'mdel':
        return manager[step.verb](step.keys)
      case 'clear':
        return manager.clear()
      case 'failing': {
        const load = () => Promise.reject(new Error('failed'))
        const answered = await manager.wrap(step.key, load).catch((error: Error) => error.message)
        await settled()
        return answered
      }
      case 'wrap': {
        const { key, value, ttl } = step.entry
        let calls = 0
        const load = () => {
          calls++
          return value
        }
        const times = {
          ...(ttl !== undefined && { ttl: step.of ? () => ttl : ttl }),
          ...(step.threshold !== undefined && { refreshThreshold: step.threshold }),
        }
        const answered = step.raw
          ? (await manager.wrap(key, load, { ...times, raw: true }))?.value
          : await manager.wrap(key, load, times)
        await settled()
        return { answered, calls, refreshed: refreshed.splice(0) }
      }
      case 'pass':
        return undefined
    }
  }
})

describe('cache-manager on a cache', () => {
  test('knows the instant of the expiry, also of what was just loaded', async () => {
    const manager = cacheManager(createCache({ clock }), { clock })
    const load = () => 1
    const expires = clock.now() + 100
    expect(await manager.wrap('key', load, { ttl: 100, raw: true })).toEqual({ value: 1, expires })
    pass(10)
    expect(await manager.wrap('key', load, { ttl: 100, raw: true })).toEqual({ value: 1, expires })
    expect(await manager.ttl('key')).toBe(expires)
    await manager.set('key', 1)
    expect(await manager.ttl('key')).toBe(undefined)
  })

  test('tells of calls', async () => {
    const cache = createCache()
    const manager = cacheManager(cache)
    const told: unknown[] = []
    for (const event of ['get', 'mget', 'set', 'mset', 'del', 'clear'] as const) {
      manager.on(event, (data: unknown) => told.push([event, data]))
    }
    const deaf = () => told.push('deaf')
    manager.on('get', deaf)
    manager.off('get', deaf)
    await manager.set('a', 1)
    await manager.get('a')
    await manager.get('none')
    await manager.mget(['a', 'none'])
    await manager.mset([{ key: 'b', value: 2 }])
    await manager.wrap('c', () => 3)
    await manager.del('a')
    await manager.clear()
    await expect(manager.get('')).rejects.toThrow('Expected a key')
    await cache.close()
    await expect(manager.clear()).rejects.toThrow('closed')
    expect(told).toEqual([
      ['set', { key: 'a', value: 1 }],
      ['get', { key: 'a', value: 1 }],
      ['mget', { keys: ['a', 'none'], values: [1, undefined] }],
      ['mset', { list: [{ key: 'b', value: 2 }] }],
      ['set', { key: 'c', value: 3 }],
      ['del', { key: 'a' }],
      ['clear', undefined],
      ['get', { key: '', error: expect.any(Error) }],
      ['clear', expect.any(Error)],
    ])
  })

  test('answers with the old value when the renewal fails, and tells', async () => {
    const manager = cacheManager(createCache({ clock }), { clock, ttl: 100, refreshThreshold: 50 })
    const failures: unknown[] = []
    const failed = new Promise<void>((resolve) => {
      manager.on('refresh', (data) => resolve(void failures.push(data)))
    })
    await manager.wrap('key', () => 'old')
    pass(60)
    const error = new Error('down')
    expect(await manager.wrap('key', () => Promise.reject<string>(error))).toBe('old')
    await failed
    expect(failures).toEqual([{ key: 'key', value: 'old', error }])
  })

  // Where it is not as theirs: a load that a removal overtook.
  test.each(Object.entries(kinds))(
    'keeps nothing that was loaded before a removal, %s',
    async (_, create) => {
      let resolve: (value: string) => void = () => {}
      const promise = new Promise<string>((one) => {
        resolve = one
      })
      const manager = cacheManager(create(clock))
      const loading = manager.wrap('key', () => promise)
      for (let turn = 0; turn < 5; turn++) await new Promise(setImmediate)
      await manager.del('key')
      resolve('old')
      expect(await loading).toBe('old')
      expect(await manager.get('key')).toBe(undefined)
    },
  )

  test.each(Object.entries(kinds))(
    'a renewal that finds nothing leaves nothing, %s',
    async (_, create) => {
      const manager = cacheManager(create(clock), { clock })
      await manager.set('key', 'old', 5)
      expect(await manager.wrap('key', () => undefined, undefined, 10)).toBe('old')
      await settled()
      expect(await manager.get('key')).toBe(undefined)
    },
  )

  test.each(Object.entries(kinds))(
    'renews once for all who ask meanwhile, %s',
    async (_, create) => {
      const manager = cacheManager(create(clock), { clock, refreshThreshold: 10 })
      await manager.set('key', 'old', 5)
      let loads = 0
      let resolve: (value: string) => void = () => {}
      const load = () => {
        loads++
        return new Promise<string>((one) => {
          resolve = one
        })
      }
      const asked = Promise.all([1, 2, 3].map(() => manager.wrap('key', load)))
      await settled()
      expect(await Promise.race([asked, 'waiting'])).toEqual(['old', 'old', 'old'])
      expect(loads).toBe(1)
      resolve('new')
      await settled()
      expect(await manager.get('key')).toBe('new')
    },
  )

  test('shares one load among managers of one store', async () => {
    const store = memoryStore()
    const managers = [1, 2].map(() => cacheManager(createCache({ store, memory: false })))
    let loads = 0
    const load = async () => {
      await new Promise(setImmediate)
      return ++loads
    }
    const answers = await Promise.all(managers.map((manager) => manager.wrap('key', load, 60_000)))
    expect(answers).toEqual([1, 1])
  })

  test('refuses options that make no sense', () => {
    const refused = (options: object) => () => cacheManager(createCache(), options)
    expect(refused({ ttl: -1 })).toThrow('Expected `ttl` to be a number from 0 up, got -1')
    expect(refused({ store: 1 })).toThrow('Unknown option `store` of cacheManager')
  })

  test('closes the cache when it disconnects', async () => {
    const cache = createCache({ name: 'shop' })
    const manager = cacheManager(cache)
    expect(manager.cacheId()).toBe('shop')
    await manager.disconnect()
    await expect(cache.get('key')).rejects.toMatchObject({ code: 'ERR_CACHE_CLOSED' })
  })
})
