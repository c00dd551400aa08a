import { beforeEach, describe, expect, test } from 'vitest'
import { SlotMap } from '../../src/kernel/slot-map.ts'

const seed = 5
/** As many long keys of one hash as make all of a long key count. */
const mostAlike = 8

let table: SlotMap<string>

beforeEach(() => {
  table = new SlotMap(seed)
  table.reserve(10_000)
})

function insert(key: string): number {
  return table.insert(key, table.hash(key), `value of ${key}`)
}

function find(key: string): number {
  return table.find(key, table.hash(key))
}

function remove(key: string): void {
  table.remove(find(key))
}

/** A long key that tells its number where nobody looks. */
function alike(number: number): string {
  return `${'x'.repeat(300)}${`${number}`.padStart(4, '0')}${'x'.repeat(2_700)}`
}

function insertAlike(from: number, to: number): string[] {
  const keys = Array.from({ length: to - from }, (_, i) => alike(from + i))
  for (const key of keys) insert(key)
  return keys
}

test('who says nothing of an entry’s end has said that it has none', () => {
  const slot = insert('a')
  expect(table.deadlineAt(slot)).toBe(Infinity)
  table.setDeadline(slot, 7)
  expect(table.deadlineAt(slot)).toBe(7)
  table.remove(slot)
  expect(table.deadlineAt(slot)).toBe(Infinity)
  expect(insert('b')).toBe(slot)
  expect(table.deadlineAt(slot)).toBe(Infinity)
})

test('a slot that has been cleared holds nothing', () => {
  const slot = insert('a')
  table.clear()
  expect([table.keyAt(slot), table.valueAt(slot)]).toEqual([undefined, undefined])
  expect([...table.slots()]).toEqual([])
})

test('there is one chunk for each 2,048 slots', () => {
  const before = process.memoryUsage().heapUsed
  for (let i = 0; i < 5_000; i++) insert(`key:${i}`)
  expect(process.memoryUsage().heapUsed - before).toBeLessThan(50_000_000)
})

describe('buckets', () => {
  test('are doubled when there are more entries, two at each insertion', () => {
    const counts = Array.from({ length: 80 }, (_, i) => {
      insert(`key:${i}`)
      return table.inspect().buckets.length
    })
    const expected = Array.from({ length: 80 }, (_, i) => {
      const size = i + 1
      const full = 2 ** Math.max(4, Math.ceil(Math.log2(size)) - 1)
      return Math.min(size > 16 ? 2 * full : full, full + 2 * Math.max(0, size - full))
    })
    expect(counts).toEqual(expected)
  })

  test('are all of use', () => {
    for (let i = 0; i < 1_024; i++) insert(`key:${i}`)
    const { buckets } = table.inspect()
    expect(buckets).toHaveLength(1_024)
    // By chance 1 / e of them.
    expect(buckets.filter((slots) => slots.length === 0).length).toBeLessThan(450)
  })
})

describe('long keys of one hash', () => {
  /** Whether all of a long key counts by now. */
  const isWhole = () => table.hash(alike(1)) !== table.hash(alike(2))

  test('are noticed when there are too many, whatever is put in between', () => {
    for (let i = 0; i < mostAlike; i++) {
      expect(isWhole()).toBe(false)
      insert(alike(i))
      for (let j = 0; j < 3; j++) insert(`key:${i}:${j}`)
    }
    expect(isWhole()).toBe(true)
  })

  test('are not those that share a bucket', () => {
    const bucket = table.hash('x'.repeat(500)) & 15
    for (let i = 0; table.size < 12; i++) {
      const key = `${i}`.padStart(500, 'x')
      if ((table.hash(key) & 15) === bucket) insert(key)
    }
    const fullest = Math.max(...table.inspect().buckets.map((slots) => slots.length))
    expect(fullest).toBeGreaterThan(mostAlike)
    expect(isWhole()).toBe(false)
  })

  test('are found until they are taken out, whatever else is', () => {
    const keys = insertAlike(0, mostAlike)
    const others = Array.from({ length: 40 }, (_, i) => (i % 2 ? `key:${i}` : alike(100 + i)))
    for (const key of others) insert(key)
    for (const key of others) {
      remove(key)
      expect(keys.filter((key) => find(key) === -1)).toEqual([])
    }
    for (const key of keys) remove(key)
    expect(keys.filter((key) => find(key) !== -1)).toEqual([])
  })

  test('are found where others were taken out before all of a key counted', () => {
    const first = insertAlike(0, mostAlike / 2)
    for (const key of ['a', 'b', 'c', 'd']) insert(key)
    for (const key of ['a', 'b', 'c', 'd']) remove(key)
    const second = insertAlike(mostAlike / 2, mostAlike)
    expect(isWhole()).toBe(true)
    for (const key of first) {
      remove(key)
      expect(second.filter((key) => find(key) === -1)).toEqual([])
    }
  })
})
