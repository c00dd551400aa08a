/**
 * Everything that a codec has to bring back of a value, as plain data to compare: types, prototypes,
 * members in order, contents, and which objects are one and the same.
 */
export function portrait(value: unknown): unknown {
  const numbers = new Map<object, number>()
  const draw = (value: unknown): unknown => {
    if (!isObject(value)) return `${typeof value} ${Object.is(value, -0) ? '-0' : String(value)}`
    const known = numbers.get(value)
    if (known !== undefined) return `object ${known}`
    numbers.set(value, numbers.size)
    return {
      prototype: prototypeNumber(Object.getPrototypeOf(value)),
      array: Array.isArray(value),
      content: contentOf(value, draw),
      members: membersOf(value, draw),
    }
  }
  return draw(value)
}

type Draw = (value: unknown) => unknown

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}

const prototypes = new Map<unknown, string>()
function prototypeNumber(prototype: { constructor?: { name?: string } } | null): string {
  const known = prototypes.get(prototype)
  if (known) return known
  const name = `${prototype?.constructor?.name} (prototype ${prototypes.size})`
  prototypes.set(prototype, name)
  return name
}

function contentOf(value: object, draw: Draw): unknown {
  if (value instanceof Map) return [...value].map(([key, element]) => [draw(key), draw(element)])
  if (value instanceof Set) return [...value].map(draw)
  if (value instanceof Date) return draw(value.getTime())
  if (value instanceof RegExp || value instanceof URL) return String(value)
  if (value instanceof Error) return draw(stackOf(value))
  if (value instanceof ArrayBuffer) return [...new Uint8Array(value)]
  if (ArrayBuffer.isView(value)) {
    return [...new Uint8Array(value.buffer, value.byteOffset, value.byteLength)]
  }
  const primitive: unknown = isBoxed(value) ? value.valueOf() : undefined
  return draw(primitive)
}

/** It is made when it is first read, of members that may be anything: there may be none to be had. */
function stackOf(error: Error): unknown {
  try {
    return error.stack
  } catch {
    return undefined
  }
}

function isBoxed(value: object): boolean {
  return (
    value instanceof Number ||
    value instanceof String ||
    value instanceof Boolean ||
    value instanceof BigInt
  )
}

/** What runtimes say of the place, each in its own way: Bun in all of these. */
const whereThrown = new Set<string | symbol>([
  'stack',
  'line',
  'column',
  'sourceURL',
  'originalLine',
  'originalColumn',
])

function membersOf(value: object, draw: Draw): unknown {
  if (ArrayBuffer.isView(value)) return []
  return Reflect.ownKeys(value)
    .filter((key) => !(value instanceof Error && whereThrown.has(key)))
    .map((key) => {
      const property = Object.getOwnPropertyDescriptor(value, key)
      return [String(key), property?.enumerable, draw(property?.value)]
    })
}
