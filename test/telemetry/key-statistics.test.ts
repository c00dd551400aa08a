import fc from 'fast-check'
import { expect, onTestFinished, test } from 'vitest'
import type { Cache } from '../../src/contracts/cache.ts'
import { createCache } from '../../src/index.ts'
import { approximateBytes } from '../../src/kernel/approximate-bytes.ts'
import type { GroupStatistics } from '../../src/telemetry/group-tally.ts'
import { type KeyStatisticsOptions, keyStatistics } from '../../src/telemetry/key-statistics.ts'
import { type FakeClock, fakeClock } from '../../src/testing/fake-clock.ts'
import { hear } from './heard.ts'

function world(options: KeyStatisticsOptions = {}, maxEntries = 10_000) {
  const clock = fakeClock()
  const cache = createCache({
    clock,
    memory: { maxEntries, policy: undefined },
    defaults: { ttl: 1_000 },
  })
  const statistics = keyStatistics(cache, { seed: 1, ...options })
  onTestFinished(statistics.stop)
  return { clock, cache, statistics }
}

/** A load that takes so long, by the clock. */
function slowly<T>(clock: FakeClock, ms: number, value: T): () => Promise<T> {
  return () => new Promise((resolve) => void clock.schedule(ms, () => resolve(value), 'foreground'))
}

/** Exact counting, of every key, from the events alone and with no bound at all. */
interface Exact {
  hits: number
  misses: number
  loads: number
  ended: number
  wasted: number
  reloads: number
  unchanged: number
}

type Step = (cache: Cache, clock: FakeClock) => unknown

const groups = ['user', 'page', 'word']
const key = fc.tuple(fc.constantFrom(...groups), fc.nat(15)).map(([group, id]) => `${group}:${id}`)
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: key.map(
      (k): Step =>
        (cache) =>
          cache.getOrSet(k, () => k),
    ),
  },
  {
    weight: 2,
    arbitrary: fc.tuple(key, fc.nat(3)).map(
      ([k, value]): Step =>
        (cache) =>
          cache.getOrSet(k, () => value),
    ),
  },
  {
    weight: 3,
    arbitrary: key.map(
      (k): Step =>
        (cache) =>
          cache.get(k),
    ),
  },
  key.map(
    (k): Step =>
      (cache) =>
        cache.getOrSet(k, () => k, { refresh: true }),
  ),
  key.map(
    (k): Step =>
      (cache) =>
        cache.getOrSet(k, (context) => context.skip()),
  ),
  key.map(
    (k): Step =>
      (cache) =>
        cache.set(k, 'set'),
  ),
  key.map(
    (k): Step =>
      (cache) =>
        cache.delete(k),
  ),
  fc.constantFrom(200, 900, 1_500).map(
    (ms): Step =>
      (_, clock) =>
        clock.pass(ms),
  ),
)

test('what is counted by group is what exact counting says, as long as all keys are followed', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 20, maxLength: 150 }), async (steps) => {
      const { clock, cache, statistics } = world({ sampledKeys: 1_000 }, 20)
      const { events, stop } = hear(['read', 'load', 'write', 'remove'])
      for (const run of steps) await run(cache, clock)
      stop()
      statistics.stop()
      const exact = exactly(events)
      const counted = statistics.groups('default')
      expect(counted.map(({ group }) => group).sort()).toEqual([...exact.keys()].sort())
      for (const { group, hits, misses, loads, ended, wasted, reloads, unchanged } of counted) {
        expect({ hits, misses, loads, ended, wasted, reloads, unchanged }, group).toEqual(
          exact.get(group),
        )
      }
      const entries = counted.reduce((sum, group) => sum + group.entries, 0)
      expect(entries).toBe(cache.stats().memory.entries)
    }),
    { numRuns: 100 },
  )
})

function exactly(events: ReturnType<typeof hear>['events']): Map<string, Exact> {
  const tallies = new Map<string, Exact>()
  const entries = new Map<string, { read: boolean; value: unknown; expired: boolean }>()
  const end = (key: string) => {
    const tally = tallyOf(key)
    tally.ended++
    if (!entries.get(key)?.read) tally.wasted++
  }
  const tallyOf = (key: string): Exact => {
    const group = `${key.split(':')[0]}:{id}`
    const none = { hits: 0, misses: 0, loads: 0, ended: 0, wasted: 0, reloads: 0, unchanged: 0 }
    const tally = tallies.get(group) ?? none
    tallies.set(group, tally)
    return tally
  }
  for (const event of events) {
    if (!('key' in event) || event.key === undefined) continue
    const { key } = event
    const before = entries.get(key)
    if (event.type === 'read') {
      tallyOf(key)[event.outcome === 'hit' ? 'hits' : 'misses']++
      if (event.outcome === 'hit' && before !== undefined) before.read = true
    }
    if (event.type === 'load') tallyOf(key).loads++
    if ((event.type === 'load' && event.kept) || event.type === 'write') {
      if (before !== undefined && !before.expired) end(key)
      if (event.type === 'load' && before?.expired) tallyOf(key).reloads++
      if (event.type === 'load' && before !== undefined && before.value === event.value)
        tallyOf(key).unchanged++
      entries.set(key, { read: false, value: event.value, expired: false })
    }
    if (event.type === 'remove' && event.reason !== 'replaced') {
      end(key)
      if (event.reason === 'expired' && before !== undefined) before.expired = true
      else entries.delete(key)
    }
  }
  return tallies
}

test('estimates from a sample are near to what they estimate', async () => {
  const errors: number[] = []
  for (let seed = 0; seed < 20; seed++) {
    const { clock, cache, statistics } = world({ sampledKeys: 512, seed }, 4_000)
    const { events, stop } = hear(['read', 'load', 'write', 'remove'])
    for (let i = 0; i < 12_000; i++) {
      await cache.getOrSet(`once:${i}`, () => i)
      await cache.getOrSet(`often:${i % 2_000}`, () => i)
      if (i % 1_000 === 0) await clock.pass(10)
    }
    stop()
    statistics.stop()
    const exact = exactly(events)
    for (const group of statistics.groups('default')) {
      const real = exact.get(group.group)
      for (const member of ['ended', 'wasted'] as const) {
        if ((real?.[member] ?? 0) > 1_000)
          errors.push(Math.abs(group[member] / (real?.[member] as number) - 1))
      }
    }
  }
  errors.sort((a, b) => a - b)
  expect(errors.length).toBeGreaterThan(20)
  expect(errors[Math.floor(errors.length / 2)]).toBeLessThan(0.1)
  expect(errors.at(-1)).toBeLessThan(0.3)
})

test('bounded: of many groups the most read are told apart, the rest is counted together', async () => {
  const { cache, statistics } = world({
    group: (key) => key,
    maxGroups: 10,
    hotKeys: 10,
    sampledKeys: 64,
  })
  for (let i = 0; i < 3_000; i++) {
    await cache.getOrSet(`rare${i}`, () => i)
    await cache.getOrSet(`hot${i % 3}`, () => i)
  }
  const all = statistics.groups('default')
  expect(all).toHaveLength(11)
  expect(
    all
      .slice(0, 3)
      .map(({ group }) => group)
      .sort(),
  ).toEqual(['hot0', 'hot1', 'hot2'])
  expect(all.at(-1)?.group).toBe('other')
  const sum = (member: 'reads' | 'loads' | 'hits') =>
    all.reduce((total, group) => total + group[member], 0)
  expect([sum('reads'), sum('loads'), sum('hits')]).toEqual([6_000, 3_003, 2_997])
  const hottest = statistics.hottest('default').slice(0, 3)
  expect(hottest.map((hot) => hot.key).sort()).toEqual(['hot0', 'hot1', 'hot2'])
  for (const { reads, error } of hottest) {
    expect(reads).toBeGreaterThanOrEqual(1_000)
    expect(reads - error).toBeLessThanOrEqual(1_000)
  }
})

test('namespaces and keys with odd characters are kept apart', async () => {
  const { cache, statistics } = world({ group: (key, namespace) => `${namespace}|${key}` })
  const odd = ['a', '\0a', 'b\0a', 'a:1']
  for (const key of odd) {
    await cache.set(key, 1)
    await cache.get(key)
    await cache.namespace('b').getOrSet(key, () => 1)
  }
  const keys = statistics.hottest('default').map(({ key, namespace }) => `${namespace}|${key}`)
  expect(keys.sort()).toEqual(
    [...odd.map((key) => `undefined|${key}`), ...odd.map((key) => `b|${key}`)].sort(),
  )
  expect(statistics.groups('default')).toHaveLength(8)
})

test('bytes and the time that is saved are what they are', async () => {
  const { clock, cache, statistics } = world()
  const text = 'x'.repeat(1_000)
  const loaded = cache.getOrSet('user:1', slowly(clock, 30, text))
  await clock.pass(30)
  await loaded
  for (let i = 0; i < 9; i++) await cache.getOrSet('user:1', () => text)
  expect(statistics.groups('default')).toMatchObject([
    {
      group: 'user:{id}',
      reads: 10,
      hits: 9,
      loads: 1,
      loadMs: 30,
      savedMs: 270,
      hitRatio: 0.9,
      entries: 1,
      bytes: approximateBytes(text, 'user:1'),
    },
  ])
  expect(statistics.advice(cache)).toEqual([])
})

test('advice: values that come back as they were want a longer TTL', async () => {
  const { clock, cache, statistics } = world()
  for (let round = 0; round < 30; round++) {
    for (let id = 0; id < 4; id++) {
      const loaded = cache.getOrSet(`rate:${id}`, slowly(clock, 50, { same: id }))
      await clock.pass(50)
      await loaded
      await cache.get(`rate:${id}`)
    }
    await clock.pass(2_000)
  }
  expect(statistics.advice(cache)).toEqual([
    {
      kind: 'ttl-too-short',
      group: 'rate:{id}',
      text: '97% of the loads of rate:{id} came after the entry had expired, and 100% of the values were the same as before. A longer TTL would have saved up to 5.8 s of loading.',
    },
  ])
})

test('advice: what is never read again is not worth its room', async () => {
  const { clock, cache, statistics } = world()
  for (let i = 0; i < 200; i++) await cache.getOrSet(`report:${i}`, () => i)
  await clock.pass(5_000)
  expect(statistics.advice(cache).map(({ kind, group }) => [kind, group])).toEqual([
    ['never-reused', 'report:{id}'],
  ])
})

test('advice: what is large and saves little is in the way', async () => {
  const { clock, cache, statistics } = world()
  for (let i = 0; i < 100; i++) {
    const slow = cache.getOrSet(`user:${i % 5}`, slowly(clock, 100, i))
    await clock.pass(i < 5 ? 100 : 0)
    await slow
    await cache.getOrSet(`page:${i % 50}`, () => 'x'.repeat(10_000), { ttl: null })
  }
  const [advice] = statistics.advice(cache)
  expect([advice?.kind, advice?.group]).toEqual(['too-large', 'page:{id}'])
})

test('no advice: what is large and saves as much as it takes', async () => {
  const { clock, cache, statistics } = world()
  for (let i = 0; i < 100; i++) {
    for (const name of ['user', 'page']) {
      const slow = cache.getOrSet(`${name}:${i % 5}`, slowly(clock, 100, 'x'.repeat(1_000)), {
        ttl: null,
      })
      await clock.pass(i < 5 ? 100 : 0)
      await slow
    }
  }
  expect(statistics.advice(cache)).toEqual([])
})

test('advice: the size of memory against its curve', async () => {
  const clock = fakeClock()
  const cache = createCache({
    clock,
    memory: { maxEntries: 100, curve: true },
    defaults: { ttl: null },
  })
  const statistics = keyStatistics(cache)
  onTestFinished(statistics.stop)
  for (let i = 0; i < 4_000; i++) await cache.getOrSet(`page:${i % 180}`, () => i)
  expect(statistics.advice(cache).map(({ kind }) => kind)).toContain('memory-too-small')
  cache.resize({ maxEntries: 2_000 })
  for (let i = 0; i < 4_000; i++) await cache.getOrSet(`page:${i % 180}`, () => i)
  for (let i = 0; i < 400; i++) await cache.getOrSet(`once:${i}`, () => i)
  expect(statistics.advice(cache).map(({ kind }) => kind)).toContain('memory-too-large')
})

test('what was said before it began, and after it ended, is not counted; options are checked', async () => {
  const { cache, statistics } = world()
  statistics.stop()
  await cache.getOrSet('a', () => 1)
  expect(statistics.groups('default')).toEqual([] satisfies GroupStatistics[])
  expect(() => keyStatistics(cache, { maxGroup: 1 } as never)).toThrow('maxGroup')
  expect(() => keyStatistics(cache, { maxGroups: 0 })).toThrow('maxGroups')
})
