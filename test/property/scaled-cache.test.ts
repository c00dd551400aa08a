import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import type { PolicyFactory } from '../../src/contracts/policy.ts'
import { ScaledCache } from '../../src/kernel/scaled-cache.ts'
import { lru } from '../../src/policies/lru.ts'

/** Few of them, and alike in their low bits, so that they share buckets. */
const hashes = fc.array(fc.constantFrom(...[0, 1, 2, -1, 7].flatMap(alike)), { maxLength: 300 })

function alike(bits: number): number[] {
  return [bits, bits + 2 ** 10, bits - 2 ** 20, bits ^ (2 ** 29)].map((hash) => hash | 0)
}

test('keeps what the policy keeps', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 18 }), hashes, (capacity, accesses) => {
      const cache = new ScaledCache(lru(), capacity, 0)
      const kept: number[] = []
      for (const hash of accesses) {
        const place = kept.indexOf(hash)
        if (place !== -1) kept.splice(place, 1)
        kept.push(hash)
        if (kept.length > capacity) kept.shift()
        expect(cache.access(hash)).toBe(place !== -1)
      }
    }),
  )
})

test('a policy may refuse the newest', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 18 }), hashes, (capacity, accesses) => {
      const cache = new ScaledCache(stubborn, capacity, 0)
      const kept = new Set<number>()
      for (const hash of accesses) {
        expect(cache.access(hash)).toBe(kept.has(hash))
        if (kept.size < capacity) kept.add(hash)
      }
    }),
  )
})

test('a policy is told the hashes and the bounds', () => {
  const seen: number[] = []
  const cache = new ScaledCache(
    (setup) => {
      expect(setup).toMatchObject({ maxEntries: 2, maxWeight: Infinity, seed: 7 })
      const policy = lru()(setup)
      const insert = (slot: number) => {
        seen.push(setup.hashOf(slot))
        policy.insert(slot)
      }
      return { ...policy, insert }
    },
    2,
    7,
  )
  for (const hash of [5, -6, 5, 7, 8]) cache.access(hash)
  expect(seen).toEqual([5, -6, 7, 8])
})

/** Evicts whoever came last. */
const stubborn: PolicyFactory = () => {
  let newest = -1
  return {
    name: 'stubborn',
    reserve() {},
    insert(slot) {
      newest = slot
    },
    hit() {},
    remove() {},
    evict: () => newest,
    resize() {},
    clear() {},
  }
}

test('to its policy one entry weighs as much as another', () => {
  let weights: number[] = []
  const weighing: PolicyFactory = (setup) => {
    weights = [0, 1].map((slot) => setup.weightOf(slot))
    return lru()(setup)
  }
  expect(new ScaledCache(weighing, 2, 0).maxWeight).toBe(Infinity)
  expect(weights).toEqual([1, 1])
})
