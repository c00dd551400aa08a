import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { SlotMap } from '../../src/kernel/slot-map.ts'

/** Units that are the end of a key. */
const endLength = 4

let table: SlotMap<number>

beforeEach(() => {
  table = new SlotMap(5)
  table.reserve(5_000)
})
afterEach(() => void vi.restoreAllMocks())

function insert(keys: readonly string[]): void {
  for (const [i, key] of keys.entries()) table.insert(key, table.hash(key), i)
}

function remove(key: string): void {
  table.remove(table.find(key, table.hash(key)))
}

/** How many of the keys are found by their ends alone. */
function foundByEnd(keys: readonly string[]): number {
  const looks = vi.spyOn(String.prototype, 'charCodeAt')
  const count = keys.filter((key) => {
    looks.mockClear()
    expect(table.keyAt(table.seek(key))).toBe(key)
    return looks.mock.calls.length === endLength
  }).length
  looks.mockRestore()
  return count
}

test('of a key that was found lately the end alone is read', () => {
  insert(['user:1234'])
  expect([1, 2, 3].map(() => foundByEnd(['user:1234']))).toEqual([0, 1, 1])
  table.clear()
  table.reserve(100)
  insert(['user:5678'])
  expect([1, 2, 3].map(() => foundByEnd(['user:5678']))).toEqual([0, 1, 1])
})

test.each([0, 1, 2, 3])('so are keys that differ %i units before it ends', (from) => {
  const tail = '-'.repeat(from)
  const keys = Array.from('0123', (digit) => `key:----${digit}${tail}`)
  insert(keys)
  foundByEnd(keys)
  // Two may be noted in one place.
  expect(foundByEnd(keys)).toBeGreaterThanOrEqual(3)
})

test('there are places for as many keys as there are, up to some thousands', () => {
  const keys = Array.from({ length: 1_000 }, (_, i) => `key:${i}`.padStart(12, '-'))
  insert(keys)
  foundByEnd(keys)
  expect(foundByEnd(keys)).toBeGreaterThan(700)
})

test('keys that end alike are both found', () => {
  const keys = ['user:1:name', 'user:2:name', 'name', 'ame', '']
  insert(keys)
  for (let i = 0; i < 3; i++) expect(foundByEnd(keys.slice(0, 3))).toBeLessThanOrEqual(1)
  for (const key of keys) expect(table.keyAt(table.seek(key))).toBe(key)
})

test.each(['other:5678', 'b'])('whose slot %s has now is found by its end again', (other) => {
  const key = 'user:1234'
  insert([key])
  foundByEnd([key])
  remove(key)
  expect(table.seek(key)).toBe(-1)
  insert([other, key])
  expect([1, 2].map(() => foundByEnd([key]))).toEqual([0, 1])
})
