import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { PolicyFactory } from '../../src/contracts/policy.ts'
import { SplitMix } from '../../src/kernel/split-mix.ts'
import { lru } from '../../src/policies/lru.ts'
import { EvictedCounts } from '../../src/policies/tinylfu/evicted-counts.ts'
import { Regions } from '../../src/policies/tinylfu/regions.ts'
import { type Tactic, tactics } from '../../src/policies/tinylfu/tactics.ts'
import { tinylfu } from '../../src/policies/tinylfu.ts'
import { countAllocations } from './allocations.ts'
import { PolicyDriver, scramble } from './policy-driver.ts'
import {
  bounds,
  drain,
  expectAlike,
  expectAlikeOn,
  history,
  sorted,
  type Trace,
  traces,
} from './policy-histories.ts'
import { NaiveRegions, NaiveTinyLfu, naiveTinylfu } from './tinylfu-model.ts'

function hitRatio(policy: PolicyFactory, maxEntries: number, trace: Trace, seed = 1): number {
  const accesses = 60_000
  const numbers = new SplitMix(3)
  const driver = new PolicyDriver(policy, { maxEntries, seed })
  let hits = 0
  for (let index = 0; index < accesses; index++)
    hits += Number(driver.access(trace(numbers, index)))
  return hits / accesses
}

function running(tactic: Tactic): PolicyFactory {
  return (setup) => new Regions(setup, tactic)
}

const duel = tactics.find(({ windowShare, admission }) => admission === 'duel' && windowShare < 0.1)

describe('against the model', () => {
  test('any history', () => {
    fc.assert(
      fc.property(bounds, fc.integer(), history, (bounds, seed, history) => {
        expectAlike(tinylfu(), naiveTinylfu(), { ...bounds, seed }, history)
      }),
      { numRuns: 300 },
    )
  })

  test.each(tactics)('any history under one tactic: $admission, $windowShare', (tactic) => {
    fc.assert(
      fc.property(bounds, fc.integer(), history, (bounds, seed, history) => {
        // Few hashes, so that keys share them.
        const options = { ...bounds, seed, hash: (key: number) => scramble(key % 25) }
        const naive: PolicyFactory = (setup) => new NaiveRegions(setup, tactic)
        expectAlike(running(tactic), naive, options, history)
      }),
      { numRuns: 100 },
    )
  })

  test.each(Object.entries(traces))('%s', (_, trace) => {
    expectAlikeOn(trace, 8000, tinylfu(), naiveTinylfu())
  })

  test('the traces above make it change its tactic', () => {
    const seen = new Set<number>()
    for (const trace of Object.values<Trace>(traces)) {
      const numbers = new SplitMix(1)
      const driver = new PolicyDriver(naiveTinylfu(), { maxEntries: 40 })
      for (let index = 0; index < 2000; index++) driver.access(trace(numbers, index))
      if (driver.policy instanceof NaiveTinyLfu) seen.add(driver.policy.tactic)
    }
    expect(seen.size).toBeGreaterThan(2)
  })
})

test('keeps the newest entry for as long as there is another', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 8 }), history, (maxEntries, history) => {
      const driver = new PolicyDriver(tinylfu(), { maxEntries, maxWeight: 12 })
      for (const step of history) {
        if (step.type === 'delete') driver.delete(step.key)
        if (step.type !== 'access' || step.weight === 0) continue
        driver.access(step.key, step.weight)
        expect(driver.has(step.key)).toBe(true)
      }
    }),
  )
})

test('loses nothing where weights do not add up', () => {
  const driver = new PolicyDriver(tinylfu(), { maxWeight: 2e17 })
  for (const [key, weight] of [
    [1, 1e17],
    [2, 9],
    [3, 1],
  ] as const) {
    driver.set(key, weight)
    driver.get(key)
  }
  expect(sorted(drain(driver))).toEqual([1, 2, 3])
})

describe('hits', () => {
  test.each([1, 2, 3, 10, 64])('of %i entries are as many as those of LRU, or nearly', (size) => {
    for (const trace of Object.values<Trace>(traces)) {
      const least = hitRatio(lru(), size, trace) - 0.03
      expect(hitRatio(tinylfu(), size, trace)).toBeGreaterThan(least)
    }
  })

  test('are many more than those of LRU where it fails', () => {
    for (const [trace, size, least] of [
      [traces.skewed, 50, 0.08],
      [traces.loop, 100, 0.5],
      [traces['scans through hot keys'], 100, 0.1],
    ] as const) {
      const gain = hitRatio(tinylfu(), size, trace) - hitRatio(lru(), size, trace)
      expect(gain).toBeGreaterThan(least)
    }
  })

  test('follow from the seed alone', () => {
    const evictions = (seed: number) => {
      const numbers = new SplitMix(9)
      const driver = new PolicyDriver(tinylfu(), { maxEntries: 200, seed })
      const evicted: number[] = []
      for (let index = 0; index < 50_000; index++) {
        const key = numbers.below(numbers.below(1000) + 1)
        if (!driver.get(key)) evicted.push(...driver.set(key))
      }
      return evicted
    }
    expect(evictions(1)).toEqual(evictions(1))
    expect(evictions(1)).not.toEqual(evictions(2))
  })
})

test('a hot set survives a scan ten times as long as the cache', () => {
  const hot = 300
  const maxEntries = 1000
  const numbers = new SplitMix(4)
  const driver = new PolicyDriver(tinylfu(), { maxEntries })
  for (let index = 0; index < 20_000; index++) {
    driver.access(numbers.below(hot))
    if (index % 4 === 0) driver.access(1e6 + index)
  }
  for (let key = 0; key < 10 * maxEntries; key++) driver.access(1e9 + key)
  const kept = Array.from({ length: hot }, (_, key) => driver.has(key)).filter(Boolean).length
  expect(kept).toBeGreaterThan(0.95 * hot)
})

describe('an attacker', () => {
  test('cannot pin entries by using them often, once', () => {
    const maxEntries = 500
    for (const policy of [tinylfu(), running(duel as Tactic)]) {
      const numbers = new SplitMix(5)
      const driver = new PolicyDriver(policy, { maxEntries })
      for (let round = 0; round < 40; round++) {
        for (let key = 0; key < maxEntries; key++) driver.access(1e6 + key)
      }
      let hits = 0
      const accesses = 20 * maxEntries
      for (let index = 0; index < 2 * accesses; index++) {
        const hit = driver.access(numbers.below(maxEntries / 2))
        if (index >= accesses) hits += Number(hit)
      }
      expect(hits / accesses).toBeGreaterThan(0.95)
    }
  })

  test('cannot keep a key out for good whose rivals are always used more', () => {
    const maxEntries = 50
    const driver = new PolicyDriver(running(duel as Tactic), { maxEntries })
    let admitted = 0
    for (let round = 0; round < 4000; round++) {
      for (let key = 0; key < maxEntries; key++) driver.get(key) || driver.set(key)
      // The stranger, used as often as anything is counted, and two who push it out of the window.
      for (let uses = 0; uses < 20; uses++) driver.access(1000)
      driver.access(2000 + round)
      driver.access(9000 + round)
      admitted += Number(driver.has(1000))
    }
    expect(admitted).toBeGreaterThan(0)
  })
})

describe('counts of what has gone', () => {
  test('are found again, once, among those of their bucket', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.integer({ min: 0, max: 2 ** 20 }), { minLength: 1, maxLength: 4 }),
        fc.integer({ min: 1, max: 15 }),
        (keys, count) => {
          const counts = new EvictedCounts()
          counts.resize(4)
          const prints = new Set(keys.map((key) => Math.imul(key, 0x9e3779b1) >>> 20))
          fc.pre(prints.size === keys.length)
          for (const key of keys) counts.put(key, count)
          for (const key of keys) expect(counts.take(key)).toBe(count)
          for (const key of keys) expect(counts.take(key)).toBe(0)
        },
      ),
    )
  })

  test('are seldom taken for those of another', () => {
    const counts = new EvictedCounts()
    counts.resize(40_000)
    for (let key = 0; key < 40_000; key++) counts.put(scramble(key), 1)
    let mistaken = 0
    for (let key = 1e6; key < 1e6 + 20_000; key++) mistaken += counts.take(scramble(key))
    expect(mistaken).toBeLessThan(20_000 / 400)
  })

  test('are halved until nothing is left', () => {
    const counts = new EvictedCounts()
    counts.resize(4)
    counts.put(1, 15)
    counts.put(2, 1)
    counts.halve(0, counts.capacity / 2)
    expect([counts.take(1), counts.take(2)]).toEqual([7, 0])
  })
})

test('memory is allocated when slots are reserved, and never else', () => {
  const allocated = countAllocations()
  const maxEntries = 2000
  const numbers = new SplitMix(2)
  const driver = new PolicyDriver(tinylfu(), { maxEntries })
  const run = (accesses: number) => {
    for (let index = 0; index < accesses; index++) {
      const key = numbers.below(numbers.below(4 * maxEntries) + 1)
      if (index % 16 === 0) driver.delete(key)
      else driver.access(key)
    }
  }
  run(10 * maxEntries)
  const before = allocated.bytes
  expect(before).toBeGreaterThan(0)
  run(2_000_000)
  expect(allocated.bytes).toBe(before)
})

test('a cache that holds few of the entries that it may has no trials', () => {
  const allocated = countAllocations()
  const driver = new PolicyDriver(tinylfu(), { maxEntries: 1000 })
  for (let key = 0; key < 20; key++) driver.access(key)
  expect(allocated.bytes).toBeLessThan(2000)
})
