import { type CacheCase, cacheCase, equal, rejects } from '../cache-case.ts'

/** Values that must come back as they are, by what they are called in messages. */
const values: ReadonlyMap<string, unknown> = new Map<string, unknown>([
  ['a string', 'this is a string'],
  ['a number', 42],
  ['a fraction', 1.5],
  ['a boolean', true],
  ['an array', [1, 2, 3, 4]],
  ['an object', { A: 1, B: 2, nested: { list: [null, 'x'] } }],
])
const richValues: ReadonlyMap<string, unknown> = new Map<string, unknown>([
  ['a bigint', 2n ** 70n],
  ['minus zero', -0],
  ['infinity', Infinity],
  ['a Date', new Date(1234567890123)],
  ['a Map', new Map<unknown, unknown>([['a', new Set([1, 2])]])],
  ['bytes', Uint8Array.from({ length: 256 }, (_, i) => i)],
  ['an object with undefined in it', { a: undefined, b: [undefined] }],
])
const falsyValues: ReadonlyMap<string, unknown> = new Map<string, unknown>([
  ['null', null],
  ['0', 0],
  ["''", ''],
  ['false', false],
])
const emptyValues: ReadonlyMap<string, unknown> = new Map<string, unknown>([
  ['undefined', undefined],
  ['NaN', NaN],
])

/** What comes back, and that a value that means "nothing" elsewhere is a hit here. */
export const valueCases: readonly CacheCase[] = [
  ...[...values, ...richValues].map(([name, value]) =>
    cacheCase(`gives back ${name} as it is`, async (world) => {
      const cache = await world.create()
      await cache.set('key', value)
      equal(await cache.get('key'), value, 'what get answers')
      equal(await cache.getMany(['key']), new Map([['key', value]]), 'what getMany answers')
      equal(await cache.getOrSet('key', () => 'loaded'), value, 'what getOrSet answers')
      equal(await cache.take('key'), value, 'what take answers')
    }),
  ),

  ...[...falsyValues, ...emptyValues].map(([name, value]) =>
    cacheCase(`has a hit where ${name} is kept`, async (world) => {
      const cache = await world.create()
      await cache.set('key', value)
      equal(await cache.get('key', { default: 'default' }), value, 'what get answers')
      equal(await cache.has('key'), true, 'what has answers')
      const found = await cache.lookup('key')
      equal(found.outcome === 'hit' && { value: found.value }, { value }, 'what lookup answers')
      equal(await cache.getMany(['key', 'other']), new Map([['key', value]]), 'getMany')
      equal(await cache.getOrSet<unknown>('key', () => 'loaded'), value, 'what getOrSet answers')
      const many = await cache.getOrSetMany<unknown>(['key'], () => ({ key: 'loaded' }))
      equal(many, new Map([['key', value]]), 'what getOrSetMany answers')
      equal(await cache.add('key', 'other'), false, 'what add answers')
      equal(await cache.touch('key'), true, 'what touch answers')
      equal(await cache.incrementVersion('key'), 2, 'what incrementVersion answers')
      equal(await cache.delete('key', { version: 2 }), true, 'what delete answers')
      equal(await cache.has('key', { version: 2 }), false, 'what has answers in the end')
    }),
  ),

  cacheCase('keeps text of all scripts, in values and in keys', async (world) => {
    const cache = await world.create()
    const texts = {
      ascii: 'ascii_value',
      Iñtërnâtiônàlizætiøn: 'Iñtërnâtiônàlizætiøn2',
      '鍵 😀': { x: '値 😀' },
      'lone \ud800 surrogate': 'lone \udc00 surrogate',
    }
    for (const [key, value] of Object.entries(texts)) {
      await cache.delete(key)
      equal(await cache.add(key, value), true, `what add of "${key}" answers`)
      equal(await cache.get(key), value, `what is under "${key}"`)
      await cache.delete(key)
    }
    await cache.setMany(texts)
    for (const [key, value] of Object.entries(texts)) {
      equal(await cache.get(key), value, `what is under "${key}" after setMany`)
    }
  }),

  cacheCase('keeps a value of a megabyte', async (world) => {
    const cache = await world.create()
    const text = 'megabyte'.repeat(131_072)
    await cache.set('large', text)
    equal((await cache.get<string>('large')) === text, true, 'that the text is the same')
  }),

  cacheCase(
    'refuses a value that cannot be encoded, and keeps nothing of it',
    async (world) => {
      const cache = await world.create()
      class Unknown {
        readonly part = 1
      }
      for (const value of [() => 1, Symbol('s'), new Unknown(), { deep: [new WeakMap()] }]) {
        await rejects('ERR_CACHE_CODEC', () => cache.set('key', value))
        await rejects('ERR_CACHE_CODEC', () => cache.add('key', value))
        await rejects('ERR_CACHE_CODEC', () => cache.setMany([['key', value]]))
        equal(await cache.has('key'), false, 'whether anything was kept')
        equal(cache.getSync('key'), undefined, 'what memory has')
      }
    },
    ['store'],
  ),

  cacheCase(
    'answers a loaded value that cannot be encoded, and keeps nothing of it',
    async (world) => {
      const cache = await world.create()
      const value = () => 1
      equal(await cache.getOrSet('key', () => value), value, 'what the first caller is given')
      equal(await cache.has('key'), false, 'whether anything was kept')
      equal(await cache.getOrSet<unknown>('key', () => 2), 2, 'what the next caller is given')
    },
    ['store'],
  ),
]
