import type { Cache } from '../../contracts/cache.ts'
import { type CacheCase, cacheCase, equal, rejects } from '../cache-case.ts'

const badKeys: ReadonlyMap<string, unknown> = new Map<string, unknown>([
  ['empty', ''],
  ['too long', 'k'.repeat(4097)],
  ['a number', 42],
  ['undefined', undefined],
  ['an object', { toString: () => 'key' }],
])

/** Every verb that takes a key. */
const verbs: Readonly<Record<string, (cache: Cache, key: string) => Promise<unknown>>> = {
  get: (cache, key) => cache.get(key),
  getSync: async (cache, key) => cache.getSync(key),
  getMany: (cache, key) => cache.getMany(['good', key]),
  lookup: (cache, key) => cache.lookup(key),
  has: (cache, key) => cache.has(key),
  set: (cache, key) => cache.set(key, 1),
  setMany: (cache, key) =>
    cache.setMany([
      ['good', 1],
      [key, 1],
    ]),
  add: (cache, key) => cache.add(key, 1),
  touch: (cache, key) => cache.touch(key),
  increment: (cache, key) => cache.increment(key, 1, { initial: 0 }),
  decrement: (cache, key) => cache.decrement(key, 1, { initial: 0 }),
  incrementVersion: (cache, key) => cache.incrementVersion(key),
  decrementVersion: (cache, key) => cache.decrementVersion(key),
  take: (cache, key) => cache.take(key),
  delete: (cache, key) => cache.delete(key),
  deleteMany: (cache, key) => cache.deleteMany(['good', key]),
  getOrSet: (cache, key) => cache.getOrSet(key, () => 1),
  getOrSetMany: (cache, key) => cache.getOrSetMany(['good', key], () => ({})),
  expire: (cache, key) => cache.expire(key),
  explain: (cache, key) => cache.explain(key),
}

export const keyCases: readonly CacheCase[] = [
  ...Object.entries(verbs).map(([name, call]) =>
    cacheCase(`${name} refuses a key that is none`, async (world) => {
      for (const cache of [await world.create(), await world.create({ enabled: false })]) {
        await cache.set('good', 'old')
        const before = await cache.get('good')
        for (const key of badKeys.values()) {
          await rejects('ERR_CACHE_KEY', () => call(cache, key as string), 'key')
        }
        equal(await cache.get('good'), before, 'what is under the key that was good')
      }
    }),
  ),

  cacheCase('takes a key of any characters', async (world) => {
    const cache = await world.create()
    const keys = [
      ' ',
      'key with spaces and 清',
      'new\nline',
      '\0',
      '\0:1:key',
      ':',
      '1:key',
      '/a:1:key',
      '#',
      '../..',
      '__proto__',
      'constructor',
    ]
    for (const [i, key] of keys.entries()) await cache.set(key, i)
    await cache.set('key', 'plain')
    for (const [i, key] of keys.entries()) equal(await cache.get(key), i, JSON.stringify(key))
    const many = await cache.getOrSetMany(keys, () => new Map<string, number>())
    equal(
      [...many],
      keys.map((key, i) => [key, i]),
      'what getOrSetMany answers',
    )
    equal(await cache.deleteMany(keys), keys.length, 'how many are deleted')
    equal(await cache.get('key'), 'plain', 'what is left')
  }),

  cacheCase('takes keys as long as 4,096 characters, and tells them apart', async (world) => {
    const cache = await world.create({ name: 'n'.repeat(128) })
    const space = cache.namespace('s'.repeat(128))
    const keys = ['a', 'b'].map((end) => '鍵'.repeat(4095) + end)
    for (const [i, key] of keys.entries()) {
      await cache.set(key, i)
      await space.set(key, i + 10)
    }
    equal([...(await cache.getMany(keys)).values()], [0, 1], 'what is there')
    equal([...(await space.getMany(keys)).values()], [10, 11], 'what is in the namespace')
    equal(await cache.deleteMany(keys), 2, 'how many are deleted')
    equal(await cache.has(keys[0] as string), false, 'whether it is there still')
  }),
]
