import { type CacheCase, cacheCase, equal, rejects } from '../cache-case.ts'

/** Tags, namespaces, and caches beside each other. */
export const spaceCases: readonly CacheCase[] = [
  cacheCase('invalidates every entry with one of the tags', async (world) => {
    const cache = await world.create()
    await cache.set('a', 1, { tags: ['red'] })
    await cache.set('b', 2, { tags: ['red', 'blue'] })
    await cache.add('c', 3, { tags: ['blue'] })
    await cache.getOrSet('d', () => 4, { tags: ['green'] })
    await cache.setMany({ e: 5, f: 6 }, { tags: ['grey'] })
    await cache.increment('g', 7, { initial: 0, tags: ['green'] })
    const keys = ['a', 'b', 'c', 'd', 'e', 'f', 'g']
    const left = async () => [...(await cache.getMany(keys)).keys()].join('')
    equal(await left(), 'abcdefg', 'what there is')
    await cache.invalidate('red')
    equal(await left(), 'cdefg', 'what one tag leaves')
    await cache.invalidate(['green', 'grey', 'unknown'])
    equal(await left(), 'c', 'what many tags leave')
    await cache.invalidate([])
    equal(await left(), 'c', 'what no tags leave')
    equal(cache.getSync('a'), undefined, 'what memory has')
    equal(await cache.delete('a'), false, 'what delete of an invalidated entry answers')
    equal(await cache.add('b', 8, { tags: ['red'] }), true, 'what add in its place answers')
    equal(await cache.get('b'), 8, 'what was written after the invalidation')
  }),

  cacheCase('gives entries the tags of the defaults, unless told', async (world) => {
    const cache = await world.create({ defaults: { tags: ['all'] } })
    await cache.set('default', 1)
    await cache.set('own', 1, { tags: ['own'] })
    await cache.invalidate('all')
    equal([...(await cache.getMany(['default', 'own'])).keys()], ['own'], 'what is left')
  }),

  cacheCase('invalidates a tag long after its entry was written', async (world) => {
    const cache = await world.create()
    await cache.set('key', 1, { ttl: '365d', tags: ['tag'] })
    await world.pass(100 * 86_400_000)
    equal(await cache.get('key'), 1, 'what is there')
    await cache.invalidate('tag')
    equal(await cache.get('key'), undefined, 'what is left')
  }),

  cacheCase('clears everything that it has, and goes on', async (world) => {
    const cache = await world.create()
    await cache.setMany({ a: 1, b: 2 }, { ttl: null })
    await cache.set('a', 3, { version: 2 })
    await cache.namespace('space').set('a', 4)
    await cache.clear()
    equal((await cache.getMany(['a', 'b'])).size, 0, 'how many are left')
    equal(await cache.has('a', { version: 2 }), false, 'whether another version is left')
    equal(await cache.namespace('space').has('a'), false, 'whether a namespace has any left')
    equal(await cache.delete('a'), false, 'what delete answers')
    equal(await cache.add('a', 5), true, 'what add answers')
    equal(await cache.get('a'), 5, 'what was written afterwards')
    await cache.clear()
    await cache.clear()
    equal(await cache.get('a'), undefined, 'what is left in the end')
  }),

  cacheCase('keeps caches of different names on one store apart', async (world) => {
    const [one, two] = [await world.create({ name: 'one' }), await world.create({ name: 'two' })]
    equal([one.name, two.name], ['one', 'two'], 'their names')
    await one.set('key', 1, { tags: ['tag'] })
    equal(await two.has('key'), false, 'whether the other has it')
    await two.set('key', 2, { tags: ['tag'] })
    equal(await one.get('key'), 1, 'what the one has')
    await one.invalidate('tag')
    equal([await one.get('key'), await two.get('key')], [undefined, 2], 'what invalidate leaves')
    await one.set('key', 1)
    await two.clear()
    equal([await one.get('key'), await two.get('key')], [1, undefined], 'what clear leaves')
    await world.pass(1000)
    equal([await one.get('key'), await two.get('key')], [1, undefined], 'what the store has')
  }),

  cacheCase('has namespaces with keys of their own', async (world) => {
    const cache = await world.create({ name: 'shop' })
    const [users, orders] = [cache.namespace('users'), cache.namespace('orders')]
    const nested = users.namespace('old')
    equal([users.name, nested.name], ['shop/users', 'shop/users/old'], 'their names')
    const spaces = [cache, users, orders, nested]
    for (const [i, space] of spaces.entries()) await space.set('key', i)
    for (const [i, space] of spaces.entries()) equal(await space.get('key'), i, `the key of ${i}`)
    equal(await cache.namespace('users').get('key'), 1, 'the same namespace, asked for again')
    equal(await users.increment('key', 10), 11, 'increment in a namespace')
    equal(await users.incrementVersion('key'), 2, 'incrementVersion in a namespace')
    equal(await users.take('key', { version: 2 }), 11, 'take in a namespace')
    equal(await nested.getOrSet<unknown>('key', () => 'loaded'), 3, 'getOrSet in a namespace')
    equal(await cache.get('key'), 0, 'what is left of the cache')
  }),

  cacheCase('clears a namespace, what is nested in it, and nothing else', async (world) => {
    const cache = await world.create()
    const [users, orders] = [cache.namespace('users'), cache.namespace('orders')]
    const nested = users.namespace('old')
    const spaces = [cache, users, orders, nested]
    const fill = () => Promise.all(spaces.map((space, i) => space.set('key', i, { ttl: null })))
    const left = () => Promise.all(spaces.map((space) => space.get('key')))
    await fill()
    await nested.clear()
    equal(await left(), [0, 1, 2, undefined], 'what clearing the nested one leaves')
    await fill()
    await users.clear()
    equal(await left(), [0, undefined, 2, undefined], 'what clearing a namespace leaves')
    await fill()
    equal(await left(), [0, 1, 2, 3], 'what is written afterwards')
    await world.pass(2000)
    equal(await left(), [0, 1, 2, 3], 'what the store has')
    await cache.clear()
    equal(await left(), [undefined, undefined, undefined, undefined], 'what clearing all leaves')
  }),

  cacheCase('shares tags between namespaces', async (world) => {
    const cache = await world.create()
    const space = cache.namespace('space')
    await cache.set('key', 1, { tags: ['tag'] })
    await space.set('key', 2, { tags: ['tag'] })
    const found = await space.lookup('key')
    equal(found.outcome === 'hit' && [...found.tags], ['tag'], 'the tags that lookup shows')
    await space.invalidate('tag')
    equal([await cache.has('key'), await space.has('key')], [false, false], 'what is left')
  }),

  cacheCase('does not keep what was loading while its namespace was cleared', async (world) => {
    const cache = await world.create()
    const space = cache.namespace('outer').namespace('inner')
    const load = async () => {
      await cache.namespace('outer').clear()
      return 'outdated'
    }
    await space.getOrSet('key', load)
    equal(await space.has('key'), false, 'whether it was kept')
  }),

  cacheCase('refuses names with what separates them in keys', async (world) => {
    const cache = await world.create()
    for (const name of ['', 'a:b', 'a/b', 'a\0b', 'n'.repeat(129), 42 as never]) {
      await rejects('ERR_CACHE_CONFIG', async () => cache.namespace(name), 'namespace')
      await rejects('ERR_CACHE_CONFIG', async () => world.create({ name }), 'name')
    }
  }),

  cacheCase('defines a loading cache in a namespace of its own', async (world) => {
    const cache = await world.create()
    const asked: unknown[] = []
    const users = cache.define({
      name: 'user',
      load: (id: { tenant: string; id: number }) => {
        asked.push(id.id)
        return `${id.tenant} ${id.id}`
      },
      tags: ({ tenant }) => [tenant],
      options: { ttl: 1000 },
    })
    const [a, b] = [
      { tenant: 'x', id: 1 },
      { id: 2, tenant: 'y' },
    ]
    equal(await users.get(a), 'x 1', 'what is loaded')
    equal(await users.get({ id: 1, tenant: 'x' }), 'x 1', 'the same id, written otherwise')
    equal([...(await users.getMany([a, b])).values()], ['x 1', 'y 2'], 'many')
    equal(asked, [1, 2], 'what was asked for')
    await cache.invalidate('x')
    equal(await users.cache.has(users.key(a)), false, 'what is left after invalidate')
    await users.set(a, 'set')
    equal(await users.get(a), 'set', 'what was set')
    equal(await users.refresh(a), 'x 1', 'what refresh loads')
    equal(
      [await users.expire(b), await users.delete(b), await users.delete(b)],
      [true, true, false],
      'expire and delete',
    )
    await world.pass(1000)
    equal(await users.cache.has(users.key(a)), false, 'what is left past the lifetime')
    await cache.set('key', 1)
    await users.clear()
    equal(await cache.has('key'), true, 'what clear leaves of the cache')
  }),
]
