import 'reflect-metadata'
import { describe, expect, test, vi } from 'vitest'
import type { Store } from '../../src/contracts/store.ts'
import { cacheDefaults, cached, cacheEvict, cachePut } from '../../src/decorators/index.ts'
import { createCache, createMemoryCache } from '../../src/index.ts'
import { ConfigError } from '../../src/kernel/errors.ts'
import { memoryStore } from '../../src/stores/memory.ts'
import { settle } from '../../src/testing/fake-clock.ts'

type Method = (...args: never[]) => unknown
type AnyDecorator = (...args: never[]) => unknown

/** A class with one decorated method, by either protocol, as compilers call it. */
const protocols = {
  standard(decorators: readonly object[], method: Method) {
    class Box {}
    const context = { kind: 'method', name: 'run', static: false, private: false }
    const decorated = decorators.reduceRight<unknown>(
      (value, decorator) =>
        Reflect.apply(decorator as AnyDecorator, undefined, [value, context]) ?? value,
      method,
    )
    Object.defineProperty(Box.prototype, 'run', { value: decorated, configurable: true })
    return new Box() as { run(...args: unknown[]): unknown }
  },
  legacy(decorators: readonly object[], method: Method) {
    class Box {}
    const descriptor: PropertyDescriptor = { value: method, configurable: true }
    for (const decorator of [...decorators].reverse()) {
      Reflect.apply(decorator as AnyDecorator, undefined, [Box.prototype, 'run', descriptor])
    }
    Object.defineProperty(Box.prototype, 'run', descriptor)
    return new Box() as { run(...args: unknown[]): unknown }
  },
}

describe.each(['standard', 'legacy'] as const)('%s protocol, called by hand', (name) => {
  const box = protocols[name]
  const cache = createCache()
  const memory = createMemoryCache<unknown>()
  const shared = { perInstance: false } as const

  test('a method answers as its cache does, or is refused', async () => {
    await expect(box([cached({ cache, ...shared })], () => 1).run()).rejects.toThrow(
      '`run`, decorated with @cached, answers at once: `cache` must be one of createMemoryCache',
    )
    expect(() => box([cached({ cache: memory })], async () => 1).run()).toThrow(
      '`run`, decorated with @cached, answers a promise: `cache` must be one of createCache',
    )
    expect(() => box([cached({ cache: [memory, cache], ...shared })], () => 1).run()).toThrow(
      'needs caches that all promise, or that all answer at once',
    )
    const put = box([cachePut({ cache, name: 'a', ...shared })], () => 1)
    expect(() => put.run()).toThrow('`run`, decorated with @cachePut, answers at once')
    const evict = box([cacheEvict({ cache, name: 'a', ...shared })], () => 1)
    expect(() => evict.run()).toThrow('`run`, decorated with @cacheEvict, answers at once')
    const tags = box([cacheEvict({ cache: memory, tags: ['t'] })], () => 1)
    expect(() => tags.run()).toThrow('Option `tags` needs a cache of createCache')
  })

  test('a failing promise of a method that is refused is no unhandled rejection', () => {
    const run = box([cached({ cache: memory })], () => Promise.reject(new Error('lost')))
    expect(() => run.run()).toThrow(ConfigError)
  })

  test.each([
    ['a Response', () => new Response('once')],
    ['a stream', () => new ReadableStream()],
    [
      'an async iterable',
      async function* () {
        yield 1
      },
    ],
    [
      'an iterator',
      function* () {
        yield 1
      },
    ],
  ])('%s is refused: it could be read once only', async (kind, make) => {
    const refused = `answers ${kind}, which can be read only once: see memoizeStream`
    expect(() => box([cached({ cache: memory })], make).run()).toThrow(refused)
    const promised = box([cached({ cache, ...shared })], async () => make())
    await expect(promised.run()).rejects.toThrow(refused)
  })

  test('several evictions, and a put, stand on one method', async () => {
    const other = createCache()
    const run = box(
      [
        cacheEvict({ cache: other, name: 'gone', ...shared }),
        cachePut({ cache, name: 'kept', ...shared }),
      ],
      async () => 'new',
    )
    await other.namespace('gone').set('1', 'old')
    expect(await run.run(1)).toBe('new')
    expect(await other.namespace('gone').has('1')).toBe(false)
    expect(await cache.namespace('kept').get('1')).toBe('new')
    await other.close()
  })

  test('of several caches in memory the first hit answers, and those before it are filled', () => {
    const [near, far] = [createMemoryCache<unknown>(), createMemoryCache<unknown>()]
    const method = vi.fn((n: number) => n * 2)
    const run = box([cached({ cache: [near, far], name: 'n', ...shared })], method)
    expect([run.run(2), run.run(2)]).toEqual([4, 4])
    near.clear()
    expect(run.run(2)).toBe(4)
    expect(near.get('1:n,2')).toBe(4)
    expect(method).toHaveBeenCalledTimes(1)
  })

  test('a put of a method that promises reaches caches of both kinds', async () => {
    const run = box([cachePut({ cache: [memory, cache], name: 'both', ...shared })], async () => 7)
    expect(await run.run('x')).toBe(7)
    expect(memory.get('4:both,1:x')).toBe(7)
    expect(await cache.namespace('both').get('1:x')).toBe(7)
  })

  test('the caller of a put has the result when the store does', async () => {
    let release: () => void = () => {}
    const gate = new Promise<void>((resolve) => {
      release = resolve
    })
    const store = memoryStore()
    const setMany: Store['setMany'] = async (records) => {
      await gate
      return store.setMany(records)
    }
    const slow = createCache({ store: { ...store, setMany } })
    const run = box([cachePut({ cache: slow, name: 'n', ...shared })], async () => 1)
    let answered = false
    const answer = Promise.resolve(run.run()).then(() => {
      answered = true
    })
    await settle()
    expect(answered).toBe(false)
    release()
    await answer
    await slow.close()
  })

  test('an eviction without a name that is of all leaves nothing', async () => {
    await cache.set('left', 1)
    memory.set('left', 1)
    await box([cacheEvict({ cache: [cache, memory], all: true })], async () => 1).run()
    expect([await cache.has('left'), memory.has('left')]).toEqual([false, false])
  })

  test('the name of a class is found behind decorators of our own, not behind others', () => {
    const one = box([cacheEvict({ cache: memory, name: 'x' }), cached({ cache: memory })], () => 1)
    one.run()
    expect([...memory].map(([key]) => key)).toContainEqual(expect.stringMatching(/^7:Box\.run,/))
    const foreign = (target: object, _: unknown, descriptor?: PropertyDescriptor) => {
      const body: Method = descriptor ? descriptor.value : target
      const around = function (this: unknown, ...args: never[]) {
        return Reflect.apply(body, this, args)
      }
      if (descriptor) descriptor.value = around
      return descriptor ? undefined : around
    }
    const two = box([foreign, cached({ cache: memory })], () => 1)
    if (name === 'legacy') expect(two.run()).toBe(1)
    else expect(() => two.run()).toThrow('needs the option `name`')
  })

  test('metadata of a method is carried over', () => {
    const method = () => 1
    Reflect.defineMetadata('path', '/one', method)
    const { run } = box([cached({ cache: memory })], method)
    expect(Reflect.getMetadata('path', run)).toBe('/one')
  })

  test('callbacks are called on the object, with the arguments', async () => {
    const key = vi.fn(() => 'k')
    const unless = vi.fn(() => true)
    const made = box([cached({ cache: memory, key, unless })], (...args) => args.length)
    made.run(1, 2)
    expect(key.mock.contexts).toEqual([made])
    expect(key.mock.calls).toEqual([[1, 2]])
    expect(unless.mock.contexts).toEqual([made])
    expect(unless.mock.calls).toEqual([[2, 1, 2]])
  })
})

describe('wrong use', () => {
  const cache = createCache()

  test.each([
    [{ cach: 1 }, 'Unknown option `cach` of @cached'],
    [
      { cache: 1 },
      'Expected `cache` to be a cache, several, or a function that answers them, got 1',
    ],
    [{ cache: [] }, 'Expected `cache` to be one cache or several different ones'],
    [{ cache: [cache, cache] }, 'Expected `cache` to be one cache or several different ones'],
    [{ key: 'id' }, 'Expected `key` to be a function, got "id" (string)'],
    [{ condition: true }, 'Expected `condition` to be a function'],
    [{ unless: 1 }, 'Expected `unless` to be a function'],
    [{ name: '' }, 'Expected `name` to be a string that is not empty'],
    [{ ttl: 'soon' }, 'Expected `ttl` to be milliseconds'],
    [{ perInstance: 1 }, 'Expected `perInstance` to be true or false'],
    [{ keyOf: () => 1 }, 'Unknown option `keyOf` of @cached'],
    [{ tags: 'a' }, 'Expected `tags` to be a function'],
  ])('of @cached: %j', (options, message) => {
    expect(() => cached(options as never)).toThrow(ConfigError)
    expect(() => cached(options as never)).toThrow(message)
  })

  test('options that exclude each other', () => {
    const key = () => 1
    expect(() => cachePut({ key, keyOf: key })).toThrow(
      'Options `key` and `keyOf` of @cachePut exclude each other',
    )
    expect(() => cacheEvict({ key, all: true })).toThrow('Options `key` and `all` of @cacheEvict')
    expect(() => cacheEvict({ tags: ['a'], all: true })).toThrow('exclude each other')
    expect(() => cacheEvict({ before: true, keyOf: key })).toThrow('leaves no result')
  })

  test('a place where it does not belong', () => {
    const standard = (kind: string) => () =>
      Reflect.apply(cached(), undefined, [undefined, { kind, name: 'x' }])
    for (const kind of ['field', 'setter', 'accessor', 'class']) {
      expect(standard(kind)).toThrow(
        `Expected \`@cached\` to be on a method or a getter, got "${kind}" (string)`,
      )
    }
    const legacy = (descriptor?: PropertyDescriptor) => () =>
      Reflect.apply(cached(), undefined, [{}, 'x', descriptor])
    expect(legacy()).toThrow('got "field"')
    expect(legacy({ set: () => {} })).toThrow('got "setter"')
    expect(() => Reflect.apply(cacheDefaults({ cache }), undefined, [{}, 'x'])).toThrow(
      'Expected `@cacheDefaults` to be on a class',
    )
  })

  test('parentheses that are missing', () => {
    class Box {}
    for (const decorator of [cached, cachePut, cacheEvict, cacheDefaults]) {
      const bare = () => Reflect.apply(decorator, undefined, [Box.prototype, 'run', {}])
      expect(bare).toThrow('is written with parentheses')
    }
  })
})
