import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { structuralKey } from '../../src/kernel/structural-key.ts'
import { readStructuralKey } from './read-structural-key.ts'

/** Text made of what keys are written with. */
const imitation = fc.string({
  unit: fc.constantFrom(...' 0123:,=#@()[]{}n-', 'null', 'Map(', '1:a', '\u0000', '\ud800'),
  maxLength: 8,
})
const name = fc.oneof(
  fc.constantFrom('a', 'b', '0', '1', '-1', '__proto__', 'constructor', 'toString', ''),
  fc.constantFrom(Symbol.for('a'), Symbol.for('b'), Symbol.for('a=1')),
  imitation,
)
/** The oracle. Node 24.21 fails on some sets that hold `null`: what it cannot judge is drawn anew. */
function areEqual(one: unknown, other: unknown): boolean {
  try {
    return isDeepStrictEqual(one, other)
  } catch {
    return fc.pre(false) ?? false
  }
}

/** `isDeepStrictEqual` takes no invalid date for equal to another: those are a case of their own. */
const date = fc.date({ noInvalidDate: true })

/** So few that two of them are often equal, and so alike that a careless key would make them so. */
const leaves: fc.Arbitrary<unknown> = fc.constantFrom(
  ...[0, -0, 1, -1, '0', '1', '', 1n, 0n, true, 'true', null, 'null', undefined, 'undefined'],
  ...[Number.NaN, 'NaN', Infinity, [], {}, '[]', '{}', new Set(), new Map(), Symbol.for('a')],
)

function valuesFrom(leaf: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> {
  const { value } = fc.letrec<{ value: unknown }>((tie) => {
    const value = tie('value')
    const entries = fc.uniqueArray(fc.tuple(name, value), {
      selector: ([key]) => key,
      maxLength: 4,
    })
    const list = fc.array(value, { maxLength: 4 })
    return {
      value: fc.oneof(
        { maxDepth: 3, depthSize: 'small', withCrossShrink: true },
        { arbitrary: leaf, weight: 8 },
        entries.map((pairs) => objectOf({}, pairs)),
        entries.map((pairs) => objectOf(Object.create(null), pairs)),
        list,
        fc.sparseArray(value, { maxLength: 4 }),
        fc.tuple(list, entries).map(([elements, pairs]) => objectOf([...elements], pairs)),
        fc.tuple(date, entries).map(([when, pairs]) => objectOf(new Date(when), pairs)),
        list.map((items) => new Set(items)),
        fc.array(fc.tuple(value, value), { maxLength: 3 }).map((pairs) => new Map(pairs)),
      ),
    }
  })
  return value
}

function objectOf(target: object, pairs: readonly (readonly [PropertyKey, unknown])[]): object {
  for (const [key, value] of pairs) {
    // `length` of an array is no property to be set at will.
    if (key === 'length') continue
    const descriptor = { value, writable: true, enumerable: true, configurable: true }
    Object.defineProperty(target, key, descriptor)
  }
  return target
}

const anything = valuesFrom(
  fc.oneof(
    fc.anything({ maxDepth: 0, withBigInt: true, withTypedArray: true }),
    fc.oneof(fc.double(), leaves),
    imitation,
    fc.string({ unit: 'binary' }),
    date,
    fc.uint8Array({ maxLength: 6 }).map((bytes) => Buffer.from(bytes)),
    fc.uint8Array({ maxLength: 6 }).map((bytes) => new DataView(bytes.slice().buffer)),
    fc.webUrl().map((url) => new URL(url)),
    fc
      .tuple(imitation, fc.constantFrom('', 'g', 'iu'), fc.nat(3))
      .map(([source, flags, lastIndex]) =>
        Object.assign(new RegExp(source.replace(/\W/gu, '.'), flags), { lastIndex }),
      ),
  ),
)

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
