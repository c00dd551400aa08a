import { type CacheCase, cacheCase, equal } from '../cache-case.ts'

export const writeCases: readonly CacheCase[] = [
  cacheCase('replaces value, lifetime and tags', async (world) => {
    const cache = await world.create()
    await cache.set('key', 'old', { ttl: 1000, tags: ['old'], staleIfError: 60_000 })
    await cache.set('key', 'new', { ttl: 5000, tags: ['new'] })
    await cache.invalidate('old')
    await world.pass(4999)
    equal(await cache.get('key'), 'new', 'what is kept past the old lifetime')
    await world.pass(1)
    equal(await cache.lookup('key'), { outcome: 'miss' }, 'what remains past the new one')
  }),

  cacheCase('adds only where there is nothing', async (world) => {
    const cache = await world.create()
    equal(await cache.add('key', 'first'), true, 'what add answers where there is nothing')
    equal(await cache.add('key', 'second', { ttl: 1 }), false, 'what it answers after that')
    await world.pass(10)
    equal(await cache.get('key'), 'first', 'what is kept')
    await cache.delete('key')
    equal(await cache.add('key', 'third'), true, 'what it answers after delete')
  }),

  cacheCase('adds where the entry has expired or is stale', async (world) => {
    const cache = await world.create()
    await cache.set('expired', 'old', { ttl: 1000 })
    await cache.set('stale', 'old', { ttl: 1000, staleIfError: 60_000 })
    await world.pass(1000)
    equal(await cache.add('expired', 'new'), true, 'what add answers where it expired')
    equal(await cache.add('stale', 'new'), true, 'what add answers where it is stale')
    equal(
      await cache.getMany(['expired', 'stale']),
      new Map([
        ['expired', 'new'],
        ['stale', 'new'],
      ]),
      'what is kept',
    )
  }),

  cacheCase('keeps one of the values that are set at the same time', async (world) => {
    const cache = await world.create()
    const values = [1, 2, 3]
    await Promise.all(values.map((value) => cache.set('key', value)))
    const kept = await cache.get<number>('key')
    equal(values.includes(kept as number), true, `whether one of them is kept, which is ${kept}`)
  }),

  cacheCase('lets one of concurrent adds write', async (world) => {
    const cache = await world.create()
    const tries = Array.from({ length: 10 }, (_, i) => i)
    const answers = await Promise.all(tries.map((i) => cache.add('key', i)))
    const winner = answers.indexOf(true)
    equal(answers.filter(Boolean).length, 1, 'how many adds succeeded')
    equal(await cache.get('key'), winner, 'what is kept')
  }),

  cacheCase('touches: a new lifetime from now, the value and tags as they were', async (world) => {
    const cache = await world.create()
    await cache.set('key', 'value', { ttl: 2000, tags: ['tag'] })
    await world.pass(1500)
    equal(await cache.touch('key', { ttl: 2000 }), true, 'what touch answers')
    await world.pass(1999)
    equal(await cache.get('key'), 'value', 'what is kept past the first lifetime')
    equal(await cache.touch('missing'), false, 'what touch answers where there is nothing')
    equal(await cache.has('missing'), false, 'whether it wrote something there')
    await cache.invalidate('tag')
    equal(await cache.touch('key'), false, 'what touch answers after invalidate')
  }),

  cacheCase('shortens a life by touching', async (world) => {
    const cache = await world.create()
    await cache.set('key', 'value', { ttl: 60_000 })
    equal(await cache.touch('key', { ttl: 1000 }), true, 'what touch answers')
    await world.pass(1000)
    equal(await cache.get('key'), undefined, 'what is kept past the new lifetime')
  }),

  cacheCase('does not touch what has expired or is stale', async (world) => {
    const cache = await world.create()
    await cache.set('expired', 1, { ttl: 1000 })
    await cache.set('stale', 1, { ttl: 1000, staleIfError: 60_000 })
    await world.pass(1000)
    equal(await cache.touch('expired'), false, 'what touch answers where it expired')
    equal(await cache.touch('stale'), false, 'what touch answers where it is stale')
    equal(await cache.getMany(['expired', 'stale']), new Map(), 'what there is')
  }),

  cacheCase('keeps the stale windows when touching', async (world) => {
    const cache = await world.create()
    await cache.set('key', 'old', { ttl: 1000, staleIfError: 3000 })
    await cache.touch('key', { ttl: 2000 })
    await world.pass(4999)
    equal((await cache.lookup('key')).outcome, 'stale', 'the outcome near the end of the window')
    await world.pass(1)
    equal((await cache.lookup('key')).outcome, 'miss', 'the outcome past it')
  }),

  cacheCase('deletes, and tells whether there was an entry', async (world) => {
    const cache = await world.create()
    await cache.setMany({ a: null, b: 'spam' })
    equal(await cache.delete('a'), true, 'what delete answers')
    equal(await cache.getMany(['a', 'b']), new Map([['b', 'spam']]), 'what is left')
    equal(await cache.delete('a'), false, 'what delete answers then')
    equal(await cache.delete('never written'), false, 'what it answers where nothing was')
  }),

  cacheCase('deletes nothing where the entry has expired', async (world) => {
    const cache = await world.create()
    await cache.setMany({ a: 1, b: 2 }, { ttl: 1000 })
    await world.pass(1000)
    equal(await cache.delete('a'), false, 'what delete answers')
    equal(await cache.deleteMany(['a', 'b']), 0, 'what deleteMany answers')
  }),

  cacheCase('deletes many, and tells how many there were', async (world) => {
    const cache = await world.create()
    await cache.setMany({ a: 'spam', b: null, c: 'ham' })
    equal(await cache.deleteMany(['a', 'b', 'missing', 'a']), 2, 'what deleteMany answers')
    equal(await cache.getMany(['a', 'b', 'c']), new Map([['c', 'ham']]), 'what is left')
    equal(await cache.deleteMany(new Set(['c']).values()), 1, 'deleteMany of an iterator')
  }),

  cacheCase('deletes none of no keys', async (world) => {
    const cache = await world.create()
    await cache.set('key', 1)
    equal(await cache.deleteMany([]), 0, 'what deleteMany answers')
    equal(await cache.get('key'), 1, 'what is left')
  }),

  cacheCase('takes: removes the entry and answers its value', async (world) => {
    const cache = await world.create()
    await cache.set('key', { some: 'value' })
    equal(await cache.take('key'), { some: 'value' }, 'what take answers')
    equal(await cache.take('key'), undefined, 'what it answers then')
    equal(await cache.has('key'), false, 'whether it is still there')
  }),

  cacheCase('takes a stale entry away without answering it', async (world) => {
    const cache = await world.create()
    await cache.set('key', 'old', { ttl: 1000, staleIfError: 60_000 })
    await world.pass(1000)
    equal(await cache.take('key'), undefined, 'what take answers')
    equal(await cache.lookup('key'), { outcome: 'miss' }, 'what is left')
  }),

  cacheCase('gives an entry to one of those who take it at once', async (world) => {
    const cache = await world.create()
    await cache.set('key', 'value')
    const takes = await Promise.all(Array.from({ length: 10 }, () => cache.take('key')))
    equal(takes.filter((value) => value === 'value').length, 1, 'how many were given it')
  }),

  cacheCase('writes many: a record, a map or pairs', async (world) => {
    const cache = await world.create()
    equal(await cache.setMany({ a: 'spam', b: 'eggs' }), [], 'setMany of a record')
    equal(await cache.setMany(new Map([['c', 'ham']])), [], 'setMany of a map')
    const pairs = [
      ['d', 1],
      ['e', 2],
      ['d', 3],
    ] as const
    equal(await cache.setMany(pairs), [], 'setMany of pairs')
    const all = await cache.getMany(['a', 'b', 'c', 'd', 'e'])
    equal(Object.fromEntries(all), { a: 'spam', b: 'eggs', c: 'ham', d: 3, e: 2 }, 'what is kept')
  }),

  cacheCase('writes none of no entries', async (world) => {
    const cache = await world.create()
    equal(await cache.setMany({}), [], 'setMany of no record')
    equal(await cache.setMany([]), [], 'setMany of no pairs')
    equal(cache.stats().writes, 0, 'how many were written')
  }),

  cacheCase('writes and reads hundreds at once', async (world) => {
    const cache = await world.create()
    const entries = new Map(Array.from({ length: 1500 }, (_, i) => [`key ${i}`, i]))
    equal(await cache.setMany(entries), [], 'what setMany answers')
    equal(await cache.getMany(entries.keys()), entries, 'what getMany answers')
    equal(await cache.deleteMany(entries.keys()), 1500, 'what deleteMany answers')
  }),
]
