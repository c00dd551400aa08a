import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { expect, onTestFinished, test, vi } from 'vitest'
import type { Cache, CacheEvent, LoadContext } from '../../src/index.ts'
import { createCache } from '../../src/index.ts'
import { memoryStore } from '../../src/stores/memory.ts'
import { type FakeClock, fakeClock, settle } from '../../src/testing/fake-clock.ts'

/** A load that the test ends when it likes. */
function held<T>() {
  let resolve: (value: T) => void = () => {}
  let reject: (error: unknown) => void = () => {}
  const promise = new Promise<T>((one, two) => {
    resolve = one
    reject = two
  })
  return { promise, resolve, reject }
}

function withStore(clock: FakeClock) {
  return createCache({ clock, store: memoryStore({ clock }) })
}

test('a hit in memory makes no timer, no codec call and no store call', async () => {
  const clock = fakeClock()
  const schedule = vi.spyOn(clock, 'schedule')
  const store = memoryStore({ clock })
  const operations = (['getMany', 'setMany', 'deleteMany', 'addMany', 'replaceMany'] as const).map(
    (name) => vi.spyOn(store, name),
  )
  const codec = {
    id: 77,
    name: 'spy',
    encode: vi.fn(() => new Uint8Array(1)),
    decode: vi.fn(() => 1),
  }
  const cache = createCache({ clock, store, codec, memory: { trust: null } })
  const options = { ttl: '1h', staleWhileRevalidate: '1h', staleIfError: '1d', tags: ['t'] }
  await cache.getOrSet('k', () => 1, options)
  const spies = [schedule, codec.encode, codec.decode, ...operations]
  for (const spy of spies) spy.mockClear()
  for (let i = 0; i < 100; i++) {
    expect(await cache.getOrSet('k', () => 2, options)).toBe(1)
    expect(cache.getSync('k')).toBe(1)
  }
  for (const spy of spies) expect(spy).not.toHaveBeenCalled()
  expect(cache.stats().memory.hits).toBe(200)
})

test('one caller who gives up leaves the load to the others', async () => {
  const cache = createCache({ clock: fakeClock() })
  const load = held<string>()
  const controller = new AbortController()
  let signal: AbortSignal | undefined
  const loader = (context: LoadContext<string>) => {
    signal = context.signal
    return load.promise
  }
  const impatient = cache.getOrSet('k', loader, { signal: controller.signal })
  const patient = cache.getOrSet('k', loader)
  controller.abort(new Error('changed my mind'))
  await expect(impatient).rejects.toThrow('changed my mind')
  expect(signal?.aborted).toBe(false)
  load.resolve('value')
  expect(await patient).toBe('value')
  expect(cache.getSync('k')).toBe('value')
})

test('others who give up leave the load to who began it', async () => {
  const cache = createCache({ clock: fakeClock() })
  const load = held<string>()
  let signal: AbortSignal | undefined
  const patient = cache.getOrSet('k', (context: LoadContext<string>) => {
    signal = context.signal
    return load.promise
  })
  const controller = new AbortController()
  const impatient = cache.getOrSet('k', () => 'another', { signal: controller.signal })
  controller.abort(new Error('changed my mind'))
  await expect(impatient).rejects.toThrow('changed my mind')
  expect(signal?.aborted).toBe(false)
  load.resolve('loaded')
  expect(await patient).toBe('loaded')
  expect(cache.getSync('k')).toBe('loaded')
})

test('when every caller has given up the load is aborted, and what it answers is not kept', async () => {
  for (const cache of [createCache({ clock: fakeClock() }), withStore(fakeClock())]) {
    const load = held<string>()
    const controllers = [new AbortController(), new AbortController()]
    let signal: AbortSignal | undefined
    const callers = controllers.map((controller) =>
      cache.getOrSet(
        'k',
        (context) => {
          signal = context.signal
          return load.promise
        },
        { signal: controller.signal },
      ),
    )
    await settle()
    for (const controller of controllers) controller.abort()
    await Promise.allSettled(callers)
    expect(signal?.aborted).toBe(true)
    load.resolve('late')
    await settle()
    expect(await cache.get('k')).toBe(undefined)
    expect(await cache.getOrSet('k', () => 'anew')).toBe('anew')
  }
})

test('a caller whose signal is aborted already loads nothing', async () => {
  const cache = createCache({ clock: fakeClock() })
  const loader = vi.fn(() => 1)
  const signal = AbortSignal.abort(new Error('too late'))
  await expect(cache.getOrSet('k', loader, { signal })).rejects.toThrow('too late')
  expect(loader).not.toHaveBeenCalled()
})

test('past the soft deadline a caller takes the stale value, and the load goes on', async () => {
  const clock = fakeClock()
  const cache = createCache({ clock })
  await cache.set('k', 'old', { ttl: '1m', staleIfError: '1h' })
  clock.advance(61_000)
  const load = held<string>()
  const answer = cache.getOrSet('k', () => load.promise, { softTimeout: 50 })
  await clock.pass(49)
  const early = await Promise.race([answer, Promise.resolve('still waiting')])
  expect(early).toBe('still waiting')
  await clock.pass(1)
  expect(await answer).toBe('old')
  load.resolve('new')
  await settle()
  expect(cache.getSync('k')).toBe('new')
})

test('past the hard deadline a caller without a stale value gets an error, and the load goes on', async () => {
  const clock = fakeClock()
  const cache = createCache({ clock })
  const load = held<string>()
  const answer = cache.getOrSet('k', () => load.promise, { hardTimeout: '2s' })
  const outcome = answer.catch((error) => error)
  await clock.pass(2_000)
  expect(await outcome).toMatchObject({ code: 'ERR_CACHE_LOADER_TIMEOUT' })
  load.resolve('late, but welcome')
  await settle()
  expect(cache.getSync('k')).toBe('late, but welcome')
  expect(clock.pending('foreground')).toBe(0)
})

test('a load that hangs does not block the key for ever', async () => {
  const clock = fakeClock()
  const cache = createCache({ clock })
  const hung = held<string>()
  const first = cache.getOrSet('k', () => hung.promise, { hardTimeout: 100 }).catch(() => 'timeout')
  await clock.pass(100)
  expect(await first).toBe('timeout')
  expect(await cache.getOrSet('k', () => 'second')).toBe('second')
  hung.resolve('first, much later')
  await settle()
  expect(cache.getSync('k')).toBe('second')
})

test('a loader that asks for its own key is refused, directly and through others', async () => {
  for (const cache of [createCache({ clock: fakeClock() }), withStore(fakeClock())]) {
    const ask = (from: string, to: () => Promise<unknown>) => cache.getOrSet(from, to)
    const error = { code: 'ERR_CACHE_REENTRANT_LOAD' }
    await expect(ask('a', () => ask('a', async () => 1))).rejects.toMatchObject(error)
    const round = ask('a', () => ask('b', () => ask('c', () => ask('a', async () => 1))))
    await expect(round).rejects.toMatchObject(error)
    expect(await ask('a', () => ask('b', () => ask('c', async () => 3)))).toBe(3)
  }
})

test('two loaders that wait for each other are refused, not left waiting', async () => {
  const cache = createCache({ clock: fakeClock() })
  const gate = held<void>()
  const cross = (own: string, other: string) =>
    cache.getOrSet(own, async () => {
      await gate.promise
      return cache.getOrSet(other, async () => 'other')
    })
  const both = Promise.allSettled([cross('a', 'b'), cross('b', 'a')])
  gate.resolve()
  const outcomes = await both
  expect(outcomes.some(({ status }) => status === 'rejected')).toBe(true)
})

test('what was set, deleted or invalidated during a load is not undone by it', async () => {
  const changes: [string, (cache: Cache) => Promise<unknown>, unknown][] = [
    ['delete', (cache) => cache.delete('k'), undefined],
    ['set', (cache) => cache.set('k', 'set'), 'set'],
    ['invalidate', (cache) => cache.invalidate('t'), undefined],
    ['invalidate a tag chosen late', (cache) => cache.invalidate('late'), undefined],
    ['clear', (cache) => cache.clear(), undefined],
    ['expire', (cache) => cache.expire('k'), undefined],
    ['take', (cache) => cache.take('k'), undefined],
  ]
  for (const [name, change, after] of changes) {
    for (const make of [() => createCache({ clock: fakeClock() }), () => withStore(fakeClock())]) {
      const cache = make()
      const load = held<string>()
      const answer = cache.getOrSet(
        'k',
        async (context) => {
          const value = await load.promise
          context.tags = [...context.tags, 'late']
          return value
        },
        { tags: ['t'] },
      )
      await settle()
      await change(cache)
      load.resolve('outdated')
      expect(await answer, name).toBe('outdated')
      expect(await cache.get('k'), name).toBe(after)
    }
  }
})

test('who comes after a change does not wait for the load from before it', async () => {
  const cache = createCache({ clock: fakeClock() })
  const old = held<string>()
  const before = cache.getOrSet('k', () => old.promise, { tags: ['t'] })
  await cache.delete('k')
  expect(await cache.getOrSet('k', () => 'new')).toBe('new')
  old.resolve('old')
  expect(await before).toBe('old')
  expect(await cache.get('k')).toBe('new')
})

test('a failed renewal is not tried again before the pause is over, in any process', async () => {
  const clock = fakeClock()
  const store = memoryStore({ clock })
  const caches = [0, 1].map(() => createCache({ clock, store }))
  const options = { ttl: '1m', staleIfError: '1h', retryAfter: '30s' }
  await caches[0]?.set('k', 'old', options)
  clock.advance(61_000)
  let loads = 0
  const ask = (cache: Cache) =>
    cache.getOrSet(
      'k',
      () => {
        loads++
        throw new Error('down')
      },
      options,
    )
  for (let round = 0; round < 50; round++) {
    for (const cache of caches) expect(await ask(cache)).toBe('old')
  }
  expect(loads).toBe(1)
  clock.advance(30_001)
  for (const cache of caches) expect(await ask(cache)).toBe('old')
  expect(loads).toBe(2)
})

test('a store that fails costs nothing but the hits it would have had', async () => {
  const clock = fakeClock()
  const events: CacheEvent[] = []
  const broken = async () => {
    throw new Error('disk on fire')
  }
  const store = {
    name: 'broken',
    getMany: broken,
    setMany: broken,
    deleteMany: broken,
    addMany: broken,
    replaceMany: broken,
    close: async () => {},
  }
  const cache = createCache({ clock, store, onEvent: (event) => events.push(event) })
  expect(await cache.getOrSet('k', () => 'loaded')).toBe('loaded')
  expect(await cache.get('other')).toBe(undefined)
  expect(cache.stats().store.errors).toBeGreaterThan(0)
  expect(events.some((event) => event.type === 'error')).toBe(true)
  await cache.set('k', 1)
  expect(cache.getSync('k')).toBe(1)
  expect(await cache.delete('k')).toBe(true)
  await cache.invalidate('tag')
  await cache.clear()
  await expect(cache.increment('n', 1, { initial: 0 })).rejects.toMatchObject({
    code: 'ERR_CACHE_STORE_DOWN',
  })
  expect(events.filter((event) => event.type === 'store')).toEqual([
    { type: 'store', cache: 'default', up: false },
  ])
  await cache.close()
})

test('a store that does not answer costs its deadline, once a call', async () => {
  const clock = fakeClock()
  const silent = () => new Promise<never>(() => {})
  const store = {
    name: 'silent',
    getMany: silent,
    setMany: silent,
    deleteMany: silent,
    close: async () => {},
  }
  const cache = createCache({ clock, store, storeTimeout: '200ms' })
  const answer = cache.getOrSet('k', () => 'loaded')
  await clock.pass(200)
  expect(await answer).toBe('loaded')
})

test('a slow store is waited for in all as long as two of its operations may take', async () => {
  const clock = fakeClock()
  const store = memoryStore({ clock })
  const slow = <T>(run: () => Promise<T>) =>
    new Promise<T>((resolve) => clock.schedule(190, () => resolve(run()), 'foreground'))
  const { getMany, setMany, addMany, replaceMany } = store
  const operations = vi.fn()
  const slowed = <A, T>(operation: ((argument: A) => Promise<T>) | undefined) => {
    return (argument: A) => {
      operations()
      return slow(() => (operation as (argument: A) => Promise<T>)(argument))
    }
  }
  const cache = createCache({
    clock,
    storeTimeout: '200ms',
    store: {
      ...store,
      getMany: slowed(getMany),
      setMany: slowed(setMany),
      addMany: slowed(addMany),
      replaceMany: slowed(replaceMany),
    },
  })
  const answer = cache.getOrSet('k', () => 'loaded', { tags: ['a', 'b'] })
  let answered = false
  void answer.then(() => {
    answered = true
  })
  await clock.pass(400)
  expect(answered).toBe(true)
  const asked = operations.mock.calls.length
  expect(await cache.getOrSet('another', () => 'loaded too')).toBe('loaded too')
  expect(operations).toHaveBeenCalledTimes(asked)
  await cache.close()
})

test('what the store has no room for is in memory, and the old value nowhere', async () => {
  const clock = fakeClock()
  const store = memoryStore({ clock })
  const events: CacheEvent[] = []
  const cache = createCache({ clock, store, onEvent: (event) => events.push(event) })
  const other = createCache({ clock, store })
  await cache.set('k', 'old')
  const { setMany, deleteMany } = store
  store.setMany = async (records) => {
    await deleteMany(records.map(({ key }) => key))
    return records.map(({ key }) => key)
  }
  await cache.set('k', 'new')
  expect(await cache.setMany([['k', 'newer']])).toEqual(['k'])
  expect(await cache.get('k')).toBe('newer')
  expect(await other.get('k')).toBe(undefined)
  const errors = events.flatMap((event) => (event.type === 'error' ? String(event.error) : []))
  expect(errors).toEqual(Array(2).fill(expect.stringContaining('no room for the value of "k"')))
  store.setMany = setMany
})

test('a slow store is not waited for as long where a stale value is at hand', async () => {
  const clock = fakeClock()
  const store = memoryStore({ clock })
  const { getMany } = store
  const cache = createCache({ clock, store, memory: { trust: null } })
  await cache.set('k', 'old', { ttl: 1_000, staleIfError: '1h' })
  await clock.pass(1_000)
  store.getMany = () => new Promise(() => {})
  const answer = cache.getOrSet('k', () => 'new')
  await clock.pass(99)
  let answered = false
  void answer.then(() => {
    answered = true
  })
  await clock.pass(0)
  expect(answered).toBe(false)
  await clock.pass(1)
  expect(await answer).toBe('new')
  store.getMany = getMany
  await cache.close()
})

test('events are not built when nobody listens, and a listener that throws breaks nothing', async () => {
  const cache = createCache({
    clock: fakeClock(),
    onEvent: () => {
      throw new Error('bad listener')
    },
    onRemove: () => {
      throw new Error('bad listener')
    },
  })
  expect(await cache.getOrSet('k', () => 1)).toBe(1)
  expect(await cache.delete('k')).toBe(true)
})

test('a load that nobody heard begin is timed by one clock, whoever hears it end', async () => {
  const clock = Object.assign(fakeClock(), { precise: () => 1_000 })
  const cache = createCache({ clock, name: 'timed' })
  const load = held<number>()
  const loaded = cache.getOrSet('k', () => load.promise)
  const ends: unknown[] = []
  const hear = (event: unknown) => {
    if ((event as CacheEvent).cache === 'timed')
      ends.push((event as { durationMs: number }).durationMs)
  }
  subscribe('hotset:load', hear)
  onTestFinished(() => void unsubscribe('hotset:load', hear))
  await clock.pass(20)
  load.resolve(1)
  await loaded
  expect(ends).toEqual([20])
  expect(cache.stats().loadMs).toBe(20)
})

test('a bulk loader is called once, for what is missing, with an answer for each', async () => {
  for (const cache of [createCache({ clock: fakeClock() }), withStore(fakeClock())]) {
    await cache.set('b', 'B')
    const loader = vi.fn(async (keys: readonly string[]) =>
      Object.fromEntries(keys.filter((key) => key !== 'd').map((key) => [key, key.toUpperCase()])),
    )
    const found = await cache.getOrSetMany(['a', 'b', 'c', 'd', 'a'], loader)
    expect([...found]).toEqual([
      ['a', 'A'],
      ['b', 'B'],
      ['c', 'C'],
    ])
    expect(loader.mock.calls.map(([keys]) => keys)).toEqual([['a', 'c', 'd']])
    expect(await cache.getOrSetMany(['a', 'c'], loader)).toEqual(
      new Map([
        ['a', 'A'],
        ['c', 'C'],
      ]),
    )
    expect(loader).toHaveBeenCalledTimes(1)
  }
})

test('bulk and single loads of the same keys at the same time share them', async () => {
  const cache = createCache({ clock: fakeClock() })
  const gate = held<void>()
  const single = vi.fn(async () => {
    await gate.promise
    return 'single'
  })
  const bulk = vi.fn(async (keys: readonly string[]) => {
    await gate.promise
    return new Map(keys.map((key) => [key, 'bulk']))
  })
  const one = cache.getOrSet('a', single)
  const many = cache.getOrSetMany(['a', 'b'], bulk)
  const other = cache.getOrSet('b', single)
  gate.resolve()
  expect(await one).toBe('single')
  expect(await many).toEqual(
    new Map([
      ['a', 'single'],
      ['b', 'bulk'],
    ]),
  )
  expect(await other).toBe('bulk')
  expect(bulk.mock.calls.map(([keys]) => keys)).toEqual([['b']])
  expect(single).toHaveBeenCalledTimes(1)
})

test('closing waits for what goes on in the background', async () => {
  const clock = fakeClock()
  const cache = createCache({ clock })
  await cache.set('k', 'old', { ttl: '1m', staleWhileRevalidate: '1h' })
  clock.advance(61_000)
  const load = held<string>()
  expect(await cache.getOrSet('k', () => load.promise)).toBe('old')
  let closed = false
  const closing = cache.close().then(() => {
    closed = true
  })
  await settle()
  expect(closed).toBe(false)
  load.resolve('new')
  await closing
  await expect(cache.get('k')).rejects.toMatchObject({ code: 'ERR_CACHE_CLOSED' })
  expect(clock.pending()).toBe(0)
})

test('bulk loads that join each other do not wait for each other', async () => {
  const cache = createCache({ clock: fakeClock() })
  const bulk = async (keys: readonly string[]) => new Map(keys.map((key) => [key, `new ${key}`]))
  const first = held<string>()
  const old = cache.getOrSet('b', () => first.promise, { tags: ['t'] })
  await cache.invalidate('t')
  // Loads a, and waits for the old b, which will be no answer to it.
  const one = cache.getOrSetMany(['a', 'b'], bulk, { tags: ['t'] })
  await cache.delete('b')
  // Loads b, and waits for that a.
  const two = cache.getOrSetMany(['b', 'a'], bulk, { tags: ['t'] })
  first.resolve('old b')
  expect(await old).toBe('old b')
  expect((await one).get('b')).toBe('new b')
  expect((await two).get('a')).toBe('new a')
})

test('a refresh that fails is told, and leaves what is there', async () => {
  for (const cache of [createCache({ clock: fakeClock() }), withStore(fakeClock())]) {
    await cache.set('k', 'fresh', { ttl: '1m', staleIfError: '1h' })
    const down = new Error('down')
    const failing = () => Promise.reject(down)
    await expect(cache.getOrSet('k', failing, { refresh: true })).rejects.toBe(down)
    expect(await cache.get('k')).toBe('fresh')
    expect(await cache.getOrSet('k', () => 'new', { refresh: true })).toBe('new')
    expect(await cache.get('k')).toBe('new')
  }
})

test('what cannot be opened costs nothing but its hits', async () => {
  for (const scheme of ['lmdb', 'file']) {
    const onEvent = () => {}
    const cache = createCache({ store: `${scheme}:/dev/null/not-a-directory`, onEvent })
    expect(await cache.getOrSet('k', () => 'loaded')).toBe('loaded')
    expect(await cache.get('k')).toBe('loaded')
    await cache.set('k', 1)
    expect(await cache.get('k')).toBe(1)
    await cache.close()
  }
})
