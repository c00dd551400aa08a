import fc from 'fast-check'

/** Any UTF-16 units, halves of surrogate pairs among them. */
export const anyString: fc.Arbitrary<string> = fc.oneof(
  fc.string(),
  fc.string({ unit: 'grapheme' }),
  fc.array(fc.nat(0xffff), { maxLength: 40 }).map((units) => String.fromCharCode(...units)),
  fc.constantFrom('', '\ufeff', '\ufeffx', '\ud800', 'a\udc00', '\0', '__proto__'),
)

const anyName = fc.oneof(
  anyString,
  fc.constantFrom(
    '__proto__',
    'constructor',
    'toString',
    'toJSON',
    'length',
    'name',
    'message',
    '0',
    '1',
    'a',
    'b',
  ),
)

const anyPrimitive: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom(undefined, null, true, false),
  fc.integer(),
  fc.integer({ min: -300, max: 300 }),
  fc.double(),
  fc.constantFrom(-0, NaN, Infinity, -Infinity, 2 ** 31, -(2 ** 31), 2 ** 31 - 1, 2 ** 53, 1.5),
  fc.bigInt(),
  fc.tuple(fc.bigInt(), fc.nat(3000)).map(([value, shift]) => value << BigInt(shift)),
  anyString,
)

type ViewClass = new (buffer: ArrayBufferLike, offset: number, length: number) => ArrayBufferView

const viewClasses: readonly ViewClass[] = [
  Int8Array,
  Uint8Array,
  Uint8ClampedArray,
  Int16Array,
  Uint16Array,
  Int32Array,
  Uint32Array,
  Reflect.get(globalThis, 'Float16Array') ?? Uint16Array,
  Float32Array,
  Float64Array,
  BigInt64Array,
  BigUint64Array,
  DataView,
]

/** A view of a part of a larger buffer, at an offset that suits all element sizes. */
const anyView = fc
  .record({
    View: fc.constantFrom(...viewClasses),
    elements: fc.nat(4),
    offset: fc.nat(3),
    bytes: fc.uint8Array({ minLength: 64, maxLength: 64 }),
  })
  .map(({ View, elements, offset, bytes }) => new View(bytes.buffer, offset * 8, elements))

const anyRegExp = fc
  .tuple(
    fc.constantFrom('a', '^(?<x>b|c)*$', '[/]', '\\/', '', '\u2028', '(?:é)'),
    fc.constantFrom('', 'g', 'gimsuyd'),
    fc.nat(9),
  )
  .map(([source, flags, lastIndex]) => Object.assign(new RegExp(source, flags), { lastIndex }))

/** Objects that hold no others. Made anew each time: a shared one would be identity by accident. */
const anyLeaf: fc.Arbitrary<unknown> = fc.oneof(
  { weight: 4, arbitrary: anyPrimitive },
  fc.date({ noInvalidDate: false }),
  anyRegExp,
  fc.webUrl().map((url) => new URL(url)),
  fc.uint8Array().map((bytes) => bytes.slice().buffer),
  anyView,
  fc.uint8Array().map((bytes) => Buffer.from(bytes)),
  fc
    .oneof(fc.double(), fc.boolean(), fc.bigInt(), anyString)
    .map((value): unknown => Object(value)),
)

const errorClasses = [
  Error,
  EvalError,
  RangeError,
  ReferenceError,
  SyntaxError,
  TypeError,
  URIError,
] as const

const makers = {
  object: (): object => ({}),
  bare: (): object => Object.create(null),
  array: (): object => [],
  map: (): object => new Map(),
  set: (): object => new Set(),
  error: (number: number): object => {
    const ErrorClass = errorClasses[number % errorClasses.length] ?? Error
    const options = number % 2 ? {} : { cause: number }
    return number % 3 ? new ErrorClass(`message ${number}`, options) : new ErrorClass()
  },
  aggregate: (): object => new AggregateError([new Error('inside')], 'message'),
}
const kinds = Object.keys(makers) as (keyof typeof makers)[]

interface Link {
  readonly name: string
  readonly index: number
  /** A leaf, or the number of a node. */
  readonly to: { readonly leaf: unknown } | { readonly node: number }
}

const anyLink: fc.Arbitrary<Link> = fc.record({
  name: anyName,
  index: fc.nat(6),
  to: fc.oneof(
    fc.record({ leaf: anyLeaf }, { noNullPrototype: true }),
    fc.record({ node: fc.nat(20) }, { noNullPrototype: true }),
  ),
})

const anyNode = fc.record({
  kind: fc.constantFrom(...kinds),
  seed: fc.nat(100),
  links: fc.array(anyLink, { maxLength: 6 }),
})

/** Graphs of everything that the structured codec holds: shared objects, cycles and holes included. */
const anyGraph: fc.Arbitrary<unknown> = fc
  .array(anyNode, { minLength: 1, maxLength: 10 })
  .map((nodes) => {
    const objects = nodes.map(({ kind, seed }) => makers[kind](seed))
    nodes.forEach(({ links }, i) => {
      for (const { name, index, to } of links) {
        const value = 'leaf' in to ? to.leaf : objects[to.node % objects.length]
        link(objects[i], name, index, value)
      }
    })
    return objects[0]
  })

export const anyValue: fc.Arbitrary<unknown> = fc.oneof(anyLeaf, { weight: 3, arbitrary: anyGraph })

function link(from: object | undefined, name: string, index: number, value: unknown): void {
  if (from instanceof Map) from.set(value, name).set(name, value)
  else if (from instanceof Set) from.add(value)
  else if (Array.isArray(from) && name !== 'a') from[index] = value
  else if (from) define(from, name, value)
}

function define(object: object, name: string, value: unknown): void {
  Object.defineProperty(object, name, {
    value,
    enumerable: true,
    writable: true,
    configurable: true,
  })
}

/** Mostly JSON, with something else in it now and then, and plain objects with odd names. */
export const nearlyJson: fc.Arbitrary<unknown> = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    { weight: 4, arbitrary: fc.oneof(fc.jsonValue(), anyString, fc.integer(), fc.boolean()) },
    { weight: 4, arbitrary: fc.array(tie('value'), { maxLength: 4 }) },
    {
      weight: 4,
      arbitrary: fc.array(fc.tuple(anyName, tie('value')), { maxLength: 4 }).map((members) => {
        const object = {}
        for (const [name, value] of members) define(object, name, value)
        return object
      }),
    },
    { weight: 1, arbitrary: anyLeaf },
  ),
})).value
