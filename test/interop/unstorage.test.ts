import fc from 'fast-check'
import { describe, expect, test, vi } from 'vitest'
import { createCache } from '../../src/index.ts'
import { unstorageDriver } from '../../src/interop/unstorage-driver.ts'
import { memoryStore } from '../../src/stores/memory.ts'
import { fakeClock } from '../../src/testing/index.ts'
import { defineCachedFunction, type StorageInterface } from './packages/ocache.ts'
import {
  createStorage,
  type Driver,
  memoryDriver,
  prefixStorage,
  restoreSnapshot,
  snapshot,
} from './packages/unstorage.ts'
import { inScene, setups, sideOf, steps } from './scene.ts'

type Storage = ReturnType<typeof createStorage>

const key = fc.constantFrom(
  'a',
  'a:b',
  'a:b:c',
  'ab',
  '__proto__',
  'constructor',
  'b/c',
  'x y',
  'é',
  '#',
)
const value = fc.oneof(fc.jsonValue(), fc.constantFrom('', 0, false, 'text', '{', '[1,2]', 'NaN'))
const verb = fc.record({
  do: fc.constantFrom(
    ...([
      'set',
      'set',
      'setItems',
      'setRaw',
      'get',
      'getItems',
      'getRaw',
      'has',
      'remove',
    ] as const),
    ...(['keys', 'clear', 'snapshot', 'restore'] as const),
  ),
  key,
  other: fc.constant('other'),
  value,
  base: fc.constantFrom('', 'a', 'a:b', 'b'),
  bytes: fc.uint8Array({ maxLength: 5 }),
  maxDepth: fc.constantFrom(undefined, 0, 1),
})
type Verb = typeof verb extends fc.Arbitrary<infer V> ? V : never

async function run(storage: Storage, step: Verb): Promise<unknown> {
  switch (step.do) {
    case 'set':
      return storage.setItem(step.key, step.value as string)
    case 'setItems':
      return storage.setItems([step.key, step.other].map((name) => ({ key: name, value: 'many' })))
    case 'setRaw':
      return storage.setItemRaw(step.key, step.bytes)
    case 'get':
      return storage.getItem(step.key)
    case 'getItems':
      return storage.getItems([step.key, step.other])
    case 'getRaw':
      return storage.getItemRaw(step.key)
    case 'has':
      return storage.hasItem(step.key)
    case 'remove':
      return storage.removeItem(step.key)
    case 'keys': {
      const { base, maxDepth } = step
      return (await storage.getKeys(base, maxDepth === undefined ? {} : { maxDepth })).sort()
    }
    case 'clear':
      return storage.clear(step.base)
    case 'snapshot':
      // It loses what is called `__proto__`.
      return Object.entries(await snapshot(storage, step.base)).sort()
    case 'restore':
      return restoreSnapshot(storage, { r: 'restored' }, step.base)
  }
}

/** What is set as bytes and read as text is another thing in every driver. */
function outcome(answer: unknown): unknown {
  return ArrayBuffer.isView(answer) ? [...(answer as Uint8Array)] : answer
}

describe.each(setups)('%s', (setup) => {
  test('answers as the memory driver', () =>
    fc.assert(
      fc.asyncProperty(steps(verb), (history) =>
        inScene(setup, async ({ caches, clock }) => {
          const theirs = createStorage({ driver: memoryDriver() })
          const ours = caches.map((cache) =>
            createStorage({ driver: unstorageDriver({ cache, clock }) as Driver }),
          )
          for (const step of history) {
            const expected = outcome(await run(theirs, step.verb))
            expect(outcome(await run(sideOf(ours, step), step.verb))).toEqual(expected)
          }
        }),
      ),
    ))
})

test('items live as long as they or the driver say, in seconds', async () => {
  const clock = fakeClock()
  const driver = unstorageDriver({ cache: createCache({ clock }), ttl: 10, clock })
  const storage = createStorage({ driver: driver as Driver })
  await storage.setItem('long', 1, { ttl: 60 })
  await storage.setItem('usual', 1)
  await storage.setItem('none', 1, { ttl: 0 })
  clock.advance(2000)
  expect(await storage.getMeta('usual')).toMatchObject({
    mtime: new Date(clock.now() - 2000),
    ttl: 8,
  })
  clock.advance(8000)
  expect(await storage.getKeys()).toEqual(['long'])
  clock.advance(50_000)
  expect(await storage.getItem('long')).toBeNull()
})

test('an item without a lifetime outlives the cache’s default', async () => {
  const clock = fakeClock()
  const driver = unstorageDriver({ cache: createCache({ clock, defaults: { ttl: 1 } }), clock })
  await driver.setItem('a', 'x')
  clock.advance(1e12)
  expect(await driver.getItem('a')).toBe('x')
  expect(await driver.getMeta('a')).toEqual({ mtime: new Date(clock.now() - 1e12) })
})

test('clearing and disposing leaves the rest of the cache', async () => {
  const cache = createCache()
  const storage = createStorage({ driver: unstorageDriver({ cache }) as Driver })
  await cache.set('mine', 1)
  await storage.setItem('a', 1)
  await storage.clear()
  await storage.dispose()
  expect(await cache.get('mine')).toBe(1)
})

test('a store that does not list its keys says so', async () => {
  const { scan: _, ...mute } = memoryStore()
  const driver = unstorageDriver({ cache: createCache({ store: mute }) })
  await driver.setItem('a', '1')
  await expect(driver.getKeys('')).rejects.toThrow('have no list')
  const hashed = createCache({ store: memoryStore(), keyFunction: (key) => `${key}!` })
  await expect(unstorageDriver({ cache: hashed }).getKeys('')).rejects.toThrow('have no list')
})

test('options that make no sense are refused', () => {
  const cache = createCache()
  for (const ttl of [0, -1, Number.NaN]) {
    expect(() => unstorageDriver({ cache, ttl })).toThrow('ttl')
  }
  expect(() => unstorageDriver({ cache, base: 'x' } as never)).toThrow('base')
})

test('ocache keeps what a function answered on it', async () => {
  const cache = createCache({ store: memoryStore() })
  const driver = unstorageDriver({ cache }) as Driver
  const storage = prefixStorage(createStorage({ driver }), 'cache')
  const ours: StorageInterface = {
    get: async <T>(key: string) => (await storage.getItem(key)) as T | null,
    set: (key, value, options) => storage.setItem(key, value as object, options),
  }
  const square = vi.fn(async (n: number) => n * n)
  const ask = async (n: number) => {
    const answer = await defineCachedFunction(square, {
      name: 'square',
      maxAge: 60,
      storage: ours,
    })(n)
    // It is answered before it is kept.
    await new Promise((resolve) => setImmediate(resolve))
    return answer
  }
  expect([await ask(3), await ask(3), await ask(4)]).toEqual([9, 9, 16])
  expect(square).toHaveBeenCalledTimes(2)
  expect((await storage.getKeys()).length).toBe(2)
})
