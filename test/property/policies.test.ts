import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { SplitMix } from '../../src/kernel/split-mix.ts'
import { fifo } from '../../src/policies/fifo.ts'
import { lru } from '../../src/policies/lru.ts'
import { random } from '../../src/policies/random.ts'
import { s3fifo } from '../../src/policies/s3-fifo.ts'
import { sieve } from '../../src/policies/sieve.ts'
import { countAllocations } from './allocations.ts'
import { type DriverOptions, PolicyDriver } from './policy-driver.ts'
import { bounds, drain, expectAlike, expectAlikeOn, history, traces } from './policy-histories.ts'
import { naiveFifo, naiveLru, naiveRandom, naiveS3Fifo, naiveSieve } from './policy-models.ts'

const policies = [
  { name: 'lru', make: lru, naive: naiveLru },
  { name: 'fifo', make: fifo, naive: naiveFifo },
  { name: 'random', make: random, naive: naiveRandom },
  { name: 'sieve', make: sieve, naive: naiveSieve },
  { name: 's3fifo', make: s3fifo, naive: naiveS3Fifo },
]

describe.each(policies)('$name', ({ name, make, naive }) => {
  test('says its name', () => {
    expect(new PolicyDriver(make(), { maxEntries: 1 }).policy.name).toBe(name)
  })

  test('evicts what its model does, and loses nothing', () => {
    fc.assert(
      fc.property(bounds, fc.integer(), history, (bounds, seed, history) => {
        // Few hashes, so that keys share them.
        const options: DriverOptions = {
          ...bounds,
          seed,
          hash: (key) => Math.imul(key % 20, 0x9e37),
        }
        expectAlike(make(), naive(), options, history)
      }),
      { numRuns: 400 },
    )
  })

  test.each(Object.entries(traces))('evicts what its model does: %s', (_, trace) => {
    expectAlikeOn(trace, 10_000, make(), naive())
  })

  test('keeps the newest entry for as long as there is another', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 8 }), history, (maxEntries, history) => {
        const driver = new PolicyDriver(make(), { maxEntries, maxWeight: 12 })
        for (const step of history) {
          if (step.type !== 'access' || step.weight === 0) continue
          driver.access(step.key, step.weight)
          expect(driver.has(step.key)).toBe(true)
        }
      }),
    )
  })
})

describe('memory', () => {
  test.each(policies)('$name allocates when slots are reserved, and never else', ({ make }) => {
    const allocated = countAllocations()
    const maxEntries = 1000
    const numbers = new SplitMix(2)
    const driver = new PolicyDriver(make(), { maxEntries })
    for (let key = 0; driver.size < maxEntries; key++) driver.set(key)
    driver.set(-1)
    expect(driver.capacity).toBe(maxEntries + 1)
    expect(allocated.bytes).toBeGreaterThan(0)
    const before = allocated.bytes
    for (let i = 0; i < 1_000_000; i++) {
      const key = numbers.below(numbers.below(4000) + 1)
      if (i % 16 === 0) driver.delete(key)
      else driver.access(key)
    }
    expect(driver.capacity).toBe(maxEntries + 1)
    expect(allocated.bytes).toBe(before)
  })
})

describe('by hand', () => {
  /** What is evicted, in order, as the keys are read or set in a cache of three. */
  function evictions(driver: PolicyDriver, keys: readonly number[]): number[] {
    return keys.flatMap((key) => (driver.get(key) ? [] : driver.set(key)))
  }

  const three = { maxEntries: 3 }

  test('lru goes by the last use', () => {
    expect(evictions(new PolicyDriver(lru(), three), [1, 2, 3, 1, 4, 5, 1, 6])).toEqual([2, 3, 4])
  })

  test('fifo goes by age', () => {
    expect(evictions(new PolicyDriver(fifo(), three), [1, 2, 3, 1, 4, 5, 1, 6])).toEqual([
      1, 2, 3, 4,
    ])
  })

  test('sieve passes what was used once, and goes on from there', () => {
    const driver = new PolicyDriver(sieve(), three)
    // 1 is passed and 2 evicted; then 3, where the hand was; 4 is passed; 1 is the oldest again.
    expect(evictions(driver, [1, 2, 3, 1, 4, 5, 4, 6, 7])).toEqual([2, 3, 5, 1])
  })

  test('s3fifo keeps what was used twice, and knows who was there', () => {
    const driver = new PolicyDriver(s3fifo(), three)
    // 2 goes to the main queue in the place of 3; 3, when it is back, as well, and they stay.
    expect(evictions(driver, [1, 2, 3, 2, 2, 4, 5, 3, 6, 7, 8])).toEqual([1, 3, 4, 5, 6, 7])
    expect(driver.has(2) && driver.has(3)).toBe(true)
  })

  test('s3fifo gives the small queue a tenth of the weight, where weight is bounded', () => {
    const driver = new PolicyDriver(s3fifo(), { maxWeight: 100 })
    driver.set(1, 80)
    driver.get(1)
    driver.get(1)
    expect(driver.set(2, 15)).toEqual([])
    expect(driver.set(3, 5)).toEqual([])
    expect(driver.set(4, 3)).toEqual([2])
    // 3 and 4 are most of the entries, but less than a tenth of what 1, 3 and 4 weigh.
    expect(driver.set(5, 13)).toEqual([1])
  })

  test('s3fifo loses nothing where weights do not add up', () => {
    const driver = new PolicyDriver(s3fifo(), { maxWeight: 2e17 })
    for (const [key, weight] of [
      [1, 1e17],
      [2, 9],
      [3, 1],
    ] as const) {
      driver.set(key, weight)
      driver.get(key)
      driver.get(key)
    }
    // (1e17 + 9) - 1e17 - 9 is 7: as if the small queue still had something, when it is empty.
    expect(drain(driver)).toEqual([1, 2, 3])
  })

  test('random draws all the others alike', () => {
    const entries = 10
    const rounds = 20_000
    const drawn = new Array<number>(entries + 1).fill(0)
    const driver = new PolicyDriver(random(), { maxEntries: entries, seed: 5 })
    for (let round = 0; round < rounds; round++) {
      for (let key = 0; key < entries; key++) driver.set(key)
      for (const key of driver.set(entries)) drawn[key] = (drawn[key] ?? 0) + 1
      for (const key of driver.held) driver.delete(key)
    }
    expect(drawn[entries]).toBe(0)
    const wanted = rounds / entries
    const deviation = drawn
      .slice(0, entries)
      .reduce((sum, count) => sum + (count - wanted) ** 2 / wanted, 0)
    // Chi-squared, nine degrees of freedom: more in one case of a thousand.
    expect(deviation).toBeLessThan(27.9)
  })

  test('random draws otherwise with another seed, and alike with the same', () => {
    const keys = Array.from({ length: 200 }, (_, key) => key)
    const run = (seed: number) =>
      evictions(new PolicyDriver(random(), { maxEntries: 50, seed }), keys)
    expect(run(1)).toEqual(run(1))
    expect(run(1)).not.toEqual(run(2))
  })
})
