import { type CacheCase, cacheCase, equal, rejects } from '../cache-case.ts'

const first = { version: 1 } as const
const second = { version: 2 } as const

export const versionCases: readonly CacheCase[] = [
  cacheCase('gets and sets each version of a key by itself', async (world) => {
    const cache = await world.create()
    await cache.set('key', 'one')
    equal(await cache.get('key', first), 'one', 'version 1, which is the default')
    equal(await cache.get('key', second), undefined, 'version 2')
    await cache.set('key', 'two', second)
    equal(await cache.get('key'), 'one', 'the default version')
    equal(await cache.get('key', second), 'two', 'version 2 then')
    equal(await cache.get('key', { version: 0 }), undefined, 'version 0')
    equal(cache.getSync('key', { version: 3 }), undefined, 'version 3, from memory')
  }),

  cacheCase('has a default version of its own choice', async (world) => {
    const cache = await world.create({ version: 2 })
    await cache.set('key', 'two')
    equal(await cache.get('key', second), 'two', 'version 2')
    equal(await cache.get('key', first), undefined, 'version 1')
    await cache.set('key', 'one', first)
    equal(await cache.get('key'), 'two', 'the default version')
    equal(await cache.incrementVersion('key'), 3, 'the version after the default')
  }),

  cacheCase('adds each version of a key by itself', async (world) => {
    const cache = await world.create()
    equal(await cache.add('key', 42, second), true, 'add to version 2')
    equal(await cache.add('key', 37, second), false, 'add to version 2 again')
    equal(await cache.add('key', 37), true, 'add to the default version')
    equal(await cache.get('key', second), 42, 'version 2')
    equal(await cache.get('key'), 37, 'the default version')
  }),

  cacheCase('has and touches each version of a key by itself', async (world) => {
    const cache = await world.create()
    await cache.set('key', 42)
    equal(await cache.has('key', first), true, 'has of version 1')
    equal(await cache.has('key', second), false, 'has of version 2')
    equal(await cache.touch('key', second), false, 'touch of version 2')
    equal((await cache.lookup('key', second)).outcome, 'miss', 'lookup of version 2')
    equal(await cache.expire('key', second), false, 'expire of version 2')
    equal(await cache.take('key', second), undefined, 'take of version 2')
    equal(await cache.get('key'), 42, 'what is left')
  }),

  cacheCase('deletes each version of a key by itself', async (world) => {
    const cache = await world.create()
    await cache.set('key', 1)
    await cache.set('key', 2, second)
    equal(await cache.delete('key', second), true, 'delete of version 2')
    equal(await cache.delete('key', second), false, 'delete of version 2 again')
    equal(await cache.get('key'), 1, 'version 1')
    await cache.set('key', 2, second)
    equal(await cache.deleteMany(['key'], first), 1, 'deleteMany of version 1')
    equal(await cache.get('key', second), 2, 'version 2')
  }),

  cacheCase('increments each version of a key by itself', async (world) => {
    const cache = await world.create()
    await cache.set('key', 37)
    await cache.set('key', 42, second)
    equal(await cache.increment('key'), 38, 'increment')
    equal(await cache.increment('key', 1, second), 43, 'increment of version 2')
    equal(await cache.decrement('key', 1, first), 37, 'decrement of version 1')
    await rejects('ERR_CACHE_MISSING_KEY', () => cache.increment('key', 1, { version: 3 }))
    equal(await cache.get('key', second), 43, 'version 2')
  }),

  cacheCase('gets and sets many in each version by itself', async (world) => {
    const cache = await world.create()
    await cache.setMany({ a: 1, b: 2 })
    await cache.setMany({ b: 3, c: 4 }, second)
    const keys = ['a', 'b', 'c']
    equal(Object.fromEntries(await cache.getMany(keys)), { a: 1, b: 2 }, 'the default version')
    equal(Object.fromEntries(await cache.getMany(keys, second)), { b: 3, c: 4 }, 'version 2')
  }),

  cacheCase('loads each version of a key by itself', async (world) => {
    const cache = await world.create()
    equal(await cache.getOrSet('key', () => 1), 1, 'getOrSet')
    equal(await cache.getOrSet('key', () => 2, second), 2, 'getOrSet of version 2')
    equal(await cache.getOrSet('key', () => 3, first), 1, 'getOrSet of version 1')
    const many = await cache.getOrSetMany(
      ['key', 'more'],
      (keys) => new Map(keys.map((key) => [key, 4])),
      second,
    )
    equal(
      many,
      new Map([
        ['key', 2],
        ['more', 4],
      ]),
      'getOrSetMany of version 2',
    )
    equal(await cache.has('more'), false, 'whether the other version has it')
  }),

  cacheCase('moves an entry to the next version', async (world) => {
    const cache = await world.create()
    await cache.set('key', 42, second)
    equal(await cache.incrementVersion('key', 1, second), 3, 'the version it has then')
    equal(await cache.get('key', second), undefined, 'version 2')
    equal(await cache.get('key', { version: 3 }), 42, 'version 3')
    await cache.set('empty', null)
    equal(await cache.incrementVersion('empty', 5), 6, 'the version of a null')
    equal(await cache.get('empty', { version: 6, default: 'none' }), null, 'the null')
    await rejects('ERR_CACHE_MISSING_KEY', () => cache.incrementVersion('missing'), 'missing')
  }),

  cacheCase('moves an entry to the version before', async (world) => {
    const cache = await world.create()
    await cache.set('key', 42, second)
    equal(await cache.decrementVersion('key', 1, second), 1, 'the version it has then')
    equal(await cache.get('key'), 42, 'version 1')
    equal(await cache.get('key', second), undefined, 'version 2')
    await cache.set('empty', null, second)
    equal(await cache.decrementVersion('empty', 1, second), 1, 'the version of a null')
    await rejects('ERR_CACHE_MISSING_KEY', () => cache.decrementVersion('missing', 1, second))
    await rejects('ERR_CACHE_CONFIG', () => cache.decrementVersion('key', 2), 'version')
    equal(await cache.get('key'), 42, 'what is left')
  }),

  cacheCase('moves an entry over another with lifetime and tags as they were', async (world) => {
    const cache = await world.create()
    await cache.set('key', 'moved', { ttl: 5000, tags: ['tag'] })
    await cache.set('key', 'replaced', { ...second, ttl: 60_000 })
    await world.pass(2000)
    await cache.incrementVersion('key')
    const found = await cache.lookup('key', second)
    const shown = found.outcome === 'hit' && [found.value, found.ttl, found.age, [...found.tags]]
    equal(shown, ['moved', 3000, 2000, ['tag']], 'what was moved')
    await cache.invalidate('tag')
    equal(await cache.get('key', second), undefined, 'what is left after invalidate')
  }),

  cacheCase('leaves an entry where it is when it moves by no version', async (world) => {
    const cache = await world.create()
    await cache.set('key', 42)
    equal(await cache.incrementVersion('key', 0), 1, 'the version')
    equal(await cache.get('key'), 42, 'what is there')
  }),

  cacheCase('refuses a version that is no whole number from 0 up', async (world) => {
    const cache = await world.create()
    await cache.set('key', 1)
    for (const version of [-1, 1.5, NaN, '2' as never]) {
      await rejects('ERR_CACHE_CONFIG', () => cache.get('key', { version }), 'version')
      await rejects('ERR_CACHE_CONFIG', () => cache.set('key', 2, { version }), 'version')
      await rejects('ERR_CACHE_CONFIG', () => cache.delete('key', { version }), 'version')
      const load = () => cache.getOrSet('key', () => 2, { version })
      await rejects('ERR_CACHE_CONFIG', load, 'version')
      await rejects('ERR_CACHE_CONFIG', async () => world.create({ version }), 'version')
    }
    equal(await cache.get('key'), 1, 'what is left')
  }),

  cacheCase('shows the store a key of prefix, version and key', async (world) => {
    const cache = await world.create({ name: 'shop', version: 3 })
    const keyOf = async (key: string, version?: number) =>
      (await cache.explain(key, { version })).physicalKey
    equal(await keyOf('key'), 'shop:3:key', 'the default version')
    equal(await keyOf('a:b', 12), 'shop:12:a:b', 'another version, a key with a colon')
    const nested = cache.namespace('a').namespace('b')
    equal((await nested.explain('key')).physicalKey, 'shop/a/b:3:key', 'in a namespace')
  }),

  cacheCase('shows the store the key that a function makes', async (world) => {
    const keyFunction = (key: string, prefix: string, version: number) =>
      `CUSTOM-${[prefix, version, key].join('-')}`
    const cache = await world.create({ name: 'shop', keyFunction })
    await cache.set('key', 1)
    await cache.set('key', 2, second)
    equal((await cache.explain('key')).physicalKey, 'CUSTOM-shop-1-key', 'the physical key')
    equal([await cache.get('key'), await cache.get('key', second)], [1, 2], 'both versions')
    await cache.invalidate('tag')
    await cache.clear()
    equal(
      [await cache.get('key'), await cache.get('key', second)],
      [undefined, undefined],
      'what clear leaves',
    )
  }),
]
