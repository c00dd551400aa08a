import fc from 'fast-check'
import { expect, test } from 'vitest'
import { structuralKey } from '../../src/kernel/structural-key.ts'
import { areEqual } from './are-equal.ts'
import { anything, imitation, leaves, valuesFrom } from './key-arbitraries.ts'
import { readStructuralKey } from './read-structural-key.ts'

test('a key can be read back: no two different values share one', () => {
  fc.assert(
    fc.property(fc.array(anything, { maxLength: 3 }), (values) => {
      const read = readStructuralKey(structuralKey(values))
      expect(areEqual(read, values)).toBe(true)
    }),
    { numRuns: 3000 },
  )
})

test('keys are equal exactly if the values are', () => {
  const few = fc.array(valuesFrom(leaves), { maxLength: 2 })
  fc.assert(
    fc.property(few, few, (one, other) => {
      expect(structuralKey(one) === structuralKey(other)).toBe(areEqual(one, other))
    }),
    { numRuns: 5000 },
  )
})

test('a change of one part changes the key', () => {
  const value = valuesFrom(leaves)
  fc.assert(
    fc.property(value, leaves, fc.nat(6), fc.gen(), (before, part, at, gen) => {
      let parts = 0
      const after = copy(
        before,
        () => gen(fc.nat),
        (leaf) => (parts++ === at ? part : leaf),
      )
      expect(structuralKey([before]) === structuralKey([after])).toBe(areEqual(before, after))
    }),
    { numRuns: 10_000 },
  )
})

test('no order counts but that of arrays', () => {
  fc.assert(
    fc.property(anything, fc.gen(), (value, gen) => {
      const other = copy(
        value,
        () => gen(fc.nat),
        (leaf) => leaf,
      )
      expect(structuralKey([other])).toBe(structuralKey([value]))
    }),
    { numRuns: 2000 },
  )
})

test('text that imitates a key is not taken for one', () => {
  const likeKeys = fc.array(anything, { maxLength: 2 }).map((values) => structuralKey(values))
  const texts = fc.array(fc.oneof(imitation, likeKeys), { maxLength: 3 })
  fc.assert(
    fc.property(texts, texts, (one, other) => {
      expect(structuralKey(one) === structuralKey(other)).toBe(areEqual(one, other))
      expect(readStructuralKey(structuralKey(one))).toEqual(one)
    }),
    { numRuns: 3000 },
  )
})

/** A deep copy whose parts are in another order, wherever order is not what makes the value. */
function copy(value: unknown, die: () => number, changed: (leaf: unknown) => unknown): unknown {
  const target = emptyLike(value)
  if (target === undefined) return changed(value)
  const again = (part: unknown) => copy(part, die, changed)
  const shuffled = <T>(items: Iterable<T>): T[] => {
    const result: T[] = []
    for (const item of items) result.splice(die() % (result.length + 1), 0, item)
    return result
  }
  if (value instanceof Set && target instanceof Set) {
    for (const item of shuffled(value)) target.add(again(item))
  }
  if (value instanceof Map && target instanceof Map) {
    for (const [key, held] of shuffled(value)) target.set(again(key), again(held))
  }
  for (const key of shuffled(Reflect.ownKeys(Object(value)))) {
    const descriptor = Object.getOwnPropertyDescriptor(value, key)
    if (descriptor?.enumerable !== true) continue
    Object.defineProperty(target, key, { ...descriptor, value: again(descriptor.value) })
  }
  return target
}

/** Undefined for what has no parts in it. */
function emptyLike(value: unknown): object | undefined {
  if (value instanceof Set) return new Set()
  if (value instanceof Map) return new Map()
  if (value instanceof Date) return new Date(value)
  if (Array.isArray(value)) return new Array(value.length)
  if (typeof value !== 'object' || value === null) return undefined
  const prototype: object | null = Object.getPrototypeOf(value)
  return prototype === null || prototype === Object.prototype ? Object.create(prototype) : undefined
}
