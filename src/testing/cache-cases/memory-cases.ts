import { type CacheCase, cacheCase, equal } from '../cache-case.ts'

function memoryCase(name: string, run: CacheCase['run']): CacheCase {
  return cacheCase(name, run, ['memory'])
}

/** What memory holds is bounded, and is its callers' only as far as isolation says. */
export const memoryCases: readonly CacheCase[] = [
  memoryCase('keeps no more entries in memory than told, the newest among them', async (world) => {
    const cache = await world.create({ memory: { maxEntries: 30 } })
    for (let i = 1; i < 50; i++) {
      await cache.set(`cull${i}`, i)
      equal(cache.getSync(`cull${i}`), i, 'the entry that was just written')
    }
    const left = Array.from({ length: 49 }, (_, i) => cache.getSync(`cull${i + 1}`))
    equal(left.filter((value) => value !== undefined).length, 30, 'how many are left')
    const { memory } = cache.stats()
    equal([memory.entries, memory.removals.evicted], [30, 19], 'entries and evictions')
  }),

  memoryCase('evicts a share of its entries at once where told so', async (world) => {
    const left: number[] = []
    for (const cullFrequency of [3, 0]) {
      const memory = { maxEntries: 30, policy: 'lru', cullFrequency } as const
      const cache = await world.create({ name: `cull${cullFrequency}`, memory })
      for (let i = 1; i < 50; i++) {
        await cache.set(`cull${i}`, i)
        equal(cache.getSync(`cull${i}`), i, 'the entry that was just written')
      }
      left.push(cache.stats().memory.entries)
    }
    equal(left, [29, 19], 'how many are left')
  }),

  memoryCase('keeps one entry in memory where that is the bound', async (world) => {
    const cache = await world.create({ memory: { maxEntries: 1 } })
    await cache.set('a', 1)
    await cache.set('b', 2)
    equal([cache.getSync('a'), cache.getSync('b')], [undefined, 2], 'what memory has')
  }),

  memoryCase('evicts what has not been read for longest', async (world) => {
    const cache = await world.create({ memory: { policy: 'lru', maxEntries: 9 } })
    for (let i = 0; i < 9; i++) await cache.set(`key${i}`, i)
    for (const i of [0, 2, 4]) equal(await cache.get(`key${i}`), i, 'what was read')
    for (let i = 9; i < 15; i++) await cache.set(`key${i}`, i)
    const left = Array.from({ length: 9 }, (_, i) => cache.getSync(`key${i}`))
    const none = undefined
    equal(left, [0, none, 2, none, 4, none, none, none, none], 'what memory has')
  }),

  memoryCase('evicts what has not been written for longest', async (world) => {
    const cache = await world.create({ memory: { policy: 'lru', maxEntries: 9 } })
    for (let i = 0; i < 9; i++) await cache.set(`key${i}`, i)
    for (let i = 3; i < 9; i++) await cache.set(`key${i}`, i)
    for (let i = 9; i < 12; i++) await cache.set(`key${i}`, i)
    const left = Array.from({ length: 12 }, (_, i) => cache.getSync(`key${i}`))
    equal(left.slice(0, 3), [undefined, undefined, undefined], 'what was evicted')
    equal(left.slice(3), [3, 4, 5, 6, 7, 8, 9, 10, 11], 'what is left')
  }),

  memoryCase('takes increment, touch and add for uses', async (world) => {
    const cache = await world.create({ memory: { policy: 'lru', maxEntries: 4 } })
    for (const key of ['a', 'b', 'c', 'd']) await cache.set(key, 1)
    await cache.increment('a')
    await cache.touch('b')
    await cache.set('e', 1)
    await cache.set('f', 1)
    const left = ['a', 'b', 'c', 'd', 'e', 'f'].filter((key) => cache.getSync(key) !== undefined)
    equal(left, ['a', 'b', 'e', 'f'], 'what is left')
  }),

  memoryCase('bounds memory by weight, and pins what weighs nothing', async (world) => {
    const cache = await world.create({ memory: { policy: 'lru', maxWeight: 100 } })
    await cache.set('pinned', 1, { weight: 0 })
    await cache.set('a', 1, { weight: 60 })
    await cache.set('b', 1, { weight: 30 })
    await cache.set('c', 1, { weight: 20 })
    await cache.set('too heavy', 1, { weight: 101 })
    const keys = ['pinned', 'a', 'b', 'c', 'too heavy']
    const left = keys.filter((key) => cache.getSync(key) !== undefined)
    equal(left, ['pinned', 'b', 'c'], 'what is left')
    equal(cache.stats().memory.weight, 50, 'the weight')
  }),

  memoryCase('evicts at once what is over a new bound', async (world) => {
    const cache = await world.create({ memory: { policy: 'lru', maxEntries: 10 } })
    for (let i = 0; i < 10; i++) await cache.set(`key${i}`, i)
    cache.resize({ maxEntries: 3 })
    equal(cache.stats().memory.entries, 3, 'how many are left')
    const left = Array.from({ length: 10 }, (_, i) => cache.getSync<number>(`key${i}`) ?? -1)
    equal(
      left.filter((value) => value >= 0),
      [7, 8, 9],
      'which are left',
    )
    cache.resize({ maxEntries: 20 })
    for (let i = 0; i < 20; i++) await cache.set(`new${i}`, i)
    equal(cache.stats().memory.entries, 20, 'how many fit after that')
  }),

  memoryCase('lets go of what has expired without being read', async (world) => {
    const cache = await world.create()
    for (let i = 0; i < 20; i++) await cache.set(`key${i}`, i, { ttl: 1000 * (i + 1) })
    await world.pass(10_000 + 500)
    equal(cache.stats().memory.entries, 10, 'how many memory holds')
    equal(cache.stats().memory.removals.expired, 10, 'how many have expired')
  }),

  memoryCase('tells of each entry that left memory, and why', async (world) => {
    const told: unknown[] = []
    const cache = await world.create({
      memory: { maxEntries: 2 },
      onRemove: (...removal) => void told.push(removal),
    })
    await cache.set('a', 1)
    await cache.set('a', 2)
    await cache.delete('a')
    await cache.setMany({ b: 1, c: 2 })
    await cache.set('d', 3, { tags: ['tag'], ttl: null })
    await world.pass(600_000)
    const expected = [
      ['a', 1, 'replaced'],
      ['a', 2, 'deleted'],
      ['b', 1, 'evicted'],
      ['c', 2, 'expired'],
    ]
    equal(told, expected, 'what was told')
  }),

  memoryCase('gives out values that cannot be changed, if asked to', async (world) => {
    const cache = await world.create({ memory: { isolation: 'freeze' } })
    const value = { list: [1, { deep: 'x' }] }
    await cache.set('key', value)
    await cache.getOrSet('loaded', () => ({ deep: { x: 1 } }))
    for (const key of ['key', 'loaded']) {
      const found = await cache.get<Record<string, unknown>>(key)
      equal(Object.isFrozen(found), true, `whether "${key}" is frozen`)
      equal(Object.values(found ?? {}).every(Object.isFrozen), true, 'whether its parts are')
    }
  }),

  memoryCase('gives each caller a copy of its own, if asked to', async (world) => {
    const cache = await world.create({ memory: { isolation: 'clone' } })
    const value = { list: [1] }
    await cache.set('key', value)
    value.list.push(2)
    const calls = [
      () => cache.get<typeof value>('key'),
      () => cache.getOrSet('key', () => value),
      async () => cache.getSync<typeof value>('key'),
      async () => (await cache.getMany<typeof value>(['key'])).get('key'),
    ]
    for (const call of calls) {
      const found = await call()
      equal(found, { list: [1] }, 'what is given')
      found?.list.push(3)
    }
    const loads = Array.from({ length: 2 }, () =>
      cache.getOrSet('new', async () => ({ list: [1] })),
    )
    const [one, two] = await Promise.all(loads)
    one?.list.push(2)
    equal([two, await cache.get('new')], [{ list: [1] }, { list: [1] }], 'what others are given')
  }),

  memoryCase('does not keep in memory what isolation cannot copy', async (world) => {
    const cache = await world.create({ memory: { isolation: 'clone' } })
    let refused: unknown
    await cache.set('key', { method: () => 1 }).catch((error: unknown) => {
      refused = error
    })
    equal(
      (refused as { code?: unknown } | undefined)?.code,
      'ERR_CACHE_CODEC',
      'the code of the error',
    )
    equal(await cache.has('key'), false, 'whether something was kept')
  }),
]
