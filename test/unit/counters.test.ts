import { expect, test, vi } from 'vitest'
import { autoCodec, compressed, encrypted, jsonCodec, validated } from '../../src/codecs/index.ts'
import type { Codec } from '../../src/contracts/codec.ts'
import type { Cache, CacheOptions } from '../../src/index.ts'
import { createCache } from '../../src/index.ts'
import { memoryStore } from '../../src/stores/memory.ts'
import { fakeClock } from '../../src/testing/fake-clock.ts'

function world(options: CacheOptions = {}) {
  const clock = fakeClock()
  const store = memoryStore({ clock })
  const replaceMany = vi.fn(store.replaceMany)
  const addMany = vi.fn(store.addMany)
  Object.assign(store, { replaceMany, addMany })
  const open = () => createCache({ clock, store, ...options })
  return {
    clock,
    store,
    open,
    steps: () => replaceMany.mock.calls.length + addMany.mock.calls.length,
  }
}

const set: [string, (cache: Cache) => Promise<unknown>][] = [
  ['set', (cache) => cache.set('n', 5, { tags: ['t'] })],
  ['increment', (cache) => cache.increment('n', 1, { initial: 4, tags: ['t'] })],
  ['getOrSet', (cache) => cache.getOrSet('n', () => 5, { tags: ['t'] })],
]
test.each(set)('the store adds to what %s left there, in one step', async (_, begin) => {
  const { open, steps } = world()
  const [cache, other] = [open(), open()]
  await begin(cache)
  const before = steps()
  expect(await cache.increment('n')).toBe(6)
  expect(await other.increment('n', 10)).toBe(16)
  expect(await other.decrement('n', 20)).toBe(-4)
  expect(steps()).toBe(before)
  expect(cache.getSync('n')).toBe(6)
  expect(await open().get('n')).toBe(-4)
})

test('a counter that another process begins meanwhile is added to once', async () => {
  const { store, open } = world()
  const [cache, other] = [open(), open()]
  const { incrementMany } = store
  let meanwhile: Promise<number> | undefined
  store.incrementMany = async (increments) => {
    // The versions of marks have been read; there were none.
    meanwhile ??= other.increment('n', 1, { initial: 0 })
    if (increments[0]?.by === 2) await meanwhile
    return incrementMany?.(increments) ?? []
  }
  expect(await cache.increment('n', 2, { initial: 0 })).toBe(3)
  expect(await open().get('n')).toBe(3)
})

test('lifetime and tags stay as they are', async () => {
  const { clock, open } = world()
  const cache = open()
  await cache.set('n', 1, { ttl: 1_000, tags: ['t'] })
  await clock.pass(600)
  expect(await cache.increment('n')).toBe(2)
  expect(await cache.lookup('n')).toMatchObject({ value: 2, ttl: 400, tags: ['t'] })
  await clock.pass(400)
  await expect(cache.increment('n')).rejects.toMatchObject({ code: 'ERR_CACHE_MISSING_KEY' })
})

const ends: [string, (cache: Cache) => Promise<unknown>][] = [
  ['its tag has been invalidated', (cache) => cache.invalidate('t')],
  ['the cache has been cleared', (cache) => cache.clear()],
  ['it has been expired', (cache) => cache.expire('n')],
  ['it has been deleted', (cache) => cache.delete('n')],
]
test.each(ends)('it begins anew where %s', async (_, end) => {
  const { open } = world()
  const [cache, other] = [open(), open()]
  await cache.set('n', 41, { tags: ['t'], staleIfError: '1h' })
  await end(other)
  expect(await cache.increment('n', 1, { initial: 0 })).toBe(1)
  expect(await other.get('n')).toBe(1)
})

const largest = Number.MAX_SAFE_INTEGER
test.each([
  [1.5, 1, 2.5],
  [1, 0.5, 1.5],
  [largest, 2, largest + 2],
  [-0, 0, 0],
])('%o plus %o is %o, by compare and set', async (value, by, sum) => {
  const { open, steps } = world()
  const cache = open()
  await cache.set('n', value)
  const before = steps()
  expect(await cache.increment('n', by)).toBe(sum)
  expect(steps()).toBe(before + 1)
  expect(await open().get('n')).toBe(sum)
})

const number = {
  '~standard': {
    version: 1 as const,
    vendor: 'test',
    validate: (value: unknown) =>
      (value as number) < 7 ? { value } : { issues: [{ message: 'too large' }] },
  },
}
const key = { id: 'k', key: new Uint8Array(32).fill(7) }
const codecs: [string, Codec, boolean][] = [
  ['auto', autoCodec(), true],
  ['JSON', jsonCodec, true],
  ['compressed JSON', compressed(jsonCodec), true],
  ['encrypted JSON', encrypted(jsonCodec, { keys: [key] }), false],
  ['validated JSON', validated(jsonCodec, number), false],
]
test.each(codecs)('with %s the store may add: %3$s', async (_, codec, native) => {
  const { open, store, steps } = world({ codec })
  const cache = open()
  await cache.set('n', 5)
  const before = steps()
  expect(await cache.increment('n')).toBe(6)
  expect(steps()).toBe(before + (native ? 0 : 1))
  expect(await open().get('n')).toBe(6)
  if (codec.name.startsWith('validated'))
    await expect(cache.increment('n')).rejects.toThrow(/large/)
  const [bytes] = await store.getMany(['default:1:n'])
  expect(Buffer.from(bytes ?? []).includes('  6')).toBe(native)
})

test('a reader whose codec checks values does not take a counter for one', async () => {
  const { clock, store, open } = world()
  await open().set('n', 9)
  const strict = createCache({ clock, store, codec: validated(jsonCodec, number) })
  expect(await strict.get('n')).toBe(undefined)
})
