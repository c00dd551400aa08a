import { beforeEach, describe, expect, test, vi } from 'vitest'
import type { Cache, Store } from '../../src/index.ts'
import { createCache } from '../../src/index.ts'
import { memoryStore } from '../../src/stores/memory.ts'
import { type FakeClock, fakeClock } from '../../src/testing/fake-clock.ts'

/** Nobody tells `cache` of what `other` does: what it has in memory is trusted for a second. */
let clock: FakeClock
let store: Store
let cache: Cache
let other: Cache
let decoded: number

beforeEach(() => {
  clock = fakeClock()
  store = memoryStore({ clock })
  decoded = 0
  const codec = {
    id: 77,
    name: 'counting',
    encode: (value: unknown) => Buffer.from(JSON.stringify(value)),
    decode: (bytes: Uint8Array) => {
      decoded++
      return JSON.parse(Buffer.from(bytes).toString())
    },
  }
  cache = createCache({ clock, store, codec })
  other = createCache({ clock, store, codec, memory: false })
})

const keys = ['a', 'b', 'c']
const large = (of: string) => ({ of, text: of.repeat(5000) })
const fill = (by: Cache) =>
  Promise.all(keys.map((key) => by.set(key, large(key), { tags: [`tag:${key}`], ttl: '1h' })))

const reads = [
  ['getMany', async () => [...(await cache.getMany(keys)).values()]],
  ['get', () => Promise.all(keys.map((key) => cache.get(key)))],
  ['getOrSet', () => Promise.all(keys.map((key) => cache.getOrSet(key, () => undefined)))],
] as const

describe.each(reads)('%s of what is suspect', (_, read) => {
  test.each(['what it wrote', 'what it read'])('reads no value again: %s', async (origin) => {
    if (origin === 'what it wrote') await fill(cache)
    else {
      await fill(other)
      await read()
    }
    const known = keys.map((key) => cache.getSync(key))
    const decodedBefore = decoded
    await clock.pass(1_000)
    expect(cache.getSync('a')).toBe(undefined)
    const getHeads = vi.spyOn(store, 'getHeads' as never)
    const { bytesRead } = cache.stats().store
    const found = await read()
    for (const [i, value] of found.entries()) expect(value).toBe(known[i])
    expect(decoded).toBe(decodedBefore)
    expect(cache.stats().store.bytesRead - bytesRead).toBeLessThan(2_000)
    expect(getHeads).toHaveBeenCalledTimes(1)
    expect(keys.map((key) => cache.getSync(key))).toEqual(known)
  })

  const changes: [string, () => Promise<unknown>, unknown[]][] = [
    ['another value', () => other.set('b', 'new'), [large('a'), 'new', large('c')]],
    ['no value', () => other.delete('b'), [large('a'), undefined, large('c')]],
    ['a tag less', () => other.invalidate('tag:b'), [large('a'), undefined, large('c')]],
    ['been cleared', () => other.clear(), [undefined, undefined, undefined]],
  ]
  test.each(changes)('sees that the store has %s', async (_name, change, expected) => {
    await fill(cache)
    await change()
    await clock.pass(1_000)
    const found = await read()
    expect(found.filter((value) => value !== undefined)).toEqual(
      expected.filter((value) => value !== undefined),
    )
  })
})

test('what expires while the store is asked is not served', async () => {
  await cache.set('k', large('old'), { ttl: 1_500 })
  await clock.pass(1_000)
  const { getHeads } = store
  store.getHeads = async (...of) => {
    await new Promise<void>((resolve) => clock.schedule(500, resolve, 'foreground'))
    return (getHeads as NonNullable<Store['getHeads']>)(...of)
  }
  const answer = cache.getOrSet('k', () => 'new')
  await clock.pass(500)
  expect(await answer).toBe('new')
})

test('an entry whose tags fill more than is read is read again as a whole', async () => {
  const tags = Array.from({ length: 60 }, (_, i) => `a long name of a tag ${i}`)
  await cache.set('k', large('k'), { tags })
  await clock.pass(1_000)
  expect(await cache.get('k')).toEqual(large('k'))
  expect(decoded).toBe(1)
})

test('a small value is read again at once', async () => {
  await cache.set('k', 'small')
  await clock.pass(1_000)
  const getHeads = vi.spyOn(store, 'getHeads' as never)
  expect(await cache.get('k')).toBe('small')
  expect(getHeads).not.toHaveBeenCalled()
})
