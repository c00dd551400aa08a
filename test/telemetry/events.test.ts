import fc from 'fast-check'
import { expect, onTestFinished, test } from 'vitest'
import type { Cache, Stats } from '../../src/contracts/cache.ts'
import type { CacheEvent } from '../../src/contracts/events.ts'
import { createCache } from '../../src/index.ts'
import { channels } from '../../src/kernel/channels.ts'
import { memoryStore } from '../../src/stores/memory.ts'
import { subscribe } from '../../src/telemetry/subscribe.ts'
import { type FakeClock, fakeClock, settle } from '../../src/testing/fake-clock.ts'
import { eventTypes, hear } from './heard.ts'

interface World {
  readonly cache: Cache
  readonly clock: FakeClock
}

type Step = readonly [name: string, run: (world: World) => unknown]

const key = fc.constantFrom('a', 'b', 'user:1', 'user:2')
const down = new Error('the database is down')
const options = { ttl: 1000, staleWhileRevalidate: 300, staleIfError: 5000, tags: ['t'] }

const step: fc.Arbitrary<Step> = fc.oneof(
  key.map((k) => ['get', ({ cache }: World) => cache.get(k)] as const),
  key.map((k) => ['getSync', ({ cache }: World) => cache.getSync(k)] as const),
  key.map((k) => ['lookup', ({ cache }: World) => cache.lookup(k)] as const),
  key.map((k) => ['has', ({ cache }: World) => cache.has(k)] as const),
  fc
    .subarray(['a', 'b', 'c'])
    .map((k) => ['getMany', ({ cache }: World) => cache.getMany(k)] as const),
  key.map((k) => ['load', ({ cache }: World) => cache.getOrSet(k, () => 1, options)] as const),
  key.map(
    (k) =>
      [
        'fail',
        ({ cache }: World) => cache.getOrSet(k, () => Promise.reject(down), options),
      ] as const,
  ),
  key.map(
    (k) => ['skip', ({ cache }: World) => cache.getOrSet(k, (c) => c.skip(), options)] as const,
  ),
  fc
    .subarray(['a', 'b', 'c'])
    .map(
      (k) =>
        ['bulk', ({ cache }: World) => cache.getOrSetMany(k, () => new Map([['a', 1]]))] as const,
    ),
  key.map(
    (k) =>
      [
        'storm',
        async ({ cache, clock }: World) => {
          const slow = () =>
            new Promise((resolve) => void clock.schedule(5, () => resolve(1), 'foreground'))
          const all = Promise.all([1, 2, 3].map(() => cache.getOrSet(k, slow, options)))
          await clock.pass(10)
          await all
        },
      ] as const,
  ),
  key.map((k) => ['set', ({ cache }: World) => cache.set(k, 1, options)] as const),
  key.map((k) => ['add', ({ cache }: World) => cache.add(k, 1, options)] as const),
  key.map(
    (k) => ['increment', ({ cache }: World) => cache.increment(k, 1, { initial: 0 })] as const,
  ),
  key.map((k) => ['touch', ({ cache }: World) => cache.touch(k, { ttl: 500 })] as const),
  key.map((k) => ['expire', ({ cache }: World) => cache.expire(k)] as const),
  key.map((k) => ['take', ({ cache }: World) => cache.take(k)] as const),
  key.map((k) => ['delete', ({ cache }: World) => cache.delete(k)] as const),
  key.map(
    (k) =>
      ['namespace', ({ cache }: World) => cache.namespace('shop').getOrSet(k, () => 1)] as const,
  ),
  fc.constant(['invalidate', ({ cache }: World) => cache.invalidate('t')] as const),
  fc.constant(['clear', ({ cache }: World) => cache.clear()] as const),
  fc
    .constantFrom(100, 700, 1200)
    .map((ms) => ['pass', ({ clock }: World) => clock.pass(ms)] as const),
)

/** What the events say that the counters should say. */
function counted(events: readonly CacheEvent[]) {
  const of = (test: (event: CacheEvent) => boolean) => events.filter(test).length
  const read = (outcome: string, tier: string) =>
    of((e) => e.type === 'read' && e.outcome === outcome && e.tier === tier)
  const removed = (reason: string) => of((e) => e.type === 'remove' && e.reason === reason)
  return {
    memory: [read('hit', 'memory'), read('stale', 'memory')],
    store: [read('hit', 'store'), read('stale', 'store')],
    misses: of((e) => e.type === 'read' && e.outcome === 'miss'),
    coalesced: of((e) => e.type === 'read' && e.outcome === 'coalesced'),
    joins: of((e) => e.type === 'join'),
    loads: of((e) => e.type === 'load-start'),
    failures: of((e) => e.type === 'load' && 'error' in e),
    removals: ['evicted', 'expired', 'deleted', 'invalidated'].map(removed),
  }
}

function expected({ memory, store, ...stats }: Stats): ReturnType<typeof counted> {
  const { evicted, expired, deleted, invalidated } = memory.removals
  return {
    memory: [memory.hits, memory.stale],
    store: [store.hits, store.stale],
    misses: stats.misses,
    coalesced: stats.coalesced,
    joins: stats.coalesced,
    loads: stats.loads,
    failures: stats.loadFailures,
    removals: [evicted, expired, deleted, invalidated],
  }
}

async function perform(steps: readonly Step[], cache: Cache, clock: FakeClock): Promise<void> {
  for (const [, run] of steps) {
    let isDone = false
    const done = () => {
      isDone = true
    }
    Promise.resolve(run({ cache, clock })).then(done, done)
    // Some wait, such as for a lease that is on its way back.
    for (await settle(); !isDone; await settle()) await clock.pass(10)
  }
  await clock.pass(20_000)
}

for (const place of ['memory alone', 'a store behind it'] as const) {
  test(`events say what the counters say: ${place}`, async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 40 }), async (steps) => {
        const clock = fakeClock()
        const told: CacheEvent[] = []
        const store = place === 'memory alone' ? {} : { store: memoryStore({ clock }) }
        const cache = createCache({
          ...{ clock, ...store, memory: { maxEntries: 3 } },
          onEvent: (event) => void told.push(event),
        })
        const heard = hear()
        await perform(steps, cache, clock)
        heard.stop()
        await cache.close()
        expect(counted(heard.events)).toEqual(expected(cache.stats()))
        expect(heard.events).toEqual(told)
        consistent(heard.events)
      }),
      { numRuns: 150 },
    )
  })
}

/** What must hold of the events among themselves. */
function consistent(events: readonly CacheEvent[]): void {
  const started = new Set<unknown>()
  const ended = new Set<unknown>()
  for (const event of events) {
    if (event.type === 'load-start') started.add(event)
    if (event.type === 'load') {
      expect(started).toContain(event.start)
      expect(ended).not.toContain(event.start)
      ended.add(event.start)
    }
    if (event.type === 'join') expect(event.load === undefined || ended.has(event.load)).toBe(true)
    if (event.type === 'read') {
      expect(event.durationMs).toBeGreaterThanOrEqual(0)
      if (event.tier === undefined) continue
      expect(event.age).toBeGreaterThanOrEqual(0)
      if (event.tier === 'memory' && event.outcome === 'hit') expect(event.durationMs).toBe(0)
    }
  }
}

test('where nobody listens nothing is built, published or timed', async () => {
  let published = 0
  let timed = 0
  for (const type of eventTypes) {
    const channel = channels[type]
    Object.defineProperty(channel, 'publish', { value: () => published++, configurable: true })
    onTestFinished(() => void Reflect.deleteProperty(channel, 'publish'))
  }
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
      const clock = fakeClock()
      const precise = () => {
        timed++
        return clock.now()
      }
      const cache = createCache({ clock: { ...clock, precise }, store: memoryStore({ clock }) })
      await perform(steps, cache, clock)
      // A load is timed for `stats()`, twice.
      const { loads } = cache.stats()
      expect(timed).toBeLessThanOrEqual(2 * loads)
      timed = 0
      await cache.close()
    }),
    { numRuns: 50 },
  )
  const told: CacheEvent[] = []
  await createCache({ onEvent: (event) => void told.push(event) }).set('key', 1)
  expect(told.map(({ type }) => type)).toContain('write')
  expect(published).toBe(0)
  // The same channels, heard: this test can count.
  const stop = subscribe({ write() {} })
  await createCache().set('key', 1)
  stop()
  expect(published).toBe(1)
})

test('each type of event reaches its own channel alone', async () => {
  const clock = fakeClock()
  const heard = hear(['write'])
  const cache = createCache({ clock })
  await cache.set('a', 1)
  await cache.getOrSet('b', () => 1)
  await cache.delete('a')
  expect(heard.events).toEqual([
    { type: 'write', cache: 'default', namespace: undefined, key: 'a', value: 1 },
  ])
})

test('a listener that throws is nobody else’s failure', async () => {
  const stop = subscribe({
    read() {
      throw new Error('a listener is broken')
    },
  })
  onTestFinished(stop)
  const cache = createCache()
  await cache.set('a', 1)
  expect(cache.getSync('a')).toBe(1)
  expect(await cache.get('a')).toBe(1)
})

test('a loader runs inside of what listeners put around it, and one that fails does not keep it from running', async () => {
  const order: string[] = []
  const stop = subscribe({
    'load-start'(event) {
      event.around((body) => {
        order.push('inner')
        return body()
      })
      event.around(() => {
        throw new Error('a listener is broken')
      })
      event.around((body) => {
        order.push('outer')
        return body()
      })
    },
  })
  onTestFinished(stop)
  const cache = createCache()
  expect(await cache.getOrSet('a', () => order.push('loader'))).toBe(3)
  expect(order).toEqual(['outer', 'inner', 'loader'])
  const failure = new Error('the database is down')
  await expect(cache.getOrSet('b', () => Promise.reject(failure))).rejects.toBe(failure)
  expect(cache.stats().loads).toBe(2)
})

test('a call is told of in its turn, with the caller on the stack', async () => {
  const { stackTraceLimit } = Error
  Error.stackTraceLimit = 30
  onTestFinished(() => {
    Error.stackTraceLimit = stackTraceLimit
  })
  const stacks: string[] = []
  const stop = subscribe({ call: () => void stacks.push(new Error('here').stack ?? '') })
  onTestFinished(stop)
  const cache = createCache({ store: memoryStore() })
  async function askedByMe() {
    await cache.get('a')
    await cache.getOrSet('b', () => 1)
    await cache.set('c', 1)
    await cache.delete('c')
    await cache.invalidate('t')
    await cache.clear()
  }
  await askedByMe()
  expect(stacks).toHaveLength(6)
  expect(stacks.filter((stack) => !stack.includes('askedByMe'))).toEqual([])
})

test('what is read is told of with its age, its value and its load', async () => {
  const clock = fakeClock()
  const heard = hear(['read', 'load-start', 'join'])
  const store = memoryStore({ clock })
  const cache = createCache({ clock, store })
  const slow = () =>
    new Promise((resolve) => void clock.schedule(40, () => resolve('v'), 'foreground'))
  const both = [1, 2].map(() => cache.namespace('shop').getOrSet('a', slow))
  await clock.pass(60)
  await Promise.all(both)
  const [start] = heard.of('load-start')
  expect(start).toMatchObject({ namespace: 'shop', key: 'a', background: false })
  const reads = heard.of('read')
  expect(reads.map(({ outcome, durationMs }) => [outcome, durationMs])).toEqual([
    ['miss', 40],
    ['coalesced', 40],
  ])
  for (const { load, namespace, value } of reads) {
    expect(load).toBe(start)
    expect([namespace, value]).toEqual(['shop', 'v'])
  }
  expect(heard.of('join')).toMatchObject([{ load: start, durationMs: 40 }])
  await clock.pass(1_000)
  const other = createCache({ clock, store })
  await other.namespace('shop').get('a')
  await clock.pass(500)
  await other.namespace('shop').get('a')
  expect(heard.of('read').slice(2)).toMatchObject([
    { outcome: 'hit', tier: 'store', value: 'v', age: 1_020 },
    { outcome: 'hit', tier: 'memory', value: 'v', age: 1_520, durationMs: 0 },
  ])
})

test('operations of the store are told of with what they carried and how long they took', async () => {
  const clock = fakeClock()
  const store = memoryStore({ clock })
  const { getMany } = store
  store.getMany = async (keys) => {
    await new Promise<void>((resolve) => void clock.schedule(7, resolve, 'foreground'))
    if (keys.some((name) => name.endsWith('bad'))) throw new Error('disk on fire')
    return getMany(keys)
  }
  const cache = createCache({ clock, store })
  const heard = hear(['operation'])
  const done = cache.set('a', 'x'.repeat(100)).then(() => cache.get('bad'))
  await clock.pass(100)
  await done
  const { bytesWritten, bytesRead } = cache.stats().store
  const sum = (names: readonly string[]) =>
    heard
      .of('operation')
      .reduce((all, { operation, bytes }) => all + (names.includes(operation) ? bytes : 0), 0)
  expect(sum(['setMany', 'addMany', 'replaceMany'])).toBe(bytesWritten)
  expect(sum(['getMany', 'getHeads'])).toBe(bytesRead)
  expect(heard.of('operation').filter((event) => 'error' in event)).toMatchObject([
    {
      store: 'memory',
      operation: 'getMany',
      durationMs: 7,
      bytes: 0,
      error: { message: 'disk on fire' },
    },
  ])
})

test('writes that were put off are told of as they reach their source', async () => {
  const clock = fakeClock()
  const heard = hear(['flush'])
  const cache = createCache({ clock })
  let down = true
  const users = cache.namespace('shop').define({
    name: 'user',
    load: () => undefined as number | undefined,
    save: () => {
      if (down) throw new Error('the database is down')
    },
    write: 'behind',
    behind: { log: 'memory:', interval: 10, backoff: 100 },
  })
  await users.set('a', 1)
  expect((await cache.inspect()).backlogs).toMatchObject({ 'default/shop/user': { pending: 1 } })
  await clock.pass(15)
  down = false
  await clock.pass(1_000)
  expect(
    heard.of('flush').map(({ namespace, writes, failures }) => [namespace, writes, failures]),
  ).toEqual([
    ['shop/user', 1, 1],
    ['shop/user', 1, 0],
  ])
  expect((await cache.inspect()).backlogs).toMatchObject({
    'default/shop/user': { pending: 0, written: 1 },
  })
  await cache.close()
  await settle()
})
