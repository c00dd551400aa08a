import { describe, expect, test, vi } from 'vitest'
import { HitRatioCurve } from '../../src/kernel/hit-ratio-curve.ts'
import { lru } from '../../src/policies/lru.ts'
import { fakeClock } from '../../src/testing/fake-clock.ts'

/** Every hash counts below the first, and few do in a rest, below the second. */
const all = 2 ** 32
const resting = 2 ** 26
/** So small a sample that all watches are as short as the first. */
const sampledKeys = 256
const watch = 1_024
/** Of a cache of so many entries one key in 512 is sampled. */
const large = 128 * sampledKeys
const sampledOfLarge = 2 ** 23
/** Simulated reads until the first rest. */
const learnt = 2 ** 17 + watch

/** A curve whose reads are counted as a memory tier counts them. */
class Scene {
  readonly clock = fakeClock()
  readonly policy = vi.fn(lru())
  readonly sizes = vi.fn<() => number | undefined>()
  readonly curve: HitRatioCurve
  reads: number
  /** A hash that was not read yet. */
  #fresh = 1_000

  constructor(entries: number | undefined, reads = 0) {
    this.reads = reads
    this.sizes.mockReturnValue(entries)
    this.curve = new HitRatioCurve({
      policy: this.policy,
      clock: this.clock,
      seed: 1,
      sampledKeys,
      entries: this.sizes,
      reads: () => this.reads,
    })
  }

  /** Reads one key so many times, each of which stands for so many reads. */
  read(hash: number, times = 1, each = 1): void {
    for (let i = 0; i < times; i++) {
      if (hash < this.curve.threshold) this.curve.read(hash)
      this.reads += each
    }
  }

  readFresh(times: number, each = 1): void {
    for (let i = 0; i < times; i++) this.read(this.#fresh++, 1, each)
  }

  get same(): number | undefined {
    return this.curve.hitRatios()[1]
  }
}

function sceneAtRest(): Scene {
  const scene = new Scene(64)
  scene.read(7, learnt)
  return scene
}

describe('what is simulated', () => {
  test('is any key from the first read on', () => {
    const scene = new Scene(10)
    expect(scene.curve.simulated).toBe(0)
    scene.read(1)
    scene.read(1)
    expect(scene.curve.simulated).toBe(2)
  })

  test('are the keys below the threshold, where there are more than a sample', () => {
    const { curve } = new Scene(large)
    curve.read(sampledOfLarge)
    expect(curve.threshold).toBe(sampledOfLarge)
    expect(curve.simulated).toBe(0)
    curve.read(sampledOfLarge - 1)
    expect(curve.simulated).toBe(1)
  })

  test('is not the read that goes on, but the next one', () => {
    const scene = new Scene(10)
    scene.curve.ignoreRepetition()
    scene.read(1)
    scene.curve.ignoreRepetition()
    scene.read(1)
    expect(scene.curve.simulated).toBe(1)
    scene.read(1)
    expect(scene.curve.simulated).toBe(2)
  })

  test('is a cache of one entry at least', () => {
    const scene = new Scene(1)
    for (let i = 0; i < 50; i++) for (const hash of [1, 2]) scene.read(hash)
    expect(scene.curve.hitRatios()).toEqual([0, 0, 0.98, 0.98])
  })
})

describe('the ratios', () => {
  test('are of all reads alike, whenever somebody asks', () => {
    const scene = new Scene(64)
    scene.read(7, 5)
    for (let i = 0; i < 10; i++) expect(scene.same).toBe(4 / 5)
    scene.readFresh(5)
    expect(scene.same).toBe(4 / 10)
  })

  test('are never above 1, even of fewer reads than none', () => {
    const scene = new Scene(large)
    scene.read(7)
    scene.curve.ignoreRepetition()
    scene.read(7)
    expect(scene.curve.hitRatios()).toEqual([1, 1, 1, 1])
  })

  test('count half after about a million reads, and one read in 512 needs no rest', () => {
    const scene = new Scene(large)
    scene.read(all - 1, 1, 512)
    scene.read(7, 2 ** 20, 512)
    scene.readFresh(2 ** 17, 512)
    expect(scene.curve.threshold).toBe(sampledOfLarge)
    const hits = 2 ** 19
    for (const ratio of scene.curve.hitRatios())
      expect(ratio).toBeCloseTo(hits / (hits + 2 ** 17), 4)
  })
})

describe('a rest', () => {
  test('is as long as the reads simulated since the last one are to pay for', () => {
    const start = 1_000_000
    const scene = new Scene(64, start)
    const woken: number[] = []
    while (scene.reads < start + 150_000) {
      const rested = scene.curve.threshold === resting
      scene.read(7)
      if (rested && scene.curve.threshold === all) woken.push(scene.reads - 1 - start)
    }
    // Two watches make up for the last rest: one to catch up and one that counts.
    expect(woken).toEqual([learnt, learnt + 3 * 2 * watch, learnt + (3 + 5) * 2 * watch])
  })

  test('keeps no process alive, and leaves no timer when reads end it', () => {
    const { clock, curve, ...scene } = sceneAtRest()
    expect(curve.threshold).toBe(resting)
    expect(clock.pending('background')).toBe(1)
    expect(clock.pending()).toBe(1)
    expect(scene.reads).toBe(learnt)
    curve.read(7)
    expect(curve.threshold).toBe(all)
    expect(clock.pending()).toBe(0)
  })

  test('leaves no timer when the curve is closed or begins anew', () => {
    for (const end of ['close', 'restart'] as const) {
      const { clock, curve } = sceneAtRest()
      curve[end]()
      expect(clock.pending()).toBe(0)
    }
  })

  test('is followed by a watch that counts nothing, and one that does', () => {
    const scene = sceneAtRest()
    const before = scene.curve.hitRatios()
    scene.readFresh(watch - 1)
    scene.curve.ignoreRepetition()
    scene.read(1_000 + watch - 2)
    expect(scene.curve.hitRatios()).toEqual(before)
    scene.readFresh(1)
    expect(scene.curve.threshold).toBe(all)
    expect(scene.same).toBeCloseTo(before[1] as number, 8)
    scene.readFresh(watch - 1)
    expect(scene.same).toBeCloseTo((learnt - 1) / (learnt + watch - 1), 8)
  })
})

describe('the size', () => {
  test('is looked at after each watch: a tenth more or less makes no difference', () => {
    for (const entries of [91, 109, undefined]) {
      const scene = new Scene(100)
      scene.read(7)
      scene.sizes.mockReturnValue(entries)
      scene.readFresh(watch)
      expect(scene.curve.simulated).toBe(watch + 1)
    }
  })

  test('of another cache makes all begin anew', () => {
    for (const entries of [89, 111]) {
      const scene = new Scene(100)
      scene.read(7)
      scene.sizes.mockReturnValue(entries)
      scene.readFresh(watch - 2)
      expect(scene.curve.simulated).toBe(watch - 1)
      scene.readFresh(1)
      expect(scene.curve.simulated).toBe(0)
      expect(scene.curve.hitRatios()).toEqual([1, 1, 1, 1])
    }
  })

  test('is asked for at the first read after it is said to be another', () => {
    const scene = new Scene(100)
    scene.curve.restart()
    scene.read(7)
    expect(scene.curve.simulated).toBe(1)
  })

  test('is asked for every 64 reads as long as it is unknown', () => {
    const scene = new Scene(undefined)
    scene.read(7, 64)
    expect(scene.sizes).toHaveBeenCalledTimes(1)
    scene.read(7)
    expect(scene.sizes).toHaveBeenCalledTimes(2)
    expect(scene.policy).not.toHaveBeenCalled()
  })

  test('without a bound ends it all: nothing is made, and nothing is asked for again', () => {
    const scene = new Scene(Infinity)
    scene.read(0, 200)
    expect(scene.sizes).toHaveBeenCalledTimes(1)
    expect(scene.policy).not.toHaveBeenCalled()
    expect(scene.curve.threshold).toBe(0)
  })
})
