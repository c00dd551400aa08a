import fc from 'fast-check'
import { describe, expect, onTestFinished, test } from 'vitest'
import { memoryHub } from '../../src/buses/memory.ts'
import type { Store } from '../../src/contracts/store.ts'
import { ConfigError, createCache, createCaches } from '../../src/index.ts'
import { memoryStore } from '../../src/stores/memory.ts'
import { health } from '../../src/telemetry/health.ts'
import { fakeClock } from '../../src/testing/fake-clock.ts'
import { faultyBus } from '../../src/testing/faulty-bus.ts'
import { startMemcached } from '../servers/memcached.ts'
import { startRedis, tell } from '../servers/redis.ts'
import { eventually, type Server } from '../servers/start-server.ts'
import { temporaryDirectory } from '../unit/temporary-directory.ts'

type Fate = 'works' | 'fails' | 'hangs' | 'refuses'
const fates = ['works', 'fails', 'hangs', 'refuses'] as const

/** A store whose verbs do what is said. */
function fated(store: Store, writing: Fate, deleting: Fate): Store {
  const meet = async <T>(fate: Fate, act: () => Promise<T>, refused: T): Promise<T> => {
    if (fate === 'hangs') return new Promise(() => {})
    if (fate === 'fails') throw Object.assign(new Error('10.0.0.3 is away'), { code: 'EAWAY' })
    return fate === 'refuses' ? refused : act()
  }
  return {
    name: store.name,
    getMany: (keys) => store.getMany(keys),
    setMany: (records) =>
      meet(
        writing,
        () => store.setMany(records),
        records.map(({ key }) => key),
      ),
    deleteMany: (keys) =>
      meet(
        deleting,
        () => store.deleteMany(keys),
        keys.map(() => false),
      ),
    usage: () =>
      meet(deleting, async () => ({ entries: 0, bytes: 0, maxBytes: Infinity }), {
        entries: 0,
        bytes: 0,
        maxBytes: 0,
      }),
    close: () => store.close(),
  }
}

test('memory alone is up, and has no store to ask', async () => {
  const clock = fakeClock()
  expect(await health(createCache({ clock }), { clock })).toEqual({
    status: 'up',
    caches: { default: { status: 'up', problems: [], roundTripMs: undefined } },
  })
  expect(clock.pending()).toBe(0)
})

test('whatever becomes of the record, the answer is there in time, and says so', async () => {
  const fate = fc.constantFrom(...fates)
  await fc.assert(
    fc.asyncProperty(fate, fate, fc.boolean(), async (writing, deleting, remembers) => {
      const clock = fakeClock()
      const kept = memoryStore({ clock })
      const cache = createCache({
        ...{ clock, store: fated(kept, writing, deleting), onEvent: () => {} },
        memory: remembers ? {} : false,
      })
      await cache.get('opened by it')
      const answer = health(cache, { timeout: '2s', clock })
      await clock.pass(2_000)
      const { status, caches } = await answer
      const [own] = Object.values(caches)
      const works = writing === 'works' && deleting === 'works'
      expect(own?.status).toBe(works ? 'up' : remembers ? 'degraded' : 'down')
      expect(status).toBe(own?.status)
      const first = writing === 'works' || writing === 'refuses' ? deleting : writing
      const code =
        first === 'fails'
          ? 'EAWAY'
          : first === 'hangs'
            ? 'ERR_CACHE_STORE_TIMEOUT'
            : 'ERR_CACHE_STORE'
      expect(own?.problems).toEqual(works ? [] : [`store: ${code}`])
      expect(own?.roundTripMs).toBe(works ? 0 : undefined)
      expect(clock.pending('foreground')).toBe(0)
      // Nothing is left behind for long.
      await clock.pass(60_000)
      for await (const key of kept.scan?.('') ?? []) expect.unreachable(key)
    }),
    { examples: fates.flatMap((a) => fates.map((b): [Fate, Fate, boolean] => [a, b, false])) },
  )
})

test('what cannot be used at all is down, although it has memory', async () => {
  const closed = createCache()
  await closed.close()
  const misnamed = createCache({
    ...{ name: 'misnamed', store: 'redis+sentinel://127.0.0.1' },
    storeTimeout: null,
  })
  const { status, caches } = await health([closed, misnamed], { timeout: '1m' })
  expect(status).toBe('down')
  expect(caches).toMatchObject({
    default: { status: 'down', problems: ['store: ERR_CACHE_CLOSED'] },
    misnamed: { status: 'down', problems: ['store: ERR_CACHE_CONFIG'] },
  })
  expect((await health(createCache({ enabled: false }))).status).toBe('up')
})

test('of several caches the worst counts, also of two with one name', async () => {
  const clock = fakeClock()
  const good = () => createCache({ clock, store: memoryStore({ clock }) })
  const store = fated(memoryStore({ clock }), 'fails', 'fails')
  const broken = createCache({ clock, store })
  for (const caches of [
    [broken, good()],
    [good(), broken],
  ]) {
    expect((await health(caches, { clock })).caches.default?.status).toBe('degraded')
  }
  const named = createCaches({ default: {}, pages: { store } })
  const { status, caches } = await health(named)
  expect(status).toBe('degraded')
  expect(caches.default?.status).toBe('up')
  expect(caches.pages?.status).toBe('degraded')
  expect(await health([])).toEqual({ status: 'up', caches: {} })
})

test('a bus that does not hear the others degrades', async () => {
  const clock = fakeClock()
  let isCut = false
  const bus = faultyBus(memoryHub().connect(), { arriving: () => (isCut ? 'lose' : 'deliver') })
  const cache = createCache({ clock, store: memoryStore({ clock }), bus })
  await cache.get('opened by it')
  expect((await health(cache, { clock })).status).toBe('up')
  isCut = true
  await clock.pass(60_000)
  expect((await health(cache, { clock })).caches.default).toEqual({
    status: 'degraded',
    problems: ['bus: not heard'],
    roundTripMs: 0,
  })
  isCut = false
  await clock.pass(60_000)
  expect((await health(cache, { clock })).status).toBe('up')
  await cache.close()
})

test('a timeout that is none is refused', async () => {
  await expect(health(createCache(), { timeout: 'soon' as never })).rejects.toThrow(ConfigError)
})

describe('of real stores', () => {
  const stores: Record<string, () => Promise<string>> = {
    Redis: async () => `redis://127.0.0.1:${(await started(startRedis())).port}`,
    Memcached: async () => `memcached://127.0.0.1:${(await started(startMemcached())).port}`,
    files: async () => `file:${temporaryDirectory()}`,
    lmdb: async () => `lmdb:${temporaryDirectory()}`,
    SQLite: async () => `sqlite:${temporaryDirectory()}/cache.db`,
  }
  test.each(Object.entries(stores))('%s is up', async (_, start) => {
    await using cache = createCache({ store: await start() })
    // To open it may take a slow machine more than its deadline.
    const { caches } = await eventually(
      () => health(cache),
      ({ status }) => status === 'up',
    )
    const own = caches.default
    expect(own).toEqual({ status: 'up', problems: [], roundTripMs: expect.any(Number) })
    expect(own?.roundTripMs).toBeGreaterThan(0)
  })

  test('Redis is frozen, has no room, takes no writes, and is there again', async () => {
    const server = await started(startRedis())
    const store = `redis://127.0.0.1:${server.port}`
    await using cache = createCache({ store })
    await using alone = createCache({ name: 'alone', store, memory: false })
    const statuses = async () =>
      Object.values((await health([cache, alone])).caches).map(({ status }) => status)
    const is = (...wanted: string[]) =>
      eventually(statuses, (found) => found.join() === wanted.join())
    await is('up', 'up')
    expect(await tell(server.port, 'DBSIZE')).toBe(0)

    await server.kill('SIGSTOP')
    expect(await statuses()).toEqual(['degraded', 'down'])
    await server.kill('SIGCONT')
    await is('up', 'up')

    await tell(server.port, 'CONFIG', 'SET', 'maxmemory', '1')
    expect(await statuses()).toEqual(['degraded', 'down'])
    await tell(server.port, 'CONFIG', 'SET', 'maxmemory', '0')
    await is('up', 'up')

    await tell(server.port, 'REPLICAOF', '127.0.0.1', '1')
    expect(await statuses()).toEqual(['degraded', 'down'])
    await tell(server.port, 'REPLICAOF', 'NO', 'ONE')
    await is('up', 'up')
  })
})

async function started(server: Promise<Server>): Promise<Server> {
  const running = await server
  onTestFinished(() => running.stop())
  return running
}
