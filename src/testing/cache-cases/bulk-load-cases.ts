import { type CacheCase, cacheCase, equal, failureOf, heldLoader, rejects } from '../cache-case.ts'

/** A bulk loader that remembers what it was asked for. */
function bulkLoader(): { load(keys: readonly string[]): Map<string, string>; asked: string[][] } {
  const asked: string[][] = []
  return {
    asked,
    load(keys) {
      asked.push([...keys])
      return new Map(keys.map((key) => [key, `loaded ${key}`]))
    },
  }
}

/** `getOrSetMany`: one load for all that are missing. */
export const bulkLoadCases: readonly CacheCase[] = [
  cacheCase('loads many at once, and keeps each', async (world) => {
    const cache = await world.create()
    const { load, asked } = bulkLoader()
    const many = await cache.getOrSetMany(['b', 'a', 'b', 'c'], load)
    const expected = [
      ['b', 'loaded b'],
      ['a', 'loaded a'],
      ['c', 'loaded c'],
    ]
    equal([...many], expected, 'what is given')
    equal(
      asked.map((keys) => keys.sort()),
      [['a', 'b', 'c']],
      'what the loader was asked for',
    )
    equal([...(await cache.getMany(['b', 'a', 'c']))], expected, 'what is kept')
    await cache.getOrSetMany(['a', 'b'], load)
    equal(asked.length, 1, 'how often was loaded')
  }),

  cacheCase('refuses a bulk load that asks for one of its own keys', async (world) => {
    const cache = await world.create()
    const keys = ['a', 'b', 'c']
    for (const own of keys) {
      const failure = await failureOf(() =>
        cache.getOrSetMany(keys, () => cache.getOrSet(own, () => new Map())),
      )
      equal((failure as { code?: string }).code, 'ERR_CACHE_REENTRANT_LOAD', `what ${own} is told`)
    }
  }),

  cacheCase('leaves nothing of a key that it turns out not to have any more', async (world) => {
    const cache = await world.create()
    await cache.setMany({ gone: 1, there: 1 })
    const found = await cache.getOrSetMany(['gone', 'there'], () => new Map([['there', 2]]), {
      refresh: true,
    })
    equal(found, new Map([['there', 2]]), 'what is given')
    equal(await cache.getMany(['gone', 'there']), found, 'what is kept')
    await world.pass(1000)
    equal(await cache.getMany(['gone', 'there']), found, 'what is kept behind memory')
  }),

  cacheCase('loads of many only those that are missing', async (world) => {
    const cache = await world.create()
    const { load, asked } = bulkLoader()
    await cache.set('there', 'kept')
    await cache.set('null', null)
    await cache.set('expired', 'old', { ttl: 1000 })
    await world.pass(1000)
    const many = await cache.getOrSetMany<unknown>(['there', 'missing', 'null', 'expired'], load)
    equal([...many.values()], ['kept', 'loaded missing', null, 'loaded expired'], 'what is given')
    equal(
      asked.map((keys) => keys.sort()),
      [['expired', 'missing']],
      'what was asked for',
    )
  }),

  cacheCase('calls no loader for no keys, or for keys that are all there', async (world) => {
    const cache = await world.create()
    const { load, asked } = bulkLoader()
    equal(await cache.getOrSetMany([], load), new Map(), 'what is given for no keys')
    await cache.setMany({ a: 'x', b: 'y' })
    equal((await cache.getOrSetMany(['a', 'b'], load)).size, 2, 'how many are given')
    equal(asked, [], 'what was asked for')
  }),

  cacheCase(
    'answers without what a bulk loader leaves out, and does not keep it',
    async (world) => {
      const cache = await world.create()
      const load = () => ({ a: 1, b: null, more: 3 })
      const many = await cache.getOrSetMany<unknown>(['a', 'b', 'c'], load)
      equal(
        many,
        new Map<string, unknown>([
          ['a', 1],
          ['b', null],
        ]),
        'what is given',
      )
      equal(await cache.has('c'), false, 'whether what was left out is there')
      equal(await cache.get('b', { default: 'none' }), null, 'what is kept of a null')
    },
  ),

  cacheCase('takes a record for the answer of a bulk loader, whatever its names', async (world) => {
    const cache = await world.create()
    const many = await cache.getOrSetMany(['constructor', 'a'], () => ({ a: 1 }))
    equal(many, new Map([['a', 1]]), 'what is given')
  }),

  cacheCase('gives the error of a bulk loader as it is, and keeps nothing', async (world) => {
    const cache = await world.create()
    const error = new Error('the database is down')
    const failed = await failureOf(() =>
      cache.getOrSetMany(['a', 'b'], () => {
        throw error
      }),
    )
    equal(failed === error, true, 'that it is that very error')
    equal((await cache.getMany(['a', 'b'])).size, 0, 'how many were kept')
    for (const answer of [undefined, [1, 2], 'text']) {
      const attempt = () => cache.getOrSetMany(['a', 'b'], () => answer as never)
      await rejects('ERR_CACHE_LOADER_FAILED', attempt, 'bulk loader')
    }
    const { load } = bulkLoader()
    equal((await cache.getOrSetMany(['a', 'b'], load)).size, 2, 'how many the next load gives')
  }),

  cacheCase('serves stale values for those that a bulk loader cannot load', async (world) => {
    const cache = await world.create()
    await cache.setMany({ a: 'old a', b: 'old b' }, { ttl: 1000, staleIfError: 60_000 })
    await world.pass(1000)
    const many = await cache.getOrSetMany(['a', 'b'], () => Promise.reject(new Error('down')))
    equal([...many.values()], ['old a', 'old b'], 'what is given')
  }),

  cacheCase('loads many by options of each key', async (world) => {
    const cache = await world.create()
    const { load } = bulkLoader()
    await cache.getOrSetMany(['a', 'b'], load, (key) =>
      key === 'a' ? { ttl: 1000 } : { ttl: 2000, tags: ['b'] },
    )
    await world.pass(1000)
    equal([...(await cache.getMany(['a', 'b'])).keys()], ['b'], 'what is there')
    await cache.invalidate('b')
    equal(await cache.has('b'), false, 'whether the other is there after invalidate')
  }),

  cacheCase('shares loads between callers for many and for one', async (world) => {
    const cache = await world.create()
    const held = heldLoader<Record<string, string>>()
    const { load, asked } = bulkLoader()
    const first = cache.getOrSetMany(['a', 'b'], held.load)
    await held.called
    const second = cache.getOrSetMany(['b', 'c'], load)
    const single = cache.getOrSet('a', () => 'own')
    held.answer({ a: 'first a', b: 'first b' })
    equal([...(await first).values()], ['first a', 'first b'], 'what the first is given')
    equal([...(await second).values()], ['first b', 'loaded c'], 'what the second is given')
    equal(await single, 'first a', 'what a caller for one is given')
    equal(asked, [['c']], 'what the second load was asked for')
  }),

  cacheCase('loads what somebody else left out', async (world) => {
    const cache = await world.create()
    const held = heldLoader<Record<string, string>>()
    const bulk = cache.getOrSetMany(['a'], held.load)
    await held.called
    const single = cache.getOrSet('a', () => 'own')
    held.answer({})
    equal((await bulk).size, 0, 'how many the first is given')
    equal(await single, 'own', 'what the other is given')
  }),

  cacheCase('loads many anew when told to', async (world) => {
    const cache = await world.create()
    const { load, asked } = bulkLoader()
    await cache.setMany({ a: 'old', b: 'old' })
    const many = await cache.getOrSetMany(['a', 'b'], load, { refresh: true })
    equal([...many.values()], ['loaded a', 'loaded b'], 'what is given')
    equal(asked.length, 1, 'how often was loaded')
    equal(await cache.get('b'), 'loaded b', 'what is kept')
  }),

  cacheCase('loads hundreds with one call', async (world) => {
    const cache = await world.create()
    const { load, asked } = bulkLoader()
    const keys = Array.from({ length: 1200 }, (_, i) => `key ${i}`)
    equal((await cache.getOrSetMany(keys, load)).size, 1200, 'how many are given')
    equal(
      asked.map(({ length }) => length),
      [1200],
      'how many each call was asked for',
    )
  }),
]
