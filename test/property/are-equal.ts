/**
 * Whether two values have the same parts, whatever the order in which sets, maps and properties came
 * to be: the oracle of tests that run on every runtime, as each has an `isDeepStrictEqual` of its own.
 */
export function areEqual(one: unknown, other: unknown): boolean {
  if (!isObject(one) || !isObject(other)) return Object.is(one, other)
  return (
    Object.getPrototypeOf(one) === Object.getPrototypeOf(other) &&
    matched(insideOf(one), insideOf(other)) &&
    matched(propertiesOf(one), propertiesOf(other))
  )
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}

/** A part, with what says which of the others it is to be compared with. */
type Part = readonly unknown[]

/** What an object holds besides its properties. */
function insideOf(value: object): readonly Part[] {
  if (value instanceof Set) return [...value].map((item) => [item])
  if (value instanceof Map) return [...value]
  if (value instanceof Date) return [[value.getTime()]]
  if (value instanceof RegExp) return [[value.source, value.flags, value.lastIndex]]
  if (value instanceof URL) return [[value.href]]
  if (value instanceof DataView) {
    return [[...new Uint8Array(value.buffer, value.byteOffset, value.byteLength)]]
  }
  // Of holes at its end, and of an empty one, there is no property.
  return Array.isArray(value) ? [[value.length]] : []
}

function propertiesOf(value: object): readonly Part[] {
  return Reflect.ownKeys(value)
    .filter((key) => Object.prototype.propertyIsEnumerable.call(value, key))
    .map((key) => [key, Reflect.get(value, key)])
}

/** Each of one has its equal in the other. The first will do: what is equal to one is equal to all of its equals. */
function matched(some: readonly Part[], others: readonly Part[]): boolean {
  if (some.length !== others.length) return false
  const left = [...others]
  return some.every((part) => {
    const at = left.findIndex((candidate) => arePartsEqual(part, candidate))
    if (at >= 0) left.splice(at, 1)
    return at >= 0
  })
}

function arePartsEqual(one: Part, other: Part): boolean {
  return one.length === other.length && one.every((part, at) => areEqual(part, other[at]))
}
