import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { combine, type Peer } from '../../src/devtools/dashboard/page/combine.ts'
import { shownBytes, shownPercent, shownTime } from '../../src/devtools/dashboard/page/format.ts'
import { Histories } from '../../src/devtools/dashboard/page/histories.ts'
import { spansOf, total } from '../../src/devtools/dashboard/page/series.ts'
import { visible } from '../../src/devtools/dashboard/page/visible-text.ts'
import { type Sample, sampleOf } from '../../src/devtools/dashboard/sample.ts'
import type { DashboardState } from '../../src/devtools/dashboard/state.ts'
import { createCache } from '../../src/index.ts'
import { memoryStore } from '../../src/stores/memory.ts'
import { cacheReport, processIdentity } from '../../src/telemetry/process-report.ts'
import { fakeClock } from '../../src/testing/fake-clock.ts'

const nothing: Omit<Sample, 'at'> = {
  ...{ memoryHits: 0, storeHits: 0, misses: 0, coalesced: 0 },
  ...{ loads: 0, loadFailures: 0, loadMs: 0, writes: 0 },
}

/** Samples of one process, at growing instants, with counters that never go back. */
const history = fc
  .array(fc.record({ after: fc.integer({ min: 1, max: 5_000 }), hits: fc.nat(1_000) }), {
    minLength: 1,
    maxLength: 20,
  })
  .map((steps) => {
    let [at, memoryHits] = [100_000, 0]
    const samples = steps.map(({ after, hits }): Sample => {
      at += after
      memoryHits += hits
      return { ...nothing, at, memoryHits }
    })
    return { startedAt: samples[0]?.at ?? 0, samples }
  })

const whole = (samples: Sample[]) => ({ startedAt: samples[0]?.at ?? 0, samples })

describe('spans of time', () => {
  test('together they have all that was counted, whatever their length', () => {
    fc.assert(
      fc.property(
        fc.array(history, { maxLength: 4 }),
        fc.integer({ min: 100, max: 9_000 }),
        (histories, step) => {
          const end = 300_000
          const spans = spansOf(histories, end, step, Math.ceil(200_000 / step))
          const counted = histories.reduce(
            (sum, { samples }) =>
              sum + ((samples.at(-1)?.memoryHits ?? 0) - (samples[0]?.memoryHits ?? 0)),
            0,
          )
          expect(total(spans).memoryHits ?? 0).toBeCloseTo(counted, 6)
          for (const { memoryHits } of spans) expect(memoryHits ?? 0).toBeGreaterThanOrEqual(0)
        },
      ),
    )
  })

  test('between two samples a counter grows evenly', () => {
    const samples = [1_000, 2_000].map((at) => ({ ...nothing, at, misses: at / 100 }))
    const spans = spansOf([whole(samples), whole(samples)], 2_000, 250, 4)
    expect(spans.map(({ misses }) => misses)).toEqual([5, 5, 5, 5])
  })

  test('as long as one of the processes is not known, all together are not', () => {
    const samples = (from: number) =>
      [from, 5_000].map((at) => ({ ...nothing, at, misses: at / 1_000 }))
    const old = { startedAt: 0, samples: samples(0) }
    const misses = (startedAt: number) =>
      spansOf([old, { startedAt, samples: samples(3_000) }], 5_000, 1_000, 5).map(
        ({ misses }) => misses,
      )
    expect(misses(0)).toEqual([undefined, undefined, undefined, 2, 2])
    expect(misses(3_000)).toEqual([1, 1, 1, 2, 2])
  })

  test('what nobody has counted is unknown, not zero', () => {
    const samples = [1_000, 2_000, 3_000].map((at) => ({ ...nothing, at }))
    const spans = spansOf([whole(samples)], 5_000, 1_000, 5)
    expect(spans.map(({ misses }) => misses)).toEqual([undefined, 0, 0, undefined, undefined])
    expect(spans.map(({ operations }) => operations)).toEqual(Array(5).fill(undefined))
  })
})

function stateOf(own: string | undefined, history: Sample[], reports: [string, number][]) {
  const processes = reports.map(([id, at]) => ({
    id,
    caches: [{ at, inspection: { name: 'c', stats: statsAt(at) } }],
  }))
  const state: unknown = { own, history: { c: history }, processes }
  return state as DashboardState
}

function statsAt(at: number) {
  return { ...nothing, hits: at, stale: 0, memory: { hits: at, stale: 0 } }
}

describe('histories', () => {
  test('what a process tells of itself takes the place of what others were told of it', () => {
    const histories = new Histories()
    const told = (at: number): Sample => ({ ...nothing, at, operations: 1, operationMs: 1 })
    histories.add(stateOf('a', [told(10), told(12)], [['b', 11]]))
    histories.add(stateOf('b', [told(9), told(13)], [['a', 14]]))
    histories.add(
      stateOf(
        'a',
        [told(14), told(16)],
        [
          ['b', 13],
          ['b', 12],
          ['b', 15],
        ],
      ),
    )
    const instants = (id: string) =>
      histories.of(id, 'c').map(({ at, operations }) => [at, operations !== undefined])
    expect(instants('a')).toEqual([
      [10, true],
      [12, true],
      [14, true],
      [16, true],
    ])
    expect(instants('b')).toEqual([
      [9, true],
      [13, true],
      [15, false],
    ])
    expect(histories.seen()).toBe('a.16,b.13')
  })
})

describe('processes together', () => {
  test('numbers are sums, ratios are of the sums', async () => {
    const clock = fakeClock()
    const cache = createCache({ memory: { maxEntries: 10, curve: true }, clock })
    const report = await cacheReport(cache, undefined, clock)
    const peer = (reads: number, hits: number, text: string): Peer => {
      const stats = { ...report.inspection.stats, hits, misses: reads - hits }
      const group = { group: 'user:{id}', reads, hits, stale: 0, misses: reads - hits } as never
      const own = {
        ...report,
        inspection: { ...report.inspection, stats },
        ...{ groups: [group], hottest: [{ key: 'k', namespace: undefined, reads, error: 1 }] },
        advice: [{ kind: 'too-large' as const, group: 'g', text }],
        curve: [{ size: 5, hitRatio: hits / reads }],
      }
      return { process: { ...processIdentity(clock), caches: [own] }, report: own }
    }
    const both = combine([peer(100, 50, 'few'), peer(300, 300, 'many')])
    expect(both.groups).toMatchObject([{ reads: 400, hits: 350, hitRatio: 350 / 400 }])
    expect(both.hottest).toEqual([{ key: 'k', namespace: undefined, reads: 400, error: 2 }])
    expect(both.curve).toEqual([{ size: 5, hitRatio: 350 / 400 }])
    expect(both.maxEntries).toBe(20)
    // Of the same advice that of whoever knows most.
    expect(both.advice.map(({ text }) => text)).toEqual(['many'])
    await cache.close()
  })

  test('a sample takes reads apart by tier', async () => {
    const cache = createCache({ store: memoryStore() })
    await cache.set('key', 1)
    await cache.get('key')
    await cache.get('other')
    expect(sampleOf(7, cache.stats())).toMatchObject({
      at: 7,
      memoryHits: 1,
      storeHits: 0,
      misses: 1,
    })
    await cache.close()
  })
})

test('nothing is hidden in what is visible', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      expect(visible(text)).not.toMatch(/[\p{Cc}\p{Cs}\p{Cf}\u2028\u2029]/u)
      if (!/[\p{Cc}\p{Cs}\p{Cf}\u2028\u2029]/u.test(text)) expect(visible(text)).toBe(text)
    }),
  )
})

test('numbers for people', () => {
  expect([0, 0.5, 0.9995, 0.99999, 1].map(shownPercent)).toEqual([
    ...['0 %', '50.0 %', '99.95 %', '99.99 %', '100 %'],
  ])
  expect([0, 0.004, 2.34, 45, 1_500, 90_000].map(shownTime)).toEqual([
    ...['0 ms', '0.00 ms', '2.3 ms', '45 ms', '1.5 s', '1.5 min'],
  ])
  expect([12, 1_500, 250_000_000, Number.NaN, undefined, null].map(shownBytes)).toEqual([
    ...['12 B', '1.5 kB', '250 MB', '–', '–', '–'],
  ])
})
