import { expect, test } from 'vitest'
import { ConfigError } from '../../src/kernel/errors.ts'
import { memoryStore } from '../../src/stores/memory.ts'
import { fakeClock } from '../../src/testing/fake-clock.ts'

/** A record that takes 1,000 bytes of the bound. */
function large(key: string, expiresAt = Infinity, keep = false) {
  return { key, value: new Uint8Array(1000 - 64 - key.length * 2), expiresAt, keep }
}

async function present(store: ReturnType<typeof memoryStore>, ...keys: string[]) {
  const found = await store.getMany(keys)
  return keys.filter((_, i) => found[i])
}

test('gives up what was written longest ago', async () => {
  const store = memoryStore({ maxBytes: 3000 })
  await store.setMany(['a', 'b', 'c'].map((key) => large(key)))
  await store.setMany([large('a')])
  await store.addMany?.([large('d')])
  expect(await present(store, 'a', 'b', 'c', 'd')).toEqual(['a', 'c', 'd'])
  expect(await store.usage?.()).toEqual({ entries: 3, bytes: 3000, maxBytes: 3000 })
})

test('gives up what has expired before anything else', async () => {
  const clock = fakeClock()
  const store = memoryStore({ maxBytes: 3000, clock })
  await store.setMany([large('a'), large('b', clock.now() + 10), large('c')])
  clock.advance(10)
  await store.setMany([large('d')])
  expect(await present(store, 'a', 'b', 'c', 'd')).toEqual(['a', 'c', 'd'])
})

test('gives up what is to be kept after everything else', async () => {
  const store = memoryStore({ maxBytes: 3000 })
  await store.setMany([large('a', Infinity, true), large('b', Infinity, true), large('c')])
  await store.setMany([large('d')])
  expect(await present(store, 'a', 'b', 'c', 'd')).toEqual(['a', 'b', 'd'])
  await store.setMany([large('e', Infinity, true)])
  expect(await present(store, 'a', 'b', 'd', 'e')).toEqual(['a', 'b', 'e'])
  await store.setMany([large('f', Infinity, true)])
  expect(await present(store, 'a', 'b', 'e', 'f')).toHaveLength(3)
  expect(await present(store, 'f')).toEqual(['f'])
  await store.setMany([large('b'), large('g'), large('h')])
  expect((await store.usage?.())?.bytes).toBe(3000)
})

test('counts what it has given up no more', async () => {
  const store = memoryStore({ maxBytes: 3000 })
  const keys = Array.from({ length: 20 }, (_, i) => String.fromCharCode(97 + i))
  for (const [i, key] of keys.entries()) await store.setMany([large(key, Infinity, i % 3 === 0)])
  expect(await store.usage?.()).toEqual({ entries: 3, bytes: 3000, maxBytes: 3000 })
  await store.deleteMany(keys)
  expect(await store.usage?.()).toEqual({ entries: 0, bytes: 0, maxBytes: 3000 })
  await store.setMany(['a', 'b', 'c'].map((key) => large(key)))
  expect(await present(store, 'a', 'b', 'c')).toEqual(['a', 'b', 'c'])
})

test('frees what has expired when it is told to prune', async () => {
  const clock = fakeClock()
  const store = memoryStore({ clock })
  await store.setMany([large('a', clock.now() + 10), large('b', clock.now() + 20), large('c')])
  clock.advance(10)
  expect(await store.prune?.()).toBe(1)
  expect((await store.usage?.())?.entries).toBe(2)
  clock.advance(10)
  expect(await store.prune?.()).toBe(1)
  expect((await store.usage?.())?.entries).toBe(1)
})

test('keeps nothing of a buffer but what a view covers', async () => {
  const store = memoryStore()
  const buffer = new Uint8Array(1_000_000)
  await store.setMany([{ key: 'a', value: buffer.subarray(5, 10), expiresAt: Infinity }])
  const [found] = await store.getMany(['a'])
  expect(found?.buffer.byteLength).toBe(5)
})

test.each([
  { maxBytes: 0 },
  { maxBytes: -1 },
  { maxBytes: Number.NaN },
  { maxBytes: 'much' },
  { maxEntries: 5 },
])('refuses the options %o', (options) => {
  expect(() => memoryStore(options)).toThrow(ConfigError)
})
