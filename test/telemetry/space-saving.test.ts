import fc from 'fast-check'
import { expect, test } from 'vitest'
import { SpaceSaving } from '../../src/telemetry/space-saving.ts'

/** Some names much more often than others. */
const name = fc.oneof(
  { weight: 5, arbitrary: fc.nat(3) },
  { weight: 3, arbitrary: fc.nat(20) },
  fc.nat(1000),
)

test('counts are right within their errors, and no frequent name is missing', () => {
  fc.assert(
    fc.property(
      fc.array(name, { maxLength: 800 }),
      fc.integer({ min: 1, max: 30 }),
      (names, capacity) => {
        const exact = new Map<string, number>()
        const dropped: { touches: number }[] = []
        const counted = new SpaceSaving(
          capacity,
          () => ({ touches: 0 }),
          (item) => dropped.push(item),
        )
        for (const each of names.map(String)) {
          exact.set(each, (exact.get(each) ?? 0) + 1)
          counted.touch(each).touches++
        }
        const ranking = counted.ranking()
        expect(ranking.length).toBe(Math.min(capacity, exact.size))
        for (const { name, count, error, item } of ranking) {
          const real = exact.get(name) ?? 0
          expect(count).toBeGreaterThanOrEqual(real)
          expect(count - error).toBeLessThanOrEqual(real)
          expect(item.touches).toBeLessThanOrEqual(real)
          if (exact.size <= capacity) expect([count, error]).toEqual([real, 0])
        }
        const known = new Set(ranking.map((one) => one.name))
        for (const [each, real] of exact) {
          if (real > names.length / capacity) expect(known).toContain(each)
        }
        // Nothing is lost: what is not among them has been handed back.
        const held = [...ranking.map(({ item }) => item), ...dropped]
        expect(held.reduce((sum, { touches }) => sum + touches, 0)).toBe(names.length)
        expect(ranking.map(({ count }) => count)).toEqual(
          [...ranking.map(({ count }) => count)].sort((a, b) => b - a),
        )
      },
    ),
    { numRuns: 300 },
  )
})
