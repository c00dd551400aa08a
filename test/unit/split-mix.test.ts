import { expect, test } from 'vitest'
import { SplitMix } from '../../src/kernel/split-mix.ts'

function numbers(seed: number, count: number): number[] {
  const random = new SplitMix(seed)
  return Array.from({ length: count }, () => random.next())
}

test('the same seed gives the same numbers, another one others', () => {
  expect(numbers(42, 100)).toEqual(numbers(42, 100))
  expect(numbers(2 ** 32 + 42, 100)).toEqual(numbers(42, 100))
  for (const seed of [43, -42, 0]) {
    const others = new Set(numbers(seed, 100))
    expect(numbers(42, 100).filter((number) => others.has(number))).toEqual([])
  }
})

test('the numbers are signed integers of 32 bits, each bit set as often as not', () => {
  const drawn = numbers(7, 10_000)
  expect(drawn.filter((number) => number !== (number | 0))).toEqual([])
  for (let bit = 0; bit < 32; bit++) {
    const set = drawn.filter((number) => (number >>> bit) & 1).length
    expect(Math.abs(set - 5_000)).toBeLessThan(250)
  }
})

test('none comes twice in a long run', () => {
  expect(new Set(numbers(0, 200_000)).size).toBe(200_000)
})

test('a bound is kept, and all numbers below it are as likely', () => {
  const random = new SplitMix(3)
  const counts = new Array<number>(10).fill(0)
  for (let i = 0; i < 10_000; i++) {
    const drawn = random.below(10)
    counts[drawn] = (counts[drawn] as number) + 1
  }
  expect(counts.length).toBe(10)
  for (const count of counts) expect(Math.abs(count - 1_000)).toBeLessThan(150)
  for (let i = 0; i < 100; i++) expect(random.below(1)).toBe(0)
})

test('the largest bound reaches all that the numbers do', () => {
  const [random, same] = [new SplitMix(9), new SplitMix(9)]
  for (let i = 0; i < 1_000; i++) expect(random.below(2 ** 32)).toBe(same.next() >>> 0)
})

test('the numbers are those that its authors’ steps make, with constants for 32 bits', () => {
  const mask = 0xffff_ffffn
  for (const seed of [0, 1, 42, 0x7fff_ffff]) {
    let state = BigInt(seed)
    const expected = Array.from({ length: 100 }, () => {
      state = (state + 0x9e37_79b9n) & mask
      let bits = state
      bits = ((bits ^ (bits >> 16n)) * 0x21f0_aaadn) & mask
      bits = ((bits ^ (bits >> 15n)) * 0x735a_2d97n) & mask
      return Number(BigInt.asIntN(32, bits ^ (bits >> 15n)))
    })
    expect(numbers(seed, 100)).toEqual(expected)
  }
})
