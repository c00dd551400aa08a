import { beforeEach, describe, expect, test } from 'vitest'
import type { PolicyFactory } from '../../src/contracts/policy.ts'
import { HitRatioCurve } from '../../src/kernel/hit-ratio-curve.ts'
import { lru } from '../../src/policies/lru.ts'
import { type FakeClock, fakeClock } from '../../src/testing/fake-clock.ts'

const allHashes = 2 ** 32
/** The threshold in a rest: few hashes are enough to end it. */
const resting = 2 ** 26
const firstWatch = 1_024
/** Simulated reads from which on there are rests, and for each of which a rest is one read longer. */
const learning = 2 ** 17
const haste = 1_024

/** A size of which one read in 1,024 is simulated, which needs no rest. */
const sparse = { entries: 4_096, sampledKeys: 16, of: 1_024 }
/** A size that is simulated as it is. */
const small = { entries: 100, sampledKeys: 4_096 }

let clock: FakeClock
/** How many reads there have been, as a cache counts them. */
let reads: number
/** How many of them had been simulated each time that the size was asked for. */
let asked: number[]
/** The sizes of the caches that were made. */
let made: number[]
let entries: number | undefined
let curve: HitRatioCurve

const policy: PolicyFactory = (setup) => {
  made.push(setup.maxEntries)
  return lru()(setup)
}

beforeEach(() => {
  clock = fakeClock()
  reads = 0
  asked = []
  made = []
})

function begin(setup: { readonly entries: number | undefined; readonly sampledKeys: number }) {
  entries = setup.entries
  curve = new HitRatioCurve({
    policy,
    clock,
    seed: 1,
    sampledKeys: setup.sampledKeys,
    entries() {
      asked.push(curve.simulated)
      return entries
    },
    reads: () => reads,
  })
}

/** One read, which stands for so many. */
function read(hash: number, of = 1): void {
  curve.read(hash)
  reads += of
}

/** So many reads of one key. */
function readAgain(count: number, of = 1): void {
  for (let i = 0; i < count; i++) read(7, of)
}

let lastFresh = 0
/** So many reads of keys that nobody has read. */
function readFresh(count: number, of = 1): void {
  for (let i = 0; i < count; i++) read(100 + (lastFresh++ % 2 ** 22), of)
}

describe('what is simulated', () => {
  test('are caches of sizes that are as many times the present one, and of one entry at least', () => {
    for (const [entries, sampledKeys, sizes] of [
      [100, 4_096, [50, 100, 200, 400]],
      [3, 12, [2, 3, 6, 12]],
      [2_048, 16, [2, 4, 8, 16]],
      [2_048, 1, [1, 1, 1, 1]],
    ] as const) {
      made = []
      begin({ entries, sampledKeys })
      read(0)
      expect(made).toEqual(sizes)
    }
  })

  test('is nothing where there is no bound, nor after the end', () => {
    begin({ ...small, entries: Infinity })
    readAgain(10)
    expect(curve.threshold).toBe(0)
    expect([made, asked]).toEqual([[], [0]])
    begin(small)
    readAgain(10)
    curve.close()
    readAgain(10)
    expect(curve.threshold).toBe(0)
    expect(curve.simulated).toBe(10)
  })

  test('are the reads of hashes below a share of all', () => {
    begin(sparse)
    expect([curve.threshold, curve.simulated]).toEqual([allHashes, 0])
    read(0)
    expect(curve.threshold).toBe(allHashes / sparse.of)
    read(allHashes / sparse.of)
    expect(curve.simulated).toBe(1)
    read(allHashes / sparse.of - 1)
    expect(curve.simulated).toBe(2)
  })

  test('is every hash as a key of its own', () => {
    const bits = Array.from({ length: 33 }, (_, i) => (i === 32 ? 0 : 2 ** i))
    const sums = bits.flatMap((one) => bits.flatMap((other) => bits.map((x) => one | other | x)))
    begin({ entries: 20_000, sampledKeys: 80_000 })
    const hashes = new Set(sums.map((sum) => sum >>> 0))
    for (const hash of hashes) read(hash)
    expect(curve.simulated).toBe(hashes.size)
    expect(curve.hitRatios()).toEqual([0, 0, 0, 0])
  })

  test('is a read that goes on once alone', () => {
    begin(small)
    curve.ignoreRepetition()
    for (const hash of [1, 0, 1, 5]) read(hash)
    expect(curve.simulated).toBe(4)
    curve.ignoreRepetition()
    read(5)
    expect(curve.simulated).toBe(4)
    read(5)
    expect(curve.simulated).toBe(5)
    curve.ignoreRepetition()
    read(6)
    read(5)
    expect(curve.simulated).toBe(7)
  })
})

describe('the size', () => {
  test('is asked for after watches of so many reads as there were before them', () => {
    begin(small)
    readAgain(4 * small.sampledKeys * 3)
    expect(asked).toEqual([0, 1, 2, 4, 8, 16, 32, 48].map((times) => times * firstWatch))
  })

  test('is asked for again after 64 reads where it is unknown', () => {
    begin({ ...small, entries: undefined })
    readAgain(64)
    expect(asked).toHaveLength(1)
    read(7)
    expect(asked).toHaveLength(2)
    readAgain(64)
    expect(asked).toHaveLength(3)
    expect(curve.threshold).toBe(allHashes)
    expect(curve.simulated).toBe(0)
  })

  test.each([
    [89, true],
    [91, false],
    [undefined, false],
    [109, false],
    [111, true],
  ])('that was 100 and is %s begins all anew: %s', (now, anew) => {
    begin(small)
    readAgain(firstWatch - 1)
    entries = now
    read(7)
    expect(curve.simulated).toBe(anew ? 0 : firstWatch)
    expect(curve.hitRatios().every((ratio) => ratio === 1)).toBe(anew)
    read(7)
    expect(made).toHaveLength(anew ? 8 : 4)
  })

  test('that is another is simulated from the next read on', () => {
    begin(small)
    curve.restart()
    read(7)
    expect(curve.simulated).toBe(1)
  })
})

describe('the ratios', () => {
  test('are those of all reads so far, whenever they are asked for', () => {
    begin(small)
    read(7)
    expect(curve.hitRatios()).toEqual([0, 0, 0, 0])
    readAgain(2)
    readFresh(1)
    for (let i = 0; i < 3; i++) expect(curve.hitRatios()).toEqual([0.5, 0.5, 0.5, 0.5])
  })

  test('take reads of the sample that are too few for such as hit', () => {
    begin(sparse)
    readFresh(10, 2 * sparse.of)
    expect(curve.hitRatios()).toEqual([0.5, 0.5, 0.5, 0.5])
  })

  test('are at most 1, however many of the reads are the same ones going on', () => {
    begin(sparse)
    for (let i = 0; i < 100; i++) {
      readFresh(1)
      curve.ignoreRepetition()
      read(100 + lastFresh - 1)
    }
    expect(Math.max(...curve.hitRatios())).toBe(1)
  })

  test('count a million reads, and what came before it half as much each time', () => {
    const million = 2 ** 20
    begin(sparse)
    // What hits in all caches needs one read that does not.
    read(7, sparse.of)
    readAgain(million - 1, sparse.of)
    readFresh(64, sparse.of)
    const [half, quarter] = [million / 2, million / 4]
    for (const ratio of curve.hitRatios()) expect(ratio).toBeCloseTo(half / (half + 64), 5)
    readFresh(half - 64, sparse.of)
    for (const ratio of curve.hitRatios()) expect(ratio).toBeCloseTo(0.5, 5)
    readFresh(half, sparse.of)
    const later = quarter / (2 * quarter + half)
    for (const ratio of curve.hitRatios()) expect(ratio).toBeCloseTo(later, 5)
  })
})

describe('a rest', () => {
  const watch = 4 * small.sampledKeys
  /** Reads until the first rest, and what they are to make up for. */
  const before = learning + watch
  const price = watch / haste

  /** The same, in the very last of them. */
  function tire(): void {
    begin(small)
    readAgain(before - 1)
    expect(curve.threshold).toBe(allHashes)
    reads = before
    read(7, 0)
    expect(curve.threshold).toBe(resting)
  }

  test('lasts for as many reads as make those simulated before it few', () => {
    tire()
    reads = price * before - 1
    read(7, 0)
    expect(curve.simulated).toBe(before)
    reads++
    read(7, 0)
    expect(curve.simulated).toBe(before + 1)
    expect(curve.threshold).toBe(allHashes)
    expect(clock.pending()).toBe(0)
  })

  test('makes up for what was simulated since the last one', () => {
    tire()
    const woken = price * before
    reads = woken
    readAgain(2 * watch - 1)
    expect(curve.threshold).toBe(allHashes)
    read(7)
    expect(curve.threshold).toBe(resting)
    const rested = woken + 3 * price * 2 * watch
    reads = rested - 1
    read(7, 0)
    expect(curve.threshold).toBe(resting)
    reads = rested
    read(7, 0)
    expect(curve.threshold).toBe(allHashes)
  })

  test('ends after a minute, in the background', () => {
    tire()
    expect(clock.pending('background')).toBe(1)
    clock.advance(59_999)
    expect(curve.threshold).toBe(resting)
    clock.advance(1)
    expect(curve.threshold).toBe(allHashes)
    expect(clock.pending()).toBe(0)
  })

  test('is followed by a watch that counts nothing, then by one that counts', () => {
    tire()
    const ratios = curve.hitRatios()
    clock.advance(60_000)
    readFresh(watch - 2)
    curve.ignoreRepetition()
    read(100 + lastFresh - 1)
    readFresh(1)
    expect(curve.hitRatios()).toEqual(ratios)
    readFresh(watch)
    expect(curve.threshold).toBe(allHashes)
    for (const ratio of curve.hitRatios()) expect(ratio).toBeCloseTo(before / (before + watch), 4)
    readFresh(1)
    expect(curve.threshold).toBe(resting)
  })

  test.each([
    [0, allHashes],
    [1, resting],
  ])('of %i reads', (rest, threshold) => {
    begin({ entries: 4, sampledKeys: firstWatch / 4 })
    readAgain(learning + haste - 1)
    reads = learning + haste - rest
    read(7, 0)
    expect(curve.threshold).toBe(threshold)
  })
})
