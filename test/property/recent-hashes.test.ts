import fc from 'fast-check'
import { expect, test } from 'vitest'
import { RecentHashes } from '../../src/kernel/recent-hashes.ts'

test('recent hashes are what an array of all hashes is', () => {
  // Hashes that want the same place in the table, at its end as well as in the middle, and 0.
  const hash = fc.constantFrom(0, -1, 15, 31, 63, 127, 255, 7, 16, 32, 64, 2 ** 31 - 1, -(2 ** 31))
  const operation = fc.oneof(
    { weight: 6, arbitrary: fc.record({ type: fc.constant('add'), hash, number: fc.constant(0) }) },
    { weight: 6, arbitrary: fc.record({ type: fc.constant('take'), hash, number: fc.nat(12) }) },
    {
      weight: 1,
      arbitrary: fc.record({
        type: fc.constant('resize'),
        hash: fc.constant(0),
        number: fc.nat(9),
      }),
    },
  )
  fc.assert(
    fc.property(fc.array(operation, { maxLength: 100, size: 'max' }), (operations) => {
      const recent = new RecentHashes()
      let capacity = 1
      let naive: (number | undefined)[] = []
      const forget = (hash: number) => {
        naive = naive.map((other) => (other === hash ? undefined : other))
      }
      for (const { type, hash, number } of operations) {
        if (type === 'add') {
          recent.add(hash)
          forget(hash)
          naive.push(hash)
        } else if (type === 'take') {
          const there = naive.reverse().slice(0, Math.min(capacity, number)).includes(hash)
          naive.reverse()
          expect(recent.take(hash, number)).toBe(there)
          if (there) forget(hash)
        } else {
          recent.resize(number)
          capacity = Math.max(1, number)
          naive = []
        }
      }
    }),
    { numRuns: 1000 },
  )
})

test('a hash is found until as many others have come', () => {
  const recent = new RecentHashes()
  recent.resize(100)
  for (let hash = 0; hash < 1000; hash++) recent.add(hash)
  expect(recent.take(899, Infinity)).toBe(false)
  expect(recent.take(900, 99)).toBe(false)
  expect(recent.take(900, 100)).toBe(true)
  expect(recent.take(900, Infinity)).toBe(false)
})
