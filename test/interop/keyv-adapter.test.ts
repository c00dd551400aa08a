import * as fc from 'fast-check'
import * as vitest from 'vitest'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { Cache } from '../../src/contracts/cache.ts'
import { createCache } from '../../src/index.ts'
import { keyvAdapter } from '../../src/interop/keyv-adapter.ts'
import { memoryStore } from '../../src/stores/memory.ts'
import { type FakeClock, fakeClock } from '../../src/testing/fake-clock.ts'
import { createCache as createManager } from './packages/cache-manager.ts'
import {
  Cacheable,
  Keyv,
  Keyv6,
  type KeyvStoreAdapter,
  keyvIteratorTests,
  keyvSuite,
} from './packages/keyv.ts'

type Create = (clock?: FakeClock) => Cache

/** What both versions have. */
interface AnyKeyv {
  get(key: string): Promise<unknown>
  getMany(keys: string[]): Promise<unknown>
  has(key: string): Promise<unknown>
  hasMany(keys: string[]): Promise<unknown>
  set(key: string, value: unknown, ttl?: number): Promise<unknown>
  setMany(entries: { key: string; value: unknown; ttl?: number }[]): Promise<unknown>
  delete(key: string): Promise<unknown>
  deleteMany(keys: string[]): Promise<unknown>
  clear(): Promise<void>
  disconnect(): Promise<void>
}

const kinds: Readonly<Record<string, Create>> = {
  'in memory': (clock) => createCache({ clock }),
  'in memory and a store': (clock) => createCache({ clock, store: memoryStore({ clock }) }),
  'in a store alone': (clock) =>
    createCache({ clock, store: memoryStore({ clock }), memory: false }),
}

/** The suite is of version 5: in version 6 this answers for each key, and an array is never false. */
const changed = '.deleteMany([keys]) with nonexistent keys resolves to false'
const sinceThen: typeof vitest = {
  ...vitest,
  it: new Proxy(test, {
    apply: (it, _, call: Parameters<typeof test>) => call[0] !== changed && it(...call),
  }),
}

// To the types of the suite no other version is Keyv.
const keyv6: typeof Keyv = Object(Keyv6)

for (const [kind, create] of Object.entries(kinds)) {
  describe(`Keyv's own suite, on a cache ${kind}`, () => {
    const cache = create()
    describe('with Keyv 5', () => {
      keyvSuite(vitest, Keyv, () => keyvAdapter(cache))
      keyvIteratorTests(vitest, Keyv, () => keyvAdapter(cache))
    })
    describe('with Keyv 6', () => {
      keyvSuite(sinceThen, keyv6, () => keyvAdapter(cache))
      keyvIteratorTests(sinceThen, keyv6, () => keyvAdapter(cache))
    })
  })
}

describe('the same operations, on the adapter and on what Keyv has by itself', () => {
  let clock: FakeClock
  beforeEach(() => {
    clock = fakeClock()
    vi.useFakeTimers({ toFake: ['Date'], now: clock.now() })
  })
  afterEach(() => void vi.useRealTimers())

  const key = fc.constantFrom('a', 'b', 'ä:/', 'a:b', '__proto__')
  const keys = fc.array(key, { minLength: 1, maxLength: 4 })
  const value = fc.oneof(fc.jsonValue(), fc.constantFrom(undefined, null, 0, '', false))
  // Keyv still answers in the very millisecond of the expiry: lifetimes are odd, and time passes evenly.
  const ttl = fc.constantFrom(undefined, 0, 5, 11, -1)
  const entry = fc.record({ key, value, ttl })
  const of = <Name extends string>(...names: Name[]) => fc.constantFrom(...names)
  const step = fc.oneof(
    fc.record({ verb: of('set'), entry }),
    fc.record({ verb: of('setMany'), entries: fc.array(entry, { maxLength: 4 }) }),
    fc.record({ verb: of('get', 'has', 'delete'), key }),
    fc.record({ verb: of('getMany', 'hasMany', 'deleteMany'), keys }),
    fc.record({ verb: of('pass'), ms: fc.constantFrom(2, 6, 10) }),
    fc.record({ verb: of('clear') }),
  )
  type Step = typeof step extends fc.Arbitrary<infer T> ? T : never

  for (const [kind, create] of Object.entries(kinds)) {
    test(`${kind}, Keyv 5`, () => agree(create, (store) => new Keyv({ store })))
    test(`${kind}, Keyv 6`, () => agree(create, (store) => new Keyv6({ store, namespace: 'ns' })))
  }

  /** Of removals not what they answer: Keyv's own map counts what has expired. */
  async function answer(keyv: AnyKeyv, step: Step): Promise<unknown> {
    switch (step.verb) {
      case 'set':
        return keyv.set(step.entry.key, step.entry.value, step.entry.ttl)
      case 'setMany':
        return keyv.setMany(
          step.entries.map(({ ttl, ...rest }) => (ttl === undefined ? rest : { ...rest, ttl })),
        )
      case 'get':
      case 'has':
        return keyv[step.verb](step.key)
      case 'getMany':
      case 'hasMany':
        return keyv[step.verb](step.keys)
      case 'delete':
        return void (await keyv.delete(step.key))
      case 'deleteMany':
        return void (await keyv.deleteMany(step.keys))
      case 'clear':
        return keyv.clear()
      case 'pass':
        return undefined
    }
  }

  async function agree(create: Create, keyv: (store: unknown) => AnyKeyv) {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
        const cache = create(clock)
        const [ours, theirs] = [keyv(keyvAdapter(cache)), keyv(new Map())]
        for (const taken of steps) {
          if (taken.verb === 'pass') {
            clock.advance(taken.ms)
            vi.setSystemTime(clock.now())
            continue
          }
          expect(await answer(ours, taken)).toEqual(await answer(theirs, taken))
        }
        await cache.close()
      }),
      { numRuns: 300 },
    )
  }
})

describe('the adapter', () => {
  test('keeps namespaces apart, whatever they are called, and clears one at a time', async () => {
    const cache = createCache({ store: memoryStore(), memory: false })
    const long = [15, 16].map((length) => '漢'.repeat(length))
    const halves = ['\ud800', '\udbff', '\ufffd']
    const ascii = [128, 129, 130].map((length) => 'x'.repeat(length))
    const names = ['a', 'a:b', 'a/b', 'a%3Ab', ...long, ...halves, ...ascii, undefined]
    const numbers = names.map((_, index) => index)
    const keyvs = names.map((namespace) => {
      const keyv = new Keyv6({ store: keyvAdapter(cache) })
      if (namespace !== undefined) keyv.namespace = namespace
      return keyv
    })
    for (const [index, keyv] of keyvs.entries()) await keyv.set('key', index)
    expect(await Promise.all(keyvs.map((keyv) => keyv.get('key')))).toEqual(numbers)
    await keyvs[1]?.clear()
    expect(await Promise.all(keyvs.map((keyv) => keyv.get('key')))).toEqual(
      numbers.map((number) => (number === 1 ? undefined : number)),
    )
    await keyvs.at(-1)?.clear()
    expect(await Promise.all(keyvs.map((keyv) => keyv.get('key')))).toEqual(
      Array(names.length).fill(undefined),
    )
  })

  test('keeps values of any type where Keyv is told not to serialize', async () => {
    const value = { at: new Date(0), tags: new Set(['a']), big: 1n, bytes: new Uint8Array([1]) }
    const store = () => keyvAdapter(createCache({ store: memoryStore(), memory: false }))
    const five = new Keyv({ store: store() })
    five.serialize = undefined
    five.deserialize = undefined
    const six = new Keyv6({ store: store(), serialization: false })
    for (const keyv of [five, six] as AnyKeyv[]) {
      await keyv.set('key', value)
      expect(await keyv.get('key')).toEqual(value)
    }
  })

  test('answers which entries the store had no room for', async () => {
    const store = memoryStore({ maxBytes: 2000 })
    const keyv = new Keyv({ store: keyvAdapter(createCache({ store, memory: false })) })
    const entries = [
      { key: 'large', value: 'x'.repeat(4000) },
      { key: 'small', value: 'x' },
    ]
    expect(await keyv.setMany(entries)).toEqual([false, true])
    expect(await keyv.set('large', 'x'.repeat(4000))).toBe(false)
  })

  test('says so where the store does not list its keys', async () => {
    const { scan: _, ...store } = memoryStore()
    const six = new Keyv6({ store: keyvAdapter(createCache({ store })) })
    const errors: unknown[] = []
    six.on('error', (error: unknown) => errors.push(error))
    await six.set('key', 1)
    expect(await six.iterator().next()).toEqual({ done: true, value: undefined })
    expect(errors).toEqual([expect.objectContaining({ code: 'ERR_CACHE_STORE' })])
  })

  test('closes the cache when Keyv disconnects', async () => {
    for (const create of [
      (store: unknown) => new Keyv({ store }),
      (store: unknown) => new Keyv6({ store }),
    ]) {
      const cache = createCache()
      await create(keyvAdapter(cache)).disconnect()
      await expect(cache.get('key')).rejects.toMatchObject({ code: 'ERR_CACHE_CLOSED' })
    }
  })

  test('is what Keyv 5 calls an adapter', () => {
    expect(keyvAdapter(createCache()) satisfies KeyvStoreAdapter).toBeDefined()
  })

  test('is the second tier of a Cacheable, and a store of cache-manager', async () => {
    const shared = createCache({ store: memoryStore() })
    const [one, other] = [1, 2].map(() => new Cacheable({ secondary: keyvAdapter(shared) }))
    await one?.set('key', { n: 1 }, '1h')
    expect(await other?.get('key')).toEqual({ n: 1 })
    await other?.delete('key')
    expect(await shared.inspect()).toMatchObject({ memory: { entries: 0 } })

    const manager = createManager({ stores: [new Keyv({ store: keyvAdapter(shared) })] })
    expect(await manager.wrap('key', () => 1, 60_000)).toBe(1)
    expect(await manager.wrap('key', () => 2, 60_000)).toBe(1)
    expect(await manager.mget(['key', 'none'])).toEqual([1, undefined])
    await manager.clear()
    expect(await manager.get('key')).toBe(undefined)
  })
})
