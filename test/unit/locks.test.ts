import { expect, test } from 'vitest'
import { memoryHub } from '../../src/buses/memory.ts'
import type { CacheEvent } from '../../src/contracts/events.ts'
import type { Store } from '../../src/contracts/store.ts'
import type { CacheOptions } from '../../src/core/cache-options.ts'
import { Keyspace } from '../../src/core/keyspace.ts'
import { createCache } from '../../src/index.ts'
import { LockLostError, LockTimeoutError } from '../../src/kernel/errors.ts'
import { memoryStore } from '../../src/stores/memory.ts'
import { fakeClock } from '../../src/testing/fake-clock.ts'

/** A cache over a store that fails when it is told to, and is asked nothing while it is down. */
function cacheOnStore(more: Partial<CacheOptions> = {}) {
  const clock = fakeClock()
  const memory = memoryStore({ clock })
  const faults = { fail: false }
  const failing =
    <A extends unknown[], R>(run: (...args: A) => Promise<R>) =>
    async (...args: A) => {
      if (faults.fail) throw new Error('no such server')
      return run(...args)
    }
  const { addMany, replaceMany } = memory as Required<Store>
  const store: Store = {
    name: 'faulty',
    getMany: failing((keys) => memory.getMany(keys)),
    setMany: failing((records) => memory.setMany(records)),
    deleteMany: failing((keys) => memory.deleteMany(keys)),
    addMany: failing((records) => addMany.call(memory, records)),
    replaceMany: failing((changes) => replaceMany.call(memory, changes)),
    close: async () => {},
  }
  const events: CacheEvent[] = []
  const onEvent = (event: CacheEvent) => void events.push(event)
  const open = () => createCache({ clock, store, onEvent, ...more })
  return { clock, store, faults, events, open, cache: open() }
}

const code = (name: string) => expect.objectContaining({ code: name })

test('a lock has one holder, and its own holder alone extends and releases it', async () => {
  const { cache, clock } = cacheOnStore()
  const lock = cache.lock('job', { ttl: 100 })
  const hold = await lock.acquire()
  expect([hold.isHeld, hold.name, hold.expiresAt]).toEqual([true, 'job', clock.now() + 100])
  expect(await lock.tryAcquire()).toBeUndefined()
  clock.advance(60)
  await hold.extend()
  clock.advance(60)
  expect(await lock.tryAcquire()).toBeUndefined()
  await hold.extend('1s')
  expect(hold.expiresAt).toBe(clock.now() + 1000)
  expect(await hold.release()).toBe(true)
  const next = await lock.tryAcquire()
  expect(await hold.release()).toBe(false)
  await expect(hold.extend()).rejects.toThrow(LockLostError)
  expect(next?.isHeld).toBe(true)
  expect(next?.owner).not.toBe(hold.owner)
})

test('who overstays loses it: the signal aborts, and the next one has a greater fence', async () => {
  const { cache, clock } = cacheOnStore()
  const lock = cache.lock('job', { ttl: 100 })
  const hold = await lock.acquire()
  clock.advance(100)
  expect([hold.isHeld, hold.signal.aborted]).toEqual([false, true])
  expect(hold.signal.reason).toBeInstanceOf(LockLostError)
  const next = await lock.acquire()
  expect(next.fence).toBeGreaterThan(hold.fence)
  expect(await hold.release()).toBe(false)
  expect(next.isHeld).toBe(true)
  expect(await lock.tryAcquire()).toBeUndefined()
})

test('a release is no loss', async () => {
  const { cache, clock } = cacheOnStore()
  const hold = await cache.lock('job', { ttl: 100, autoExtend: true }).acquire()
  await hold.release()
  await clock.pass(200)
  expect(hold.signal.aborted).toBe(false)
})

test('fences grow over all caches of a store, whatever is cleared or expires', async () => {
  const { cache, clock, open } = cacheOnStore()
  const fences: number[] = []
  for (let round = 0; round < 3; round++) {
    for (const each of [cache, open()]) {
      const hold = await each.lock('job', { ttl: 50 }).acquire()
      fences.push(hold.fence)
      if (round === 1) clock.advance(50)
      else await hold.release()
      await each.clear()
    }
  }
  expect(fences).toEqual([...new Set(fences)].sort((a, b) => a - b))
  await clock.pass(10 * 3_600_000)
  expect((await cache.lock('job').acquire()).fence).toBeGreaterThan(fences.at(-1) ?? 0)
})

test.each([
  ['memory alone', () => createCache({ clock: fakeClock() })],
  ['a store', () => cacheOnStore().cache],
])('clearing the cache frees no lock and forgets no count: %s', async (_, open) => {
  const cache = open()
  const hold = await cache.lock('job').acquire()
  const rate = cache.rateLimit('calls', { limit: 1, window: '1m' })
  await rate.take('somebody')
  await cache.clear()
  expect(await cache.lock('job').tryAcquire()).toBeUndefined()
  expect(await hold.release()).toBe(true)
  expect((await rate.take('somebody')).allowed).toBe(false)
})

test('locks, semaphores, limits and entries of one name are different, as are those of namespaces', async () => {
  const { cache } = cacheOnStore()
  await cache.lock('job').acquire()
  await cache.semaphore('job', 1).acquire({ wait: 0 })
  await cache.namespace('a').lock('job').acquire({ wait: 0 })
  await cache.namespace('b').lock('job').acquire({ wait: 0 })
  expect((await cache.rateLimit('job', { limit: 1, window: 1000 }).take('job')).allowed).toBe(true)
  expect(await cache.has('job')).toBe(false)
  expect(await cache.has('lock:job')).toBe(false)
})

test('who waits is refused after the time, or at once without', async () => {
  const { cache, clock } = cacheOnStore()
  const lock = cache.lock('job', { ttl: '1h', wait: 500 })
  await lock.acquire()
  const begun = clock.now()
  const waits = lock.acquire().catch((error) => [error, clock.now() - begun])
  const behind = lock.acquire({ wait: 50 }).catch((error) => [error, clock.now() - begun])
  await expect(lock.acquire({ wait: 0 })).rejects.toThrow(LockTimeoutError)
  await clock.pass(1000)
  expect(await waits).toEqual([expect.any(LockTimeoutError), 500])
  expect(await behind).toEqual([expect.any(LockTimeoutError), 50])
  await expect(lock.acquire({ wait: 0 })).rejects.toThrow(LockTimeoutError)
  expect(clock.pending('foreground')).toBe(0)
})

test('who gives up while waiting, or had before, has nothing', async () => {
  const { cache, clock } = cacheOnStore()
  const lock = cache.lock('job', { ttl: '1h', wait: Infinity })
  const hold = await lock.acquire()
  const controller = new AbortController()
  const waits = lock.acquire({ signal: controller.signal })
  const rejected = expect(waits).rejects.toBe('enough')
  await clock.pass(10)
  controller.abort('enough')
  await rejected
  await expect(lock.acquire({ signal: controller.signal })).rejects.toBe('enough')
  expect(clock.pending('foreground')).toBe(0)
  await hold.release()
  expect(await lock.tryAcquire()).toBeDefined()
})

test('who gives up in the moment of success gives it back', async () => {
  const { cache } = cacheOnStore()
  const lock = cache.lock('job')
  const controller = new AbortController()
  const call = lock.acquire({ signal: controller.signal })
  controller.abort('enough')
  await expect(call).rejects.toBe('enough')
  expect(await lock.tryAcquire()).toBeDefined()
})

test('a release wakes who waits: here, and by the bus elsewhere, before any time has passed', async () => {
  for (const count of [1, 2]) {
    const hub = memoryHub()
    const clock = fakeClock()
    const store = memoryStore({ clock })
    const caches = [0, 1].map(() => createCache({ clock, store, bus: hub.connect() }))
    const hold = await caches[0]?.lock('job').acquire()
    const waits = caches[count - 1]?.lock('job').acquire()
    await clock.pass(0)
    await hold?.release()
    const next = await waits
    expect(next?.isHeld).toBe(true)
    expect(clock.now()).toBe(fakeClock().now())
  }
})

test('a lock that extends itself stays, however long the work takes', async () => {
  const { cache, clock } = cacheOnStore()
  const lock = cache.lock('job', { ttl: 300, autoExtend: true })
  const hold = await lock.acquire()
  await clock.pass(10_000)
  expect([hold.isHeld, hold.signal.aborted]).toEqual([true, false])
  expect(await lock.tryAcquire()).toBeUndefined()
  expect(await hold.release()).toBe(true)
  expect(clock.pending()).toBe(0)
})

test('it is tried again while the store fails, and lost when that lasts; an outage is no release', async () => {
  const { cache, clock, faults, events } = cacheOnStore()
  const lock = cache.lock('job', { ttl: 3_000, autoExtend: true })
  const hold = await lock.acquire()
  faults.fail = true
  await clock.pass(2_500)
  expect(hold.isHeld).toBe(true)
  await expect(hold.extend()).rejects.toEqual(code('ERR_CACHE_STORE'))
  await expect(hold.release()).rejects.toEqual(code('ERR_CACHE_STORE_DOWN'))
  await expect(lock.tryAcquire()).rejects.toEqual(code('ERR_CACHE_STORE_DOWN'))
  await expect(lock.acquire()).rejects.toEqual(code('ERR_CACHE_STORE_DOWN'))
  expect(hold.isHeld).toBe(true)
  await clock.pass(500)
  expect([hold.isHeld, hold.signal.aborted]).toEqual([false, true])
  expect(events.some(({ type }) => type === 'error')).toBe(true)
  faults.fail = false
  await clock.pass(2_000)
  expect(await lock.tryAcquire()).toBeDefined()
})

test('an extension recovers when the store does', async () => {
  const { cache, clock, faults } = cacheOnStore()
  const hold = await cache.lock('job', { ttl: 9_000, autoExtend: true }).acquire()
  await clock.pass(2_000)
  faults.fail = true
  await clock.pass(2_000)
  faults.fail = false
  await clock.pass(60_000)
  expect(hold.isHeld).toBe(true)
})

test('what is being given up is extended no more, even if that fails', async () => {
  const { clock, store, faults } = cacheOnStore()
  let open = () => {}
  const gate = new Promise<void>((resolve) => {
    open = resolve
  })
  const gated: Store = {
    ...store,
    async replaceMany(changes) {
      const answer = await store.replaceMany?.(changes)
      await gate
      return answer ?? []
    },
  }
  const cache = createCache({ clock, store: gated, storeTimeout: '1h' })
  const hold = await cache.lock('job', { ttl: 300, autoExtend: true }).acquire()
  await clock.pass(100)
  const release = expect(hold.release()).rejects.toEqual(code('ERR_CACHE_STORE'))
  faults.fail = true
  open()
  await release
  faults.fail = false
  await clock.pass(1_000)
  expect([hold.isHeld, hold.signal.aborted]).toEqual([false, true])
})

test('a lock that somebody took out of the store is lost when that is noticed', async () => {
  const { cache, clock, store } = cacheOnStore()
  const hold = await cache.lock('job', { ttl: 300, autoExtend: true }).acquire()
  await store.deleteMany(['default:!:lock:job'])
  await clock.pass(100)
  expect([hold.isHeld, hold.signal.aborted]).toEqual([false, true])
  await expect(hold.extend()).rejects.toThrow(LockLostError)
})

test('run answers what its work answers, fails with it, and frees the lock', async () => {
  const { cache, clock, faults } = cacheOnStore()
  const lock = cache.lock('job', { ttl: 100 })
  expect(await lock.run((hold) => hold.isHeld)).toBe(true)
  await expect(lock.run(() => Promise.reject(new RangeError('bad')))).rejects.toThrow(RangeError)
  await expect(lock.run(() => clock.advance(100))).rejects.toThrow(LockLostError)
  const kept = await lock.run(() => {
    faults.fail = true
    return 'done'
  })
  expect(kept).toBe('done')
})

test('a hold is disposed of', async () => {
  const { cache } = cacheOnStore()
  const hold = await cache.lock('job').acquire()
  await hold[Symbol.asyncDispose]()
  await hold[Symbol.asyncDispose]()
  expect(await cache.lock('job').tryAcquire()).toBeDefined()
})

test('what was given away so late that it is over is not held', async () => {
  const { clock, store } = cacheOnStore()
  let late = 200
  const slow: Store = {
    ...store,
    async addMany(records) {
      clock.advance(late)
      return (await store.addMany?.(records)) ?? []
    },
    async replaceMany(changes) {
      clock.advance(late)
      late = 0
      return (await store.replaceMany?.(changes)) ?? []
    },
  }
  const cache = createCache({ clock, store: slow, storeTimeout: '1h' })
  expect(await cache.lock('job', { ttl: 100 }).tryAcquire()).toBeUndefined()
  const hold = await cache.lock('job', { ttl: 100 }).acquire()
  expect(hold.expiresAt).toBe(clock.now() + 100)
})

test('a semaphore has so many holders, each with an end of its own', async () => {
  const { cache, clock } = cacheOnStore()
  const two = cache.semaphore('downloads', 2, { ttl: 100, wait: 0 })
  await two.acquire()
  clock.advance(60)
  const second = await two.acquire()
  await expect(two.acquire()).rejects.toThrow(LockTimeoutError)
  clock.advance(40)
  await two.acquire()
  await expect(two.acquire()).rejects.toThrow(LockTimeoutError)
  expect(await second.release()).toBe(true)
  await two.acquire()
})

test('where mutual exclusion cannot be had it is not pretended', async () => {
  const { clock, store } = cacheOnStore()
  const { name, getMany, setMany, deleteMany, close } = store
  const plain = createCache({ clock, store: { name, getMany, setMany, deleteMany, close } })
  await expect(plain.lock('job').acquire()).rejects.toEqual(code('ERR_CACHE_STORE'))
  const disabled = createCache({ clock, store, enabled: false })
  await expect(disabled.lock('job').acquire()).rejects.toEqual(code('ERR_CACHE_STORE_DOWN'))
  const damaged = createCache({ clock, store })
  const record = { key: 'default:!:lock:job', value: new Uint8Array(40), expiresAt: Infinity }
  await store.setMany([record])
  await expect(damaged.lock('job').acquire()).rejects.toEqual(code('ERR_CACHE_STORE'))
  const closed = createCache({ clock })
  await closed.close()
  await expect(closed.lock('job').acquire()).rejects.toEqual(code('ERR_CACHE_CLOSED'))
})

test('a bounded store gives up anything else before a lock', async () => {
  const { clock, store } = cacheOnStore()
  const written: (boolean | undefined)[] = []
  const watched: Store = {
    ...store,
    async addMany(records) {
      written.push(...records.map(({ keep }) => keep))
      return (await store.addMany?.(records)) ?? []
    },
  }
  const cache = createCache({ clock, store: watched })
  await cache.lock('job').acquire()
  await cache.rateLimit('calls', { limit: 1, window: 1000 }).take('somebody')
  expect(written).toEqual([true, false])
})

test('options that make no sense are refused', async () => {
  const { cache } = cacheOnStore()
  expect(() => cache.lock('')).toThrow(/`name`/)
  expect(() => cache.lock('x'.repeat(5000))).toThrow(/key/)
  expect(() => cache.lock('job', { ttl: 0 })).toThrow(/`ttl`/)
  expect(() => cache.lock('job', { ttl: Infinity })).toThrow(/`ttl`/)
  expect(() => cache.lock('job', { wait: -1 })).toThrow(/`wait`/)
  expect(() => cache.lock('job', { tll: 5 } as object)).toThrow(/`tll`/)
  expect(() => cache.semaphore('job', 0)).toThrow(/`permits`/)
  await expect(cache.lock('job').acquire({ wiat: 5 } as object)).rejects.toThrow(/`wiat`/)
})

test('a change of a lock in the store is known by its key, which no entry can have', () => {
  for (const space of [new Keyspace('c', 1), new Keyspace('c', 1).namespace('a').namespace('b')]) {
    const { memoryKey, physicalKey } = space.register('lock:a:b')
    expect(space.nameOf(physicalKey)).toEqual({ memoryKey })
    expect(space.prefixes.some((prefix) => physicalKey.startsWith(prefix))).toBe(true)
    for (const key of ['lock:a:b', '!:lock:a:b', memoryKey, physicalKey]) {
      expect(space.memoryKey(key, undefined)).not.toBe(memoryKey)
      expect(space.physicalKey(key, undefined)).not.toBe(physicalKey)
    }
  }
})

test.each([600_000, 5_000, 200])(
  'what was extended by hand to %i ms is extended on from there',
  async (ttl) => {
    const { cache, clock } = cacheOnStore()
    const hold = await cache.lock('job', { ttl: 3_000, autoExtend: true }).acquire()
    await hold.extend(ttl)
    const until = hold.expiresAt
    await clock.pass(Math.min(ttl - 100, 2_500))
    expect(hold.expiresAt).toBeGreaterThanOrEqual(until)
    await clock.pass(700_000)
    expect(hold.isHeld).toBe(true)
  },
)
