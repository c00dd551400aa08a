import { describe, expect, test } from 'vitest'
import { SlotMap } from '../../src/kernel/slot-map.ts'

/** Keys of one hash at first: they differ where no sample of a long key looks. */
const alike = Array.from({ length: 40 }, (_, i) => longKey('', `${i}`.padStart(4, '0')))
/** So many of them make the whole of a long key count. */
const tooMany = 8

function longKey(end: string, unsampled = '0000'): string {
  return `${'x'.repeat(300)}${unsampled}${'x'.repeat(2_700)}${end}`
}

/** A table with room for so many, and what most tests do to it. */
class Scene {
  readonly table = new SlotMap<number>(5)

  constructor(capacity = 2_000) {
    this.table.reserve(capacity)
  }

  insert(keys: readonly string[]): void {
    for (const key of keys) this.table.insert(key, this.table.hash(key), 1)
  }

  remove(key: string): void {
    this.table.remove(this.find(key))
  }

  find(key: string): number {
    return this.table.find(key, this.table.hash(key))
  }

  missing(keys: readonly string[]): readonly string[] {
    return keys.filter((key) => this.find(key) === -1)
  }

  /** Whether keys that differ where no sample looks have hashes of their own. */
  get whole(): boolean {
    return this.table.hash(longKey('', 'one ')) !== this.table.hash(longKey('', 'two '))
  }
}

describe('deadlines', () => {
  test('are none until somebody says so, in slots that are new and in those that were taken before', () => {
    const { table } = new Scene()
    const slot = table.insert('a', table.hash('a'), 1)
    expect(table.deadlineAt(slot)).toBe(Infinity)
    table.setDeadline(slot, 1_000)
    expect(table.deadlineAt(slot)).toBe(1_000)
    table.remove(slot)
    expect(table.deadlineAt(slot)).toBe(Infinity)
    expect(table.insert('b', table.hash('b'), 2)).toBe(slot)
    expect(table.deadlineAt(slot)).toBe(Infinity)
  })
})

describe('what was never put in', () => {
  test('is neither found nor there', () => {
    const { table } = new Scene()
    // The end of such a key is what an empty place looks like.
    expect(table.seek('\0\0\0\0')).toBe(-1)
    expect(table.keyAt(0)).toBeUndefined()
    expect(table.valueAt(0)).toBeUndefined()
    expect([...table.slots()]).toEqual([])
  })

  test('is all that is left after everything was taken out', () => {
    const scene = new Scene()
    scene.insert(['a', 'some key'])
    expect(scene.table.seek('some key')).toBe(1)
    scene.table.clear()
    expect(scene.table.seek('some key')).toBe(-1)
    expect([0, 1].map((slot) => scene.table.keyAt(slot))).toEqual([undefined, undefined])
    expect([0, 1].map((slot) => scene.table.valueAt(slot))).toEqual([undefined, undefined])
  })
})

test('keys are spread over all buckets', () => {
  const scene = new Scene()
  scene.insert(Array.from({ length: 1_024 }, (_, i) => `key:${i}`))
  const { buckets } = scene.table.inspect()
  const taken = buckets.filter((slots) => slots.length > 0).length
  // As many as with perfect chance: 1 - 1 / e ** load.
  const expected = 1 - Math.exp(-1_024 / buckets.length)
  expect(taken / buckets.length).toBeCloseTo(expected, 1)
})

describe('long keys', () => {
  test('count whole once eight are alike, whatever else was put in between', () => {
    const scene = new Scene()
    for (const [i, key] of alike.slice(0, tooMany).entries()) {
      expect(scene.whole).toBe(false)
      scene.insert([key, `other:${i}`])
    }
    expect(scene.whole).toBe(true)
    expect(scene.missing(alike.slice(0, tooMany))).toEqual([])
  })

  test('do not count whole because they share a bucket', () => {
    const scene = new Scene()
    const { buckets } = scene.table.inspect()
    const sharing: string[] = []
    for (let i = 0; sharing.length <= tooMany; i++) {
      const key = longKey(`${i}`)
      if (scene.table.hash(key) % buckets.length === 0) sharing.push(key)
    }
    scene.insert(sharing)
    expect(scene.table.inspect().buckets).toHaveLength(buckets.length)
    expect(scene.whole).toBe(false)
  })

  test('are found by their samples until the last of them is gone, whatever else is taken out', () => {
    const scene = new Scene()
    const before = alike.slice(0, tooMany)
    const others = Array.from({ length: 20 }, (_, i) => `other:${i}`)
    const after = alike.slice(tooMany)
    scene.insert([...before, ...others, ...after])
    for (const key of [...others, ...after]) {
      scene.remove(key)
      expect(scene.missing(before)).toEqual([])
    }
    while (before.length > 0) {
      scene.remove(before.shift() as string)
      expect(scene.missing(before)).toEqual([])
    }
    expect(scene.table.size).toBe(0)
  })

  test('are found by their samples though short keys came and went before all counted', () => {
    const scene = new Scene()
    const before = alike.slice(0, tooMany - 1)
    const others = Array.from({ length: 5 }, (_, i) => `other:${i}`)
    scene.insert([...before, ...others])
    for (const key of others) scene.remove(key)
    before.push(alike[tooMany] as string)
    scene.insert(before.slice(-1))
    expect(scene.whole).toBe(true)
    while (before.length > 0) {
      expect(scene.missing(before)).toEqual([])
      scene.remove(before.shift() as string)
    }
  })
})
