import fc from 'fast-check'
import { createClient, RESP_TYPES } from 'redis'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { djangoFragmentKey } from '../../src/http/fragments/django-fragment-key.ts'
import { ConfigError, createCache } from '../../src/index.ts'
import { djangoKeyFunction } from '../../src/interop/django.ts'
import { memoryStore } from '../../src/stores/memory.ts'
import { startMemcached } from '../servers/memcached.ts'
import { startRedis } from '../servers/redis.ts'
import { ask, type Server } from '../servers/start-server.ts'

/** `pickle.dumps('<b>', 5)`, as Django's Redis backend writes a fragment. */
const pickle = Buffer.from('8005950700000000000000' + '8c033c623e942e', 'hex')
const sidebar = djangoFragmentKey('sidebar', ['en', 42])

test('keys are those of Django, by its prefix and version', async () => {
  const physical = async (keyPrefix: string | undefined, version: number) => {
    const cache = createCache({
      store: memoryStore(),
      version,
      keyFunction: djangoKeyFunction(keyPrefix),
    })
    return (await cache.explain(sidebar)).physicalKey
  }
  // What `make_key(make_template_fragment_key('sidebar', ['en', 42]), KEY_PREFIX, VERSION)` answers.
  const key = 'template.cache.sidebar.27eef4019a042966f45572e871c54860'
  expect(await physical(undefined, 1)).toBe(`:1:${key}`)
  expect(await physical('site', 1)).toBe(`site:1:${key}`)
  expect(await physical('a:b', 7)).toBe(`a:b:7:${key}`)
  expect(() => djangoKeyFunction(5 as never)).toThrow(ConfigError)
})

test('namespaces and versions of a cache never share a key', () => {
  const key = fc.constantFrom('a', ':a', '1:a', '/b:1:a')
  const path = fc.constantFrom('cache', 'cache/a', 'cache/b', 'cache/a/b')
  const identity = fc.tuple(key, path, fc.nat(2))
  fc.assert(
    fc.property(fc.constantFrom('', 'site', 'a:1', 'x/'), identity, identity, (prefix, a, b) => {
      const keyFunction = djangoKeyFunction(prefix)
      expect(keyFunction(...a) === keyFunction(...b)).toBe(a.join('\0') === b.join('\0'))
    }),
    { numRuns: 2_000 },
  )
})

describe('with Django in the same Redis', () => {
  let server: Server
  let django: ReturnType<typeof createClient>
  beforeAll(async () => {
    server = await startRedis()
    django = createClient({ url: `redis://127.0.0.1:${server.port}` })
    await django.connect()
  })
  afterAll(async () => {
    django.destroy()
    await server.stop()
  })

  function open(keyPrefix: string) {
    return createCache({
      name: 'django',
      store: `redis://127.0.0.1:${server.port}`,
      memory: false,
      keyFunction: djangoKeyFunction(keyPrefix),
    })
  }

  /** Django keeps integers as text, and pickles all else. */
  const kept = [pickle, Buffer.from('42'), Buffer.alloc(0)]

  test('what Django keeps is no value here, and is left as it is until it is deleted', async () => {
    await using cache = open('site')
    const bytes = django.withTypeMapping({ [RESP_TYPES.BLOB_STRING]: Buffer })
    for (const value of kept) {
      await django.set(`site:1:${sidebar}`, value)
      await django.set('site:1:other', value)
      expect(await cache.get(sidebar)).toBe(undefined)
      expect(await cache.has(sidebar)).toBe(false)
      expect(await bytes.get(`site:1:${sidebar}`)).toEqual(value)
      await cache.delete(sidebar)
      expect(await django.exists(`site:1:${sidebar}`)).toBe(0)
      expect(await bytes.get('site:1:other')).toEqual(value)
      await cache.deleteMany(['other'])
      expect(await django.exists('site:1:other')).toBe(0)
    }
  })

  test('of many and of another version, too', async () => {
    await using cache = open('')
    for (const key of [':1:a', ':1:b', ':2:a', 'site:1:a']) await django.set(key, pickle)
    await cache.deleteMany(['a', 'b'])
    expect(await django.exists([':1:a', ':1:b'])).toBe(0)
    expect(await django.exists([':2:a', 'site:1:a'])).toBe(2)
    await cache.delete('a', { version: 2 })
    expect(await django.exists([':2:a', 'site:1:a'])).toBe(1)
  })

  test('what is kept here Django finds under its key, deletes, and takes for no pickle', async () => {
    await using cache = open('')
    await cache.set('shared', { rate: 1 })
    const bytes = django.withTypeMapping({ [RESP_TYPES.BLOB_STRING]: Buffer })
    // No pickle begins with `H`, and neither does a number: Django raises, and runs nothing.
    expect((await bytes.get(':1:shared'))?.[0]).toBe('H'.charCodeAt(0))
    expect(await django.del(':1:shared')).toBe(1)
    expect(await cache.get('shared')).toBe(undefined)
  })
})

test('what Django keeps in Memcached is deleted by its key', async () => {
  const server = await startMemcached()
  try {
    await ask(server.port, `set site:1:${sidebar} 1 0 3\r\n<b>\r\n`)
    await using cache = createCache({
      store: `memcached://127.0.0.1:${server.port}`,
      memory: false,
      keyFunction: djangoKeyFunction('site'),
    })
    expect(await cache.get(sidebar)).toBe(undefined)
    expect(await ask(server.port, `mg site:1:${sidebar} v\r\n`)).toMatch(/^VA 3/)
    await cache.delete(sidebar)
    expect(await ask(server.port, `mg site:1:${sidebar} v\r\n`)).toBe('EN\r\n')
  } finally {
    await server.stop()
  }
})
