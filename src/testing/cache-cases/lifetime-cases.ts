import type { Cache, Duration } from '../../contracts/cache.ts'
import { type CacheCase, type CacheWorld, cacheCase, equal, rejects } from '../cache-case.ts'

const day = 86_400_000

interface Lifetime {
  readonly name: string
  readonly ttl?: Duration | null | undefined
  /** Milliseconds after which it is gone; `null` for never. */
  readonly lasts: number | null
}

const lifetimes: readonly Lifetime[] = [
  { name: 'none', lasts: 300_000 },
  { name: 'undefined', ttl: undefined, lasts: 300_000 },
  { name: 'null', ttl: null, lasts: null },
  { name: 'Infinity', ttl: Infinity, lasts: null },
  { name: 'milliseconds', ttl: 2000, lasts: 2000 },
  { name: 'half a second', ttl: 500, lasts: 500 },
  { name: 'a fraction of a millisecond', ttl: 1.5, lasts: 2 },
  { name: '40 days', ttl: 40 * day, lasts: 40 * day },
  { name: "'250ms'", ttl: '250ms', lasts: 250 },
  { name: "'0.5s'", ttl: '0.5s', lasts: 500 },
  { name: "'1.5h'", ttl: '1.5h', lasts: 5_400_000 },
  { name: "'2w'", ttl: '2w', lasts: 14 * day },
]
const ended: readonly Lifetime[] = [
  { name: '0', ttl: 0, lasts: 0 },
  { name: "'0s'", ttl: '0s', lasts: 0 },
  { name: 'minus one', ttl: -1, lasts: 0 },
  { name: "'-5m'", ttl: '-5m', lasts: 0 },
  { name: 'minus infinity', ttl: -Infinity, lasts: 0 },
]
const wrong: readonly unknown[] = [
  NaN,
  '5 parsecs',
  '5',
  '',
  'm',
  '1e3s',
  '5m ',
  true,
  {},
  new Date(0),
]

type Options = { ttl?: Duration | null | undefined }
interface Verb {
  readonly name: string
  /** Writes 'new' under the key; `touch` alone needs something there. */
  write(cache: Cache, options: Options): Promise<unknown>
  readonly answer: unknown
  readonly onExisting?: boolean
}

const verbs: readonly Verb[] = [
  { name: 'set', write: (cache, options) => cache.set('key', 'new', options), answer: undefined },
  {
    name: 'setMany',
    write: (cache, options) => cache.setMany({ key: 'new' }, options),
    answer: [],
  },
  { name: 'add', write: (cache, options) => cache.add('key', 'new', options), answer: true },
  {
    name: 'touch',
    write: (cache, options) => cache.touch('key', options),
    answer: true,
    onExisting: true,
  },
  {
    name: 'getOrSet',
    write: (cache, options) => cache.getOrSet('key', () => 'new', options),
    answer: 'new',
  },
  {
    name: 'getOrSet, told by the loader',
    write: (cache, options) =>
      cache.getOrSet('key', (context) => {
        if ('ttl' in options) context.ttl = options.ttl
        return 'new'
      }),
    answer: 'new',
  },
  {
    name: 'getOrSetMany',
    write: (cache, options) => cache.getOrSetMany(['key'], () => ({ key: 'new' }), options),
    answer: new Map([['key', 'new']]),
  },
  {
    name: 'increment from an initial value',
    write: (cache, options) => cache.increment('key', 1, { initial: 0, ...options }),
    answer: 1,
  },
]

async function outlive(world: CacheWorld, verb: Verb, lifetime: Lifetime): Promise<void> {
  const cache = await world.create()
  if (verb.onExisting) await cache.set('key', 'new', { ttl: 60_000 })
  const { lasts } = lifetime
  const options = 'ttl' in lifetime ? { ttl: lifetime.ttl } : {}
  equal(await verb.write(cache, options), verb.answer, `what ${verb.name} answers`)
  if (lasts === 0) return equal(await cache.has('key'), false, 'whether it is there at once')
  await world.pass(lasts === null ? 4000 * day : lasts - 1)
  equal(await cache.has('key'), true, 'whether it is there at the end of its life')
  if (lasts === null) return
  await world.pass(1)
  equal(await cache.has('key'), false, 'whether it is there past its life')
}

export const lifetimeCases: readonly CacheCase[] = [
  ...verbs.flatMap((verb) =>
    [...lifetimes, ...ended].map((lifetime) =>
      cacheCase(
        `${verb.name} with ${'ttl' in lifetime ? `a TTL of ${lifetime.name}` : 'no TTL'}`,
        (world) => outlive(world, verb, lifetime),
      ),
    ),
  ),

  ...verbs.map((verb) =>
    cacheCase(`${verb.name} refuses a TTL that is none`, async (world) => {
      const cache = await world.create()
      if (verb.onExisting) await cache.set('key', 'old')
      const before = await cache.has('key')
      for (const ttl of wrong) {
        await rejects('ERR_CACHE_CONFIG', () => verb.write(cache, { ttl: ttl as number }), 'ttl')
        equal(await cache.has('key'), before, `what is there after a TTL of ${String(ttl)}`)
      }
    }),
  ),

  ...(['set', 'setMany'] as const).map((name) =>
    cacheCase(`${name} with a TTL of 0 removes what was there`, async (world) => {
      const cache = await world.create()
      await cache.set('key', 'old', { staleIfError: 60_000 })
      if (name === 'set') await cache.set('key', 'new', { ttl: 0 })
      else equal(await cache.setMany({ key: 'new' }, { ttl: -1 }), [], 'what setMany answers')
      equal(await cache.lookup('key'), { outcome: 'miss' }, 'what is left')
    }),
  ),

  cacheCase('add with a TTL of 0 leaves what was there', async (world) => {
    const cache = await world.create()
    await cache.set('key', 'old')
    equal(await cache.add('key', 'new', { ttl: 0 }), false, 'what add answers')
    equal(await cache.get('key'), 'old', 'what is left')
  }),

  cacheCase('gives the lifetime of setMany to each entry', async (world) => {
    const cache = await world.create()
    await cache.setMany({ a: 'spam', b: 'eggs' }, { ttl: 1000 })
    await world.pass(999)
    equal((await cache.getMany(['a', 'b'])).size, 2, 'how many there are at the end of it')
    await world.pass(1)
    equal((await cache.getMany(['a', 'b'])).size, 0, 'how many there are past it')
  }),

  cacheCase('keeps entries for five minutes unless told', async (world) => {
    const cache = await world.create()
    await cache.set('key', 1)
    const found = await cache.lookup('key')
    equal(found.outcome === 'hit' && found.ttl, 300_000, 'the lifetime')
  }),

  cacheCase("takes the cache's own default for a TTL left out", async (world) => {
    const cache = await world.create({ defaults: { ttl: '2s' } })
    await cache.set('left out', 1)
    await cache.set('undefined', 1, { ttl: undefined })
    await cache.set('for ever', 1, { ttl: null })
    await cache.set('touched', 1, { ttl: 60_000 })
    await cache.touch('touched')
    await world.pass(1999)
    const keys = ['left out', 'undefined', 'for ever', 'touched']
    equal([...(await cache.getMany(keys)).keys()], keys, 'what is there at the end')
    await world.pass(1)
    equal([...(await cache.getMany(keys)).keys()], ['for ever'], 'what is there past it')
  }),

  cacheCase('keeps entries for ever where that is the default', async (world) => {
    const cache = await world.create({ defaults: { ttl: null } })
    await cache.set('left out', 1)
    await cache.set('brief', 1, { ttl: 1000 })
    await world.pass(4000 * day)
    equal([...(await cache.getMany(['left out', 'brief'])).keys()], ['left out'], 'what is there')
  }),

  cacheCase('ends a sliding entry when it has not been read, and at its cap', async (world) => {
    const cache = await world.create()
    await cache.set('read', 1, { ttl: 5000, sliding: 2000 })
    await cache.set('unread', 1, { ttl: 5000, sliding: 2000 })
    for (let second = 1; second < 5; second++) {
      await world.pass(1000)
      equal(await cache.get('read'), 1, `what is read after ${second} s`)
    }
    await world.pass(999)
    equal(await cache.has('unread'), false, 'whether the one is there that was not read')
    equal(await cache.get('read'), 1, 'what is read before the cap')
    await world.pass(1)
    equal(await cache.get('read'), undefined, 'what is read at the cap')
  }),

  cacheCase('ends a touched sliding entry when it has not been read', async (world) => {
    const cache = await world.create()
    await cache.set('key', 1, { ttl: 60_000, sliding: 2000 })
    await cache.touch('key', { ttl: 30_000 })
    await world.pass(1999)
    equal(await cache.get('key'), 1, 'what is read in time')
    await world.pass(2000)
    equal(await cache.get('key'), undefined, 'what is read too late')
  }),

  cacheCase('slides an entry that is for ever', async (world) => {
    const cache = await world.create()
    await cache.set('key', 1, { ttl: null, sliding: '1h' })
    for (let reads = 0; reads < 50; reads++) {
      await world.pass(3_599_999)
      equal(await cache.get('key'), 1, 'what is read in time')
    }
    await world.pass(3_600_000)
    equal(await cache.get('key'), undefined, 'what is read too late')
  }),

  cacheCase('shortens lives by a random share, never more than asked for', async (world) => {
    const draws = [0, 0.5, 0.999]
    const cache = await world.create({ random: () => draws.shift() ?? 0 })
    for (const key of ['a', 'b', 'c']) await cache.set(key, 1, { ttl: 10_000, jitter: 0.2 })
    const lives: unknown[] = []
    for (const key of ['a', 'b', 'c']) {
      const found = await cache.lookup(key)
      lives.push(found.outcome === 'hit' && Math.round(found.ttl))
    }
    equal(lives, [10_000, 9000, 8002], 'the lifetimes')
  }),

  cacheCase('shortens the life that a touch gives as it is told', async (world) => {
    const cache = await world.create({ random: () => 0.5, defaults: { jitter: 0.2 } })
    const lives: unknown[] = []
    for (const jitter of [undefined, 0, 1]) {
      await cache.set('key', 1, { ttl: 60_000 })
      await cache.touch('key', { ttl: 10_000, jitter })
      const found = await cache.lookup('key')
      lives.push(found.outcome === 'hit' && Math.round(found.ttl))
    }
    equal(lives, [9000, 10_000, 5000], 'the lifetimes')
    await rejects('ERR_CACHE_CONFIG', () => cache.touch('key', { jitter: 2 }), 'jitter')
  }),
]
