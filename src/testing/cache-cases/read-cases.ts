import { type CacheCase, cacheCase, equal } from '../cache-case.ts'

export const readCases: readonly CacheCase[] = [
  cacheCase('reads what was written', async (world) => {
    const cache = await world.create()
    await cache.set('key', 'value')
    equal(await cache.get('key'), 'value', 'what get answers')
  }),

  cacheCase('answers undefined, or the default, where there is nothing', async (world) => {
    const cache = await world.create()
    equal(await cache.get('key'), undefined, 'what get answers')
    equal(await cache.get('key', { default: 'bang' }), 'bang', 'what get answers with a default')
    equal(await cache.get('key', { default: null }), null, 'what get answers with null')
    equal(cache.getSync('key'), undefined, 'what getSync answers')
    equal(await cache.has('key'), false, 'whether the default was kept')
  }),

  cacheCase('tells whether there is an entry', async (world) => {
    const cache = await world.create()
    await cache.set('for a time', 1)
    await cache.set('for ever', 2, { ttl: null })
    equal(await cache.has('for a time'), true, 'has where the entry expires')
    equal(await cache.has('for ever'), true, 'has where it does not')
    equal(await cache.has('never written'), false, 'has where there is none')
  }),

  cacheCase('reads many: those that there are, in the order asked for', async (world) => {
    const cache = await world.create()
    await cache.setMany({ a: 'a', b: null, c: 'c', d: 'd' })
    const many = await cache.getMany(['d', 'missing', 'a', 'b', 'a'])
    equal(
      [...many],
      [
        ['d', 'd'],
        ['a', 'a'],
        ['b', null],
      ],
      'what getMany answers',
    )
    equal(
      await cache.getMany(new Set(['a', 'c']).values()),
      new Map([
        ['a', 'a'],
        ['c', 'c'],
      ]),
      'getMany of an iterator',
    )
    equal(await cache.getMany([]), new Map(), 'what getMany answers of no keys')
  }),

  cacheCase('reads no expired entry among many', async (world) => {
    const cache = await world.create()
    await cache.setMany({ a: 1, b: 2 }, { ttl: 1000 })
    await cache.set('c', 3)
    await world.pass(1000)
    equal(await cache.getMany(['a', 'b', 'c']), new Map([['c', 3]]), 'what getMany answers')
  }),

  cacheCase('looks up value, age, remaining lifetime and tags', async (world) => {
    const cache = await world.create()
    await cache.set('key', 'value', { ttl: 10_000, tags: ['red', 'blue', 'red'] })
    await world.pass(4000)
    const found = await cache.lookup<string>('key')
    if (found.outcome === 'miss') throw new Error('Expected lookup to find the entry')
    const { tier, ...rest } = found
    equal(['memory', 'store'].includes(tier), true, `that there is a tier "${tier}"`)
    const expected = { outcome: 'hit', value: 'value', age: 4000, ttl: 6000, tags: ['red', 'blue'] }
    equal({ ...rest, tags: [...rest.tags] }, expected, 'what lookup answers')
  }),

  cacheCase('looks up Infinity as the lifetime of what never expires', async (world) => {
    const cache = await world.create()
    await cache.set('key', 1, { ttl: null })
    await world.pass(86_400_000)
    const found = await cache.lookup('key')
    equal(found.outcome === 'hit' && found.ttl, Infinity, 'the lifetime')
  }),

  cacheCase('looks up a miss as a miss', async (world) => {
    const cache = await world.create()
    equal(await cache.lookup('key'), { outcome: 'miss' }, 'what lookup answers')
    await cache.set('key', 1, { ttl: 1000 })
    await world.pass(1000)
    equal(await cache.lookup('key'), { outcome: 'miss' }, 'what lookup answers after expiry')
  }),

  cacheCase('looks up a stale entry as stale, which no other read answers', async (world) => {
    const cache = await world.create()
    await cache.set('key', 'old', { ttl: 1000, staleIfError: 5000 })
    await world.pass(1500)
    const found = await cache.lookup('key')
    const shown = found.outcome === 'stale' && [found.value, found.age, found.ttl]
    equal(shown, ['old', 1500, -500], 'what lookup answers')
    equal(await cache.get('key'), undefined, 'what get answers')
    equal(cache.getSync('key'), undefined, 'what getSync answers')
    equal(await cache.has('key'), false, 'what has answers')
    equal(await cache.getMany(['key']), new Map(), 'what getMany answers')
    await world.pass(4500)
    equal(await cache.lookup('key'), { outcome: 'miss' }, 'what lookup answers in the end')
  }),

  cacheCase(
    'reads from memory in this turn what was written or read',
    async (world) => {
      const cache = await world.create()
      await cache.set('written', null)
      equal(cache.getSync('written'), null, 'what was written')
      await cache.getOrSet('loaded', () => 1)
      equal(cache.getSync('loaded'), 1, 'what was loaded')
      await cache.delete('loaded')
      equal(cache.getSync('loaded'), undefined, 'what was deleted')
      await cache.set('brief', 1, { ttl: 500 })
      await world.pass(500)
      equal(cache.getSync('brief'), undefined, 'what has expired')
    },
    ['memory'],
  ),
]
