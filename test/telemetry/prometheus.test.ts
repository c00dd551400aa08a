import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import fc from 'fast-check'
import { expect, onTestFinished, test } from 'vitest'
import { createCache, createCaches } from '../../src/index.ts'
import { memoryStore } from '../../src/stores/memory.ts'
import { exposition } from '../../src/telemetry/exposition.ts'
import { prometheus } from '../../src/telemetry/prometheus.ts'
import { fakeClock } from '../../src/testing/fake-clock.ts'
import { type ReadFamily, readExposition } from './read-exposition.ts'

const anyText = fc.oneof(
  fc.string(),
  fc.string({ unit: fc.constantFrom('\\', '"', '\n', 'n', '{', '}', ',', '=') }),
)

test('whatever labels and values are, a reader understands them', () => {
  const attributes = fc.dictionary(fc.stringMatching(/^[a-z_][a-z0-9_]{0,8}$/), anyText, {
    maxKeys: 3,
  })
  const value = fc.oneof(
    fc.double(),
    fc.nat(),
    fc.constantFrom(Infinity, -Infinity, Number.NaN, 1e300, 5e-324),
  )
  const samples = fc.uniqueArray(fc.record({ attributes, value }), {
    selector: (sample) => JSON.stringify(Object.entries(sample.attributes)),
    maxLength: 4,
  })
  fc.assert(
    fc.property(anyText, samples, (help, given) => {
      const text = exposition([{ name: 'a_total', type: 'counter', help: help, samples: given }])
      const family = readExposition(text).get('a_total')
      if (given.length === 0) {
        expect(text).toBe('')
        return
      }
      expect(family?.help).toBe(help)
      const shown = given.map(({ attributes, value }) => [
        `a_total${Object.keys(attributes).length === 0 ? '' : JSON.stringify({ ...attributes })}`,
        // The text has no negative zero that would differ.
        value === 0 ? 0 : value,
      ])
      expect(
        [...(family?.samples ?? [])].map(([series, number]) => [series, number === 0 ? 0 : number]),
      ).toEqual(shown)
    }),
  )
})

async function ask(endpoint: ReturnType<typeof prometheus>): Promise<Map<string, ReadFamily>> {
  return readExposition(await endpoint.text())
}

test('counters are those of the caches, never go back, and no label has a key in it', async () => {
  const clock = fakeClock()
  const store = memoryStore({ clock })
  const shop = createCache({ name: 'shop', clock, store, memory: { maxEntries: 5 } })
  const page = createCache({ name: 'page', clock })
  const endpoint = prometheus([shop, page])
  onTestFinished(endpoint.close)
  const secret = fc.constantFrom(...Array.from({ length: 12 }, (_, i) => `secret:${i}`))
  const step = fc.oneof(
    secret.map((key) => () => shop.get(key)),
    secret.map((key) => () => shop.getOrSet(key, () => 1, { ttl: 500 })),
    secret.map((key) => () => page.getOrSet(key, () => Promise.reject(new Error(key)))),
    secret.map((key) => () => shop.delete(key)),
    secret.map((key) => () => page.set(key, 1)),
    fc.constant(() => clock.pass(300)),
    fc.constant(() => shop.clear()),
  )
  let before = await ask(endpoint)
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
      for (const run of steps) await Promise.resolve(run()).catch(() => {})
      const now = await ask(endpoint)
      for (const [name, { type, samples }] of before) {
        if (type === 'gauge') continue
        for (const [series, value] of samples) {
          expect(now.get(name)?.samples.get(series), series).toBeGreaterThanOrEqual(value)
        }
      }
      before = now
      for (const cache of [shop, page]) {
        const stats = cache.stats()
        const of = (name: string, labels = {}) =>
          now.get(name)?.samples.get(`${name}${JSON.stringify({ cache: cache.name, ...labels })}`)
        expect(of('hotset_cache_reads_total', { outcome: 'hit', tier: 'memory' })).toBe(
          stats.memory.hits,
        )
        expect(of('hotset_cache_reads_total', { outcome: 'hit', tier: 'store' })).toBe(
          stats.store.hits,
        )
        expect(of('hotset_cache_reads_total', { outcome: 'miss' })).toBe(stats.misses)
        expect(of('hotset_cache_loads_total')).toBe(stats.loads)
        expect(of('hotset_cache_load_failures_total')).toBe(stats.loadFailures)
        expect(of('hotset_cache_removals_total', { reason: 'expired' })).toBe(
          stats.memory.removals.expired,
        )
        expect(of('hotset_cache_store_io_bytes_total', { direction: 'read' })).toBe(
          stats.store.bytesRead,
        )
        expect(of('hotset_cache_memory_entry_count')).toBe(stats.memory.entries)
      }
      expect(await endpoint.text()).not.toContain('secret')
      histogramsAddUp(now)
    }),
    { numRuns: 60 },
  )
  const loads = before.get('hotset_cache_load_duration_seconds')?.samples
  const counts = ['success', 'failure'].map((result) => {
    const cache = result === 'success' ? 'shop' : 'page'
    return loads?.get(
      `hotset_cache_load_duration_seconds_count${JSON.stringify({ cache, result })}`,
    )
  })
  expect(counts).toEqual([shop.stats().loads, page.stats().loads])
})

/** Buckets grow with their bounds, up to the count. */
function histogramsAddUp(families: Map<string, ReadFamily>): void {
  for (const [name, { type, samples }] of families) {
    if (type !== 'histogram') continue
    const buckets = new Map<string, [bound: number, count: number][]>()
    for (const [series, count] of samples) {
      if (!series.startsWith(`${name}_bucket`)) continue
      const { le, ...rest } = JSON.parse(series.slice(`${name}_bucket`.length))
      const bound = le === '+Inf' ? Infinity : Number(le)
      const others = buckets.get(JSON.stringify(rest)) ?? []
      buckets.set(JSON.stringify(rest), [...others, [bound, count]])
    }
    for (const [labels, steps] of buckets) {
      expect(steps.map(([bound]) => bound)).toEqual(
        [...steps.map(([bound]) => bound)].sort((a, b) => a - b),
      )
      expect(steps.map(([, count]) => count)).toEqual(
        [...steps.map(([, count]) => count)].sort((a, b) => a - b),
      )
      expect(steps.at(-1)).toEqual([Infinity, samples.get(`${name}_count${labels}`)])
    }
  }
}

test('loads are put where their duration belongs', async () => {
  const clock = fakeClock()
  const cache = createCache({ clock })
  const endpoint = prometheus(cache)
  onTestFinished(endpoint.close)
  for (const ms of [0, 5, 6, 40_000]) {
    const load = () =>
      new Promise<number>((resolve) => void clock.schedule(ms, () => resolve(1), 'foreground'))
    const loaded = cache.getOrSet(`${ms}`, load)
    await clock.pass(ms)
    await loaded
  }
  const name = 'hotset_cache_load_duration_seconds'
  const samples = (await ask(endpoint)).get(name)?.samples
  const below = (le: string) =>
    samples?.get(`${name}_bucket${JSON.stringify({ cache: 'default', result: 'success', le })}`)
  expect(['0.001', '0.005', '0.01', '30', '+Inf'].map(below)).toEqual([1, 2, 3, 3, 4])
  expect(
    samples?.get(`${name}_sum${JSON.stringify({ cache: 'default', result: 'success' })}`),
  ).toBeCloseTo(40.011, 9)
})

test('caches of other names are not counted; of two with the same name, the sum is', async () => {
  const [one, two, other] = ['same', 'same', 'elsewhere'].map((name) => createCache({ name }))
  const endpoint = prometheus([one, two] as never)
  onTestFinished(endpoint.close)
  for (const cache of [one, two, other]) await cache?.getOrSet('a', () => 1)
  const families = await ask(endpoint)
  expect([...(families.get('hotset_cache_loads_total')?.samples ?? [])]).toEqual([
    [`hotset_cache_loads_total${JSON.stringify({ cache: 'same' })}`, 2],
  ])
  expect(await endpoint.text()).not.toContain('elsewhere')
})

test('answers node:http and fetch', async () => {
  const caches = createCaches({ default: {}, page: {} })
  const endpoint = prometheus(caches)
  onTestFinished(endpoint.close)
  const server = createServer((request, response) => void endpoint.node(request, response))
  onTestFinished(() => void server.close())
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const answers = [await fetch(`http://127.0.0.1:${port}/metrics`), await endpoint.fetch()]
  for (const answer of answers) {
    expect(answer.status).toBe(200)
    expect(answer.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8')
    const families = readExposition(await answer.text())
    expect(families.get('hotset_cache_reads_total')?.samples.size).toBe(12)
  }
})
