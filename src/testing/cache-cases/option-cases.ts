import type { Cache, WriteOptions } from '../../contracts/cache.ts'
import { type CacheCase, cacheCase, equal, rejects } from '../cache-case.ts'

type Bad = Readonly<Record<string, unknown>>

/** Options that are refused, each with what the message must name. */
const badOptions: readonly (readonly [Bad, string])[] = [
  [{ tll: 1000 }, 'tll'],
  [{ tag: ['a'] }, 'tag'],
  [{ tags: 'a' }, 'tags'],
  [{ tags: [''] }, 'tags'],
  [{ tags: [42] }, 'tags'],
  [{ tags: ['\0'] }, 'tags'],
  [{ tags: ['t'.repeat(513)] }, 'tags'],
  [{ tags: Array.from({ length: 65 }, (_, i) => `${i}`) }, 'tags'],
  [{ jitter: 1.1 }, 'jitter'],
  [{ jitter: NaN }, 'jitter'],
  [{ sliding: -1 }, 'sliding'],
  [{ sliding: 'soon' }, 'sliding'],
  [{ staleWhileRevalidate: -1 }, 'staleWhileRevalidate'],
  [{ staleIfError: null }, 'staleIfError'],
  [{ retryAfter: '-1s' }, 'retryAfter'],
  [{ eagerRefresh: 0 }, 'eagerRefresh'],
  [{ eagerRefresh: 1 }, 'eagerRefresh'],
  [{ negativeTtl: NaN }, 'negativeTtl'],
  [{ weight: -1 }, 'weight'],
  [{ weight: '1kb' }, 'weight'],
]

const badLoadOptions: readonly (readonly [Bad, string])[] = [
  [{ softTimeout: -1 }, 'softTimeout'],
  [{ hardTimeout: NaN }, 'hardTimeout'],
  [{ signal: {} }, 'signal'],
  [{ initial: 0 }, 'initial'],
]

const writers: Readonly<Record<string, (cache: Cache, options: Bad) => Promise<unknown>>> = {
  set: (cache, options) => cache.set('key', 'new', options as WriteOptions),
  setMany: (cache, options) => cache.setMany({ key: 'new' }, options as WriteOptions),
  add: (cache, options) => cache.add('other', 'new', options as WriteOptions),
  increment: (cache, options) =>
    cache.increment('other', 1, { initial: 0, ...(options as WriteOptions) }),
  getOrSet: (cache, options) => cache.getOrSet('other', () => 'new', options as WriteOptions),
  getOrSetMany: (cache, options) =>
    cache.getOrSetMany(['other'], () => ({ other: 'new' }), options as WriteOptions),
}

const readers: Readonly<Record<string, (cache: Cache, options: Bad) => Promise<unknown>>> = {
  get: (cache, options) => cache.get('key', options),
  getMany: (cache, options) => cache.getMany(['key'], options),
  lookup: (cache, options) => cache.lookup('key', options),
  has: (cache, options) => cache.has('key', options),
  touch: (cache, options) => cache.touch('key', options),
  take: (cache, options) => cache.take('key', options),
  delete: (cache, options) => cache.delete('key', options),
  deleteMany: (cache, options) => cache.deleteMany(['key'], options),
  expire: (cache, options) => cache.expire('key', options),
  incrementVersion: (cache, options) => cache.incrementVersion('key', 1, options),
  explain: (cache, options) => cache.explain('key', options),
}

/** A mistake is refused before anything has happened, with a message that names it. */
export const optionCases: readonly CacheCase[] = [
  ...Object.entries(writers).map(([name, write]) =>
    cacheCase(`${name} refuses bad options by name`, async (world) => {
      const cache = await world.create()
      await cache.set('key', 'old')
      const more = name.startsWith('getOrSet') ? badLoadOptions : []
      for (const [options, mentions] of [...badOptions, ...more]) {
        await rejects('ERR_CACHE_CONFIG', () => write(cache, options), mentions)
      }
      equal(await cache.has('other'), false, 'whether something was written')
      equal(await cache.get('key'), 'old', 'what is left')
    }),
  ),

  ...Object.entries(readers).map(([name, call]) =>
    cacheCase(`${name} refuses an option that it does not know`, async (world) => {
      const cache = await world.create()
      await cache.set('key', 'old')
      await rejects('ERR_CACHE_CONFIG', () => call(cache, { verison: 2 }), 'verison')
      equal(await cache.get('key'), 'old', 'what is left')
    }),
  ),

  cacheCase('invalidate refuses tags that are none', async (world) => {
    const cache = await world.create()
    for (const tags of ['', [''], [42], 42, ['\0a'], undefined]) {
      await rejects('ERR_CACHE_CONFIG', () => cache.invalidate(tags as string), 'tags')
    }
  }),

  cacheCase('setMany refuses entries that are none', async (world) => {
    const cache = await world.create()
    for (const entries of [undefined, null, 'text', 42]) {
      await rejects('ERR_CACHE_CONFIG', () => cache.setMany(entries as never), 'entries')
    }
  }),

  cacheCase('createCache refuses bad options by name', async (world) => {
    const bad: readonly (readonly [Bad, string])[] = [
      [{ nmae: 'shop' }, 'nmae'],
      [{ enabled: 'no' }, 'enabled'],
      [{ version: 1.5 }, 'version'],
      [{ keyFunction: 'key' }, 'keyFunction'],
      [{ onEvent: 1 }, 'onEvent'],
      [{ random: 0.5 }, 'random'],
      [{ defaults: { ttl: 'soon' } }, 'ttl'],
      [{ defaults: { tll: 1 } }, 'tll'],
      [{ defaults: { refresh: true } }, 'refresh'],
      [{ store: 'nonexistent:' }, 'store'],
    ]
    for (const [setup, mentions] of bad) {
      await rejects('ERR_CACHE_CONFIG', async () => world.create(setup), mentions)
    }
  }),

  cacheCase(
    'createCache refuses bad bounds of memory by name',
    async (world) => {
      const bad: readonly (readonly [Bad, string])[] = [
        [{ maxEntires: 1 }, 'maxEntires'],
        [{ maxEntries: 0 }, 'maxEntries'],
        [{ maxEntries: 1.5 }, 'maxEntries'],
        [{ maxWeight: 'much' }, 'maxWeight'],
        [{ isolation: 'some' }, 'isolation'],
      ]
      for (const [memory, mentions] of bad) {
        await rejects('ERR_CACHE_CONFIG', async () => world.create({ memory }), mentions)
      }
      const cache = await world.create()
      await rejects('ERR_CACHE_CONFIG', async () => cache.resize({ maxEntries: -1 }), 'maxEntries')
    },
    ['memory'],
  ),
]
