import fc from 'fast-check'

/** Text made of what keys are written with. */
export const imitation: fc.Arbitrary<string> = fc.string({
  unit: fc.constantFrom(...' 0123:,=#@()[]{}n-', 'null', 'Map(', '1:a', '\u0000', '\ud800'),
  maxLength: 8,
})
const name = fc.oneof(
  fc.constantFrom('a', 'b', '0', '1', '-1', '__proto__', 'constructor', 'toString', ''),
  fc.constantFrom(Symbol.for('a'), Symbol.for('b'), Symbol.for('a=1')),
  imitation,
)

/** So few that two of them are often equal, and so alike that a careless key would make them so. */
export const leaves: fc.Arbitrary<unknown> = fc.constantFrom(
  ...[0, -0, 1, -1, '0', '1', '', 1n, 0n, true, 'true', null, 'null', undefined, 'undefined'],
  ...[Number.NaN, 'NaN', Infinity, [], {}, '[]', '{}', new Set(), new Map(), Symbol.for('a')],
)

/** Values of every shape that a key can be made of, with leaves of `leaf`. */
export function valuesFrom(leaf: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> {
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
        fc
          .tuple(fc.date({ noInvalidDate: true }), entries)
          .map(([when, pairs]) => objectOf(new Date(when), pairs)),
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

/** What a key can be made of. */
export const anything: fc.Arbitrary<unknown> = valuesFrom(
  fc.oneof(
    fc.anything({ maxDepth: 0, withBigInt: true, withTypedArray: true }),
    fc.oneof(fc.double(), leaves),
    imitation,
    fc.string({ unit: 'binary' }),
    fc.date(),
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
