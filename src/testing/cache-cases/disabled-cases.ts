import { type CacheCase, cacheCase, equal, rejects } from '../cache-case.ts'

const off = { enabled: false } as const

/** A cache with `enabled: false` keeps nothing, and answers as one that has lost everything. */
export const disabledCases: readonly CacheCase[] = [
  cacheCase('disabled: reads nothing of what was written', async (world) => {
    const cache = await world.create(off)
    const values = [null, 0, 'text', [1], { a: 1 }, 'ascii', 'Iñtërnâtiônàlizætiøn']
    for (const [i, value] of values.entries()) {
      equal(await cache.set(`key ${i}`, value), undefined, 'what set answers')
      equal(await cache.get(`key ${i}`), undefined, 'what get answers')
    }
    equal(await cache.get('missing', { default: 'bang' }), 'bang', 'the default')
    equal(await cache.setMany({ a: 1, b: 2 }), [], 'what setMany answers')
    equal(await cache.setMany({ a: 1, b: 2 }, { ttl: 1000 }), [], 'setMany with a TTL')
    equal((await cache.getMany(['a', 'b', 'c'])).size, 0, 'how many getMany answers')
    equal(cache.getSync('a'), undefined, 'what getSync answers')
    equal(await cache.lookup('a'), { outcome: 'miss' }, 'what lookup answers')
    equal(await cache.has('a'), false, 'what has answers')
  }),

  cacheCase('disabled: adds, and has nothing to touch, take or delete', async (world) => {
    const cache = await world.create(off)
    equal(await cache.add('key', 'first'), true, 'what add answers')
    equal(await cache.add('key', 'second'), true, 'what add answers again')
    equal(await cache.touch('key'), false, 'what touch answers')
    equal(await cache.take('key'), undefined, 'what take answers')
    equal(await cache.delete('key'), false, 'what delete answers')
    equal(await cache.deleteMany(['key', 'other']), 0, 'what deleteMany answers')
    equal(await cache.expire('key'), false, 'what expire answers')
    await cache.invalidate('tag')
    await cache.clear()
    await cache.namespace('space').clear()
  }),

  cacheCase('disabled: has no number or version to increment', async (world) => {
    const cache = await world.create(off)
    await cache.set('key', 42)
    await rejects('ERR_CACHE_MISSING_KEY', () => cache.increment('key'))
    await rejects('ERR_CACHE_MISSING_KEY', () => cache.decrement('missing'))
    await rejects('ERR_CACHE_MISSING_KEY', () => cache.incrementVersion('key'))
    await rejects('ERR_CACHE_MISSING_KEY', () =>
      cache.decrementVersion('missing', 1, { version: 2 }),
    )
    equal(await cache.increment('key', 1, { initial: 5 }), 6, 'increment from an initial value')
    equal(await cache.has('key'), false, 'whether that was kept')
  }),

  cacheCase('disabled: loads every time', async (world) => {
    const cache = await world.create(off)
    let loads = 0
    const load = () => ++loads
    equal(await cache.getOrSet('key', load), 1, 'what the first caller is given')
    equal(await cache.getOrSet('key', load), 2, 'what the second caller is given')
    equal(await cache.getOrSet('null', () => null), null, 'what is given for null')
    const many = await cache.getOrSetMany(
      ['a', 'b'],
      (keys) => new Map(keys.map((key) => [key, load()])),
    )
    equal(
      [...many],
      [
        ['a', 3],
        ['b', 4],
      ],
      'what is given for many',
    )
    const inspection = await cache.inspect()
    equal(
      [inspection.enabled, inspection.memory, inspection.store],
      [false, undefined, undefined],
      'what inspect answers',
    )
  }),

  cacheCase('disabled: still checks what it is given', async (world) => {
    const cache = await world.create(off)
    await rejects('ERR_CACHE_CONFIG', () => cache.set('key', 1, { ttl: NaN }), 'ttl')
    await rejects('ERR_CACHE_CONFIG', () => cache.invalidate(['']), 'tags')
    await rejects('ERR_CACHE_CONFIG', async () => world.create({ ...off, version: -1 }), 'version')
    await cache.close()
    await rejects('ERR_CACHE_CLOSED', () => cache.set('key', 1))
  }),
]
