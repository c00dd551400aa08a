import { describe, expect, test } from 'vitest'
import type { PolicyFactory } from '../../src/contracts/policy.ts'
import { curveFactors, HitRatioCurve } from '../../src/kernel/hit-ratio-curve.ts'
import { ScaledCache } from '../../src/kernel/scaled-cache.ts'
import { SplitMix } from '../../src/kernel/split-mix.ts'
import { lru } from '../../src/policies/lru.ts'
import { s3fifo } from '../../src/policies/s3-fifo.ts'
import { type FakeClock, fakeClock } from '../../src/testing/fake-clock.ts'

/** The largest mean error that is promised. */
const promised = 0.02
/** The threshold of a curve at rest, for whose end few reads are enough. */
const resting = 2 ** 26
const policies: Readonly<Record<string, PolicyFactory>> = { lru: lru(), s3fifo: s3fifo() }

interface Setup {
  readonly policy?: PolicyFactory
  readonly entries: number | (() => number | undefined)
  readonly sampledKeys?: number
  readonly clock?: FakeClock
}

/** How many reads each curve has been told of, or not. */
const reads = new WeakMap<HitRatioCurve, number>()

function curveFor({ entries, policy = lru(), sampledKeys = 4_096, clock = fakeClock() }: Setup) {
  const sizes = typeof entries === 'number' ? () => entries : entries
  const curve: HitRatioCurve = new HitRatioCurve({
    policy,
    clock,
    seed: 1,
    sampledKeys,
    entries: sizes,
    reads: () => reads.get(curve) ?? 0,
  })
  return curve
}

/** Reads as a memory tier tells of them; answers how many were simulated. */
function replay(curve: HitRatioCurve, keys: Iterable<number>): number {
  let simulated = 0
  let count = reads.get(curve) ?? 0
  for (const key of keys) {
    const hash = hashOf(key)
    if (hash < curve.threshold) {
      reads.set(curve, count)
      const before = curve.simulated
      curve.read(hash)
      simulated += curve.simulated - before
    }
    count++
  }
  reads.set(curve, count)
  return simulated
}

describe('is near what full simulations answer', () => {
  const traces: Readonly<Record<string, Int32Array>> = {
    'zipf 0.8 over 50,000 keys': zipf(400_000, 50_000, 0.8),
    'zipf 1.1 over 100,000 keys': zipf(400_000, 100_000, 1.1),
    'a loop of 3,000 keys': loop(400_000, 3_000),
    'scans between zipf': alternating(400_000, 5_000),
    'zipf that drifts': drifting(1_000_000, 20_000, 25),
    'few keys, many reads': zipf(1_000_000, 2_000, 0.9),
  }
  for (const [name, trace] of Object.entries(traces)) {
    for (const [policyName, policy] of Object.entries(policies)) {
      test(`${policyName}, ${name}`, () => {
        const errors = [300, 8_000].flatMap((entries) => {
          const curve = curveFor({ policy, entries })
          replay(curve, trace)
          const actual = curveFactors.map((factor) => fully(policy, entries * factor, trace))
          return curve.hitRatios().map((hitRatio, i) => Math.abs(hitRatio - (actual[i] as number)))
        })
        expect(mean(errors)).toBeLessThan(promised)
        expect(Math.max(...errors)).toBeLessThan(2 * promised)
      })
    }
  }

  test('one key that has half of the reads, sampled or not', () => {
    const errors = Array.from({ length: 40 }, (_, hot) => {
      const trace = mixed(100_000, hot, 30_000)
      const curve = curveFor({ entries: 10_000 })
      replay(curve, trace)
      const [, same = 0] = curve.hitRatios()
      return Math.abs(same - fully(lru(), 10_000, trace))
    })
    expect(Math.max(...errors)).toBeLessThan(promised)
  })
})

test('before the first read all ratios are 1', () => {
  expect(curveFor({ entries: 10 }).hitRatios()).toEqual([1, 1, 1, 1])
})

test('short traces are simulated as they are', () => {
  const trace = zipf(20_000, 3_000, 0.9)
  const curve = curveFor({ entries: 1_000 })
  expect(replay(curve, trace)).toBe(20_000)
  const actual = curveFactors.map((factor) => fully(lru(), 1_000 * factor, trace))
  expect(curve.hitRatios()).toEqual(actual)
})

test('asking again and again changes nothing', () => {
  const [curve, asked] = [curveFor({ entries: 100 }), curveFor({ entries: 100 })]
  for (const key of zipf(1_000_000, 1_000, 0.9)) {
    replay(curve, [key])
    replay(asked, [key])
    if (key === 3) asked.hitRatios()
  }
  const difference = asked.hitRatios().map((ratio, i) => ratio - (curve.hitRatios()[i] as number))
  expect(Math.max(...difference.map(Math.abs))).toBeLessThan(0.005)
})

describe('costs a bounded share', () => {
  for (const entries of [100, 1_000, 100_000]) {
    test(`${entries} entries: fewer and fewer reads are simulated, but some`, () => {
      const curve = curveFor({ entries })
      const trace = loop(10_000_000, 4 * entries)
      const shares = [1, 2, 3].map(() => replay(curve, trace) / trace.length)
      expect(shares[0]).toBeLessThan(1 / 20)
      expect(shares[2]).toBeLessThan(1 / 150)
      expect(shares[2]).toBeGreaterThan(1 / 600)
    })
  }

  test('a rest takes no longer than a minute, however few reads there are', () => {
    const clock = fakeClock()
    const curve = curveFor({ entries: 100, clock })
    replay(curve, loop(300_000, 50))
    expect(curve.threshold).toBe(resting)
    clock.advance(59_999)
    expect(curve.threshold).toBe(resting)
    clock.advance(1)
    expect(curve.threshold).toBe(2 ** 32)
    expect(replay(curve, loop(100, 50))).toBe(100)
  })

  test('what is missed in a rest, and after it until the miniatures have caught up, counts nothing', () => {
    const clock = fakeClock()
    const curve = curveFor({ entries: 100, clock })
    replay(curve, loop(2_000_000, 50))
    const before = curve.hitRatios()
    expect(curve.threshold).toBe(resting)
    replay(curve, fresh(1_000))
    clock.advance(60_000)
    replay(curve, fresh(10_000))
    expect(curve.hitRatios()).toEqual(before)
  })
})

test('follows what is read now', () => {
  const clock = fakeClock()
  const curve = curveFor({ entries: 1_000, clock })
  const read = (reads: Int32Array) => {
    for (let i = 0; i < 40; i++) {
      replay(curve, reads)
      clock.advance(60_000)
    }
  }
  read(fresh(100_000))
  expect(curve.hitRatios()[1]).toBeLessThan(0.05)
  for (let i = 0; i < 4; i++) read(loop(100_000, 100))
  expect(curve.hitRatios()[1]).toBeGreaterThan(0.9)
})

test('begins anew for another size', () => {
  let entries = 100
  const curve = curveFor({ entries: () => entries })
  replay(curve, loop(50_000, 300))
  expect(curve.hitRatios()[1]).toBe(0)
  entries = 300
  curve.restart()
  expect(curve.hitRatios()).toEqual([1, 1, 1, 1])
  replay(curve, loop(50_000, 300))
  expect(curve.hitRatios()[1]).toBeCloseTo(1 - 300 / 50_000, 10)
})

test('notices by itself that the size has drifted', () => {
  let entries = 100
  const curve = curveFor({ entries: () => entries })
  replay(curve, loop(5_000, 300))
  entries = 300
  replay(curve, loop(100_000, 300))
  expect(curve.hitRatios()[1]).toBeGreaterThan(0.99)
})

test('waits for the size to be known', () => {
  let entries: number | undefined
  const curve = curveFor({ entries: () => entries })
  expect(replay(curve, loop(1_000, 10))).toBe(0)
  expect(curve.hitRatios()).toEqual([1, 1, 1, 1])
  entries = 20
  expect(replay(curve, loop(1_000, 10))).toBeGreaterThan(900)
  expect(curve.hitRatios()[0]).toBeCloseTo(0.99, 2)
  entries = undefined
  expect(replay(curve, loop(10_000, 10))).toBe(10_000)
})

test('nothing is simulated where there is no bound, and after the end', () => {
  const unbounded = curveFor({ entries: Infinity })
  expect(replay(unbounded, loop(10_000, 10))).toBe(0)
  const clock = fakeClock()
  const closed = curveFor({ entries: 10, clock })
  replay(closed, loop(300_000, 10))
  closed.close()
  clock.advance(60_000)
  expect(replay(closed, loop(10_000_000, 10))).toBe(0)
})

test('a read that is another once more counts once', () => {
  const curve = curveFor({ entries: 100 })
  for (const key of fresh(10_000)) {
    replay(curve, [key])
    curve.ignoreRepetition()
    replay(curve, [key])
  }
  expect(curve.hitRatios()).toEqual([0, 0, 0, 0])
})

function fully(policy: PolicyFactory, entries: number, reads: Int32Array): number {
  const cache = new ScaledCache(policy, entries, 2)
  let hits = 0
  for (const key of reads) if (cache.access(hashOf(key) | 0)) hits++
  return hits / reads.length
}

/** As a memory tier hashes: no two keys alike, evenly from 0 to 2 ** 32. */
function hashOf(key: number): number {
  let bits = Math.imul(key ^ 0x5bd1e995, 0x85ebca6b)
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35)
  return (bits ^ (bits >>> 16)) >>> 0
}

function zipf(reads: number, keys: number, exponent: number): Int32Array {
  const sums = new Float64Array(keys)
  let sum = 0
  for (let key = 0; key < keys; key++) sums[key] = sum += (key + 1) ** -exponent
  const random = new SplitMix(reads)
  return Int32Array.from({ length: reads }, () => {
    const wanted = ((random.next() >>> 0) / 2 ** 32) * sum
    let [low, high] = [0, keys - 1]
    while (low < high) {
      const middle = (low + high) >> 1
      if ((sums[middle] as number) < wanted) low = middle + 1
      else high = middle
    }
    return low
  })
}

function loop(reads: number, keys: number): Int32Array {
  return Int32Array.from({ length: reads }, (_, read) => read % keys)
}

/** Keys that are read once. */
function fresh(reads: number): Int32Array {
  return Int32Array.from({ length: reads }, (_, read) => 1e8 + read)
}

/** Twenty thousand reads of popular keys, then a scan of as many others, and so on. */
function alternating(reads: number, keys: number): Int32Array {
  return zipf(reads, keys, 0.9).map((key, read) => (read % 40_000 < 20_000 ? key : 1e6 + read))
}

/** Every so many reads a key that was popular is not any more, and another is. */
function drifting(reads: number, keys: number, pace: number): Int32Array {
  return zipf(reads, keys, 0.9).map((key, read) => key + Math.floor(read / pace))
}

/** Half of the reads are of one key, the others of any. */
function mixed(reads: number, hot: number, keys: number): Int32Array {
  const random = new SplitMix(3)
  return Int32Array.from({ length: reads }, (_, i) => (i % 2 ? -1 - hot : random.below(keys)))
}

function mean(numbers: readonly number[]): number {
  return numbers.reduce((sum, number) => sum + number, 0) / numbers.length
}
