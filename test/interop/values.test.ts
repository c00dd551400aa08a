import fc from 'fast-check'
import { describe, expect, test, vi } from 'vitest'
import { createCache } from '../../src/index.ts'
import { type ApolloCache, apolloCache } from '../../src/interop/apollo.ts'
import { dataloaderMap } from '../../src/interop/dataloader.ts'
import { tanstackPersister, tanstackStorage } from '../../src/interop/tanstack.ts'
import { memoryStore } from '../../src/stores/memory.ts'
import { fakeClock } from '../../src/testing/index.ts'
import { InMemoryLRUCache, type KeyValueCache, PrefixingKeyValueCache } from './packages/apollo.ts'
import { DataLoader } from './packages/dataloader.ts'
import {
  type AsyncStorage,
  experimental_createQueryPersister as createQueryPersister,
  type PersistedClient,
  type Persister,
  persistQueryClientRestore,
  persistQueryClientSave,
  QueryClient,
} from './packages/tanstack.ts'
import { hostileName, inScene, setups, sideOf, steps } from './scene.ts'

describe.each(setups)('Apollo, %s', (setup) => {
  const verb = fc.record({
    do: fc.constantFrom('set', 'get', 'delete', 'pass'),
    key: fc.oneof(hostileName, fc.constant(''), fc.constant('y'.repeat(4097))),
    value: fc.string({ minLength: 1 }),
    ttl: fc.constantFrom(undefined, null, 1, 60, 300),
    // Never to the millisecond at which a value ends: there that cache still has it.
    ms: fc.constantFrom(7, 1003, 60_007),
  })
  interface Verb {
    readonly do: string
    readonly key: string
    readonly value: string
    readonly ttl: number | null | undefined
  }

  async function run(cache: KeyValueCache | ApolloCache, step: Verb): Promise<unknown> {
    if (step.do === 'get') return cache.get(step.key)
    if (step.do === 'delete') return cache.delete(step.key)
    if (step.do !== 'set') return
    return cache.set(step.key, step.value, step.ttl === undefined ? {} : { ttl: step.ttl })
  }

  test('answers as its cache in memory', () =>
    fc.assert(
      fc.asyncProperty(steps(verb), (history) =>
        inScene(setup, async ({ caches, clock, pass }) => {
          // It begins to count at 0, which it takes for no time at all.
          const perf = { now: () => clock.now() }
          const theirs = new InMemoryLRUCache({ perf, ttlResolution: 0 } as never)
          const ours: KeyValueCache[] = caches.map((cache) => apolloCache(cache))
          for (const step of history) {
            if (step.verb.do === 'pass') pass(step.verb.ms)
            if (step.verb.do === 'delete') await theirs.get(step.verb.key)
            const expected = await run(theirs, step.verb)
            expect(await run(sideOf(ours, step), step.verb)).toEqual(expected)
          }
        }),
      ),
    ))
})

test('a lifetime of no seconds keeps nothing, and prefixes work', async () => {
  const ours = apolloCache(createCache())
  await ours.set('a', 'x', { ttl: 0 })
  expect(await ours.get('a')).toBeUndefined()
  const prefixed = new PrefixingKeyValueCache(ours, 'p:')
  await prefixed.set('a', 'y')
  expect([await ours.get('p:a'), await prefixed.get('a')]).toEqual(['y', 'y'])
})

describe('TanStack Query', () => {
  test('a query is restored in another process, and not when it is too old', async () => {
    const [clock, store] = [fakeClock(Date.now()), memoryStore()]
    const fetched = vi.fn(async () => ({ name: 'Ada' }))
    const ask = async (ttl?: string) => {
      const cache = createCache({ clock, store })
      const storage: AsyncStorage = tanstackStorage(ttl === undefined ? { cache } : { cache, ttl })
      const { persisterFn, persisterGc } = createQueryPersister({
        storage,
        refetchOnRestore: false,
      })
      const client = new QueryClient()
      const data = await client.fetchQuery({
        queryKey: ['user', 1],
        queryFn: fetched,
        persister: persisterFn as never,
      })
      await vi.waitUntil(async () => (await storage.entries?.())?.length === 1)
      await persisterGc()
      client.clear()
      return data
    }
    expect(await ask()).toEqual({ name: 'Ada' })
    expect(await ask()).toEqual({ name: 'Ada' })
    clock.advance(86_399_000)
    expect(await ask()).toEqual({ name: 'Ada' })
    expect(fetched).toHaveBeenCalledTimes(1)
    clock.advance(1000)
    expect(await ask()).toEqual({ name: 'Ada' })
    expect(fetched).toHaveBeenCalledTimes(2)
  })

  test('a client is kept as it was, restored elsewhere, and removed', async () => {
    const store = memoryStore()
    const persister = (): Persister =>
      tanstackPersister<PersistedClient>('user 1', { cache: createCache({ store }) })
    const before = new QueryClient()
    before.setQueryData(['a'], { n: 1 })
    await persistQueryClientSave({ queryClient: before, persister: persister() })
    before.setQueryData(['a'], { n: 2 })
    const after = new QueryClient()
    await persistQueryClientRestore({ queryClient: after, persister: persister() })
    expect(after.getQueryData(['a'])).toEqual({ n: 1 })
    await persister().removeClient()
    expect(await persister().restoreClient()).toBeUndefined()
    for (const client of [before, after]) client.clear()
  })

  test('storage answers what was set under whatever name', () =>
    fc.assert(
      fc.asyncProperty(fc.dictionary(hostileName, fc.string()), async (items) => {
        const storage = tanstackStorage({ cache: createCache({ store: memoryStore() }) })
        const entries = Object.entries(items)
        for (const [key, value] of entries) await storage.setItem(key, value)
        expect((await storage.entries()).sort()).toEqual(entries.sort())
        for (const [key, value] of entries) {
          expect(await storage.getItem(key)).toBe(value)
          await storage.removeItem(key)
        }
        expect(await storage.entries()).toEqual([])
      }),
    ))
})

describe('DataLoader', () => {
  const settle = () => new Promise((resolve) => setImmediate(resolve))

  function loaderOn(cache = createCache(), load = async (id: number) => `user ${id}`) {
    const batches: (readonly number[])[] = []
    const loader = new DataLoader<number, string>(
      async (ids) => {
        batches.push(ids)
        return Promise.all(ids.map((id) => load(id).catch((error: Error) => error)))
      },
      { cacheMap: dataloaderMap({ cache, ttl: '1m' }) },
    )
    return { loader, batches }
  }

  test('what one loader loaded, another has at once', async () => {
    const cache = createCache()
    const [one, other] = [loaderOn(cache), loaderOn(cache)]
    expect(await Promise.all([one.loader.load(1), one.loader.load(1), one.loader.load(2)])).toEqual(
      ['user 1', 'user 1', 'user 2'],
    )
    await settle()
    expect(await other.loader.loadMany([1, 2, 3])).toEqual(['user 1', 'user 2', 'user 3'])
    expect([one.batches, other.batches]).toEqual([[[1, 2]], [[3]]])
  })

  test('values expire, and failures are not kept', async () => {
    const clock = fakeClock()
    let calls = 0
    const { loader } = loaderOn(createCache({ clock }), async () => {
      calls++
      if (calls === 1) throw new Error('down')
      return `answer ${calls}`
    })
    await expect(loader.load(1)).rejects.toThrow('down')
    await settle()
    expect(await loader.load(1)).toBe('answer 2')
    await settle()
    expect(await loader.load(1)).toBe('answer 2')
    clock.advance(60_000)
    expect(await loader.load(1)).toBe('answer 3')
  })

  test('what is cleared is loaded again, in the same turn already', async () => {
    const { loader, batches } = loaderOn()
    for (const clear of [() => loader.clear(1), () => loader.clearAll()]) {
      await loader.load(1)
      await settle()
      expect(batches.splice(0)).toEqual([[1]])
      await clear().load(1)
      expect(batches.splice(0)).toEqual([[1]])
      clear()
      await settle()
    }
    expect(await loader.prime(1, 'primed').load(1)).toBe('primed')
    await settle()
    expect(await loader.load(1)).toBe('primed')
  })

  test('a load that a clear overtook is not kept', async () => {
    let answer: (value: string) => void = () => {}
    const slow = () =>
      new Promise<string>((resolve) => {
        answer = resolve
      })
    const cache = createCache()
    const { loader } = loaderOn(cache, slow)
    const first = loader.load(1)
    await settle()
    loader.clear(1)
    await settle()
    answer('old')
    expect(await first).toBe('old')
    await settle()
    const { loader: another } = loaderOn(cache, async () => 'new')
    expect(await another.load(1)).toBe('new')
  })

  test('ids of any shape, and values of null', async () => {
    const seen: unknown[] = []
    const loader = new DataLoader<unknown, null>(
      async (ids) => {
        seen.push(...ids)
        return ids.map(() => null)
      },
      { cacheMap: dataloaderMap({ cache: createCache() }) },
    )
    const ids = [1, '1', 1n, [1], { id: 1 }, { id: '1' }]
    for (let round = 0; round < 2; round++) {
      expect(await loader.loadMany(ids)).toEqual(ids.map(() => null))
      await settle()
    }
    expect(seen).toEqual(ids)
  })
})
