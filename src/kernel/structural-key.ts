import { KeyError } from './errors.ts'
import { show } from './expect.ts'
import { netstring } from './netstring.ts'
import { writtenNames } from './written-names.ts'

/**
 * Under this symbol an object says what tells it apart from the others of its class: a property, or
 * a method, whose value (anything a key can be made of) stands for the object in keys.
 */
export const cacheKey: unique symbol = Symbol.for('hotset.cacheKey')

/**
 * Where a key is good. Within a `'process'`, functions and symbols count by identity; a `'shared'`
 * key means the same in every process, so there they are refused.
 */
export type KeyScope = 'process' | 'shared'

/** Anything nested deeper is taken for a cycle. */
const deepest = 250
/** Bytes that become text at once: as many arguments as every engine takes. */
const chunk = 8192

/**
 * One string for a list of values: the same for lists that are deeply and strictly equal, different
 * for all others. Types count (`1`, `'1'`, `1n`), and so do `-0`, `NaN`, holes, prototypes and
 * properties under symbols; the order of an object's properties and of what is in a `Map` or a
 * `Set` does not. Of binary data, type and bytes count.
 *
 * Every part says where it ends, strings as netstrings (Bernstein, 1997), so that no text inside a
 * value can imitate what is outside it: `42,5:hello,{ 3:ids=[ 1 2]}`.
 *
 * Throws a `KeyError` that names the place: of a cycle, of an instance of a class that says nothing
 * under `cacheKey`, and, in a shared key, of a function or symbol.
 */
export function structuralKey(values: readonly unknown[], scope: KeyScope = 'process'): string {
  let index = 0
  try {
    if (values.length === 0) return '()'
    let text = encode(values[0], scope, 0)
    while (++index < values.length) text += `,${encode(values[index], scope, 0)}`
    return text
  } catch (error) {
    throw error instanceof Refusal ? error.of(`argument ${index + 1}`) : error
  }
}

function encode(value: unknown, scope: KeyScope, depth: number): string {
  switch (typeof value) {
    case 'string':
      return netstring(value)
    case 'number':
      return Object.is(value, -0) ? '-0' : `${value}`
    case 'object':
      return value === null ? 'null' : encodeObject(value, scope, depth)
    case 'bigint':
      return `${value}n`
    case 'symbol':
      return encodeSymbol(value, scope)
    case 'function':
      if (cacheKey in value) return `class${bySymbol(value, value.name, scope, depth)}`
      return `function#${identity(value, 'function', scope)}`
    default:
      return String(value)
  }
}

function encodeSymbol(value: symbol, scope: KeyScope): string {
  const registered = Symbol.keyFor(value)
  if (registered !== undefined) return `symbol(${netstring(registered)})`
  return `symbol#${identity(value, 'symbol', scope)}`
}

const identities = new WeakMap<WeakKey, number>()
let lastIdentity = 0

function identity(value: WeakKey, kind: string, scope: KeyScope): number {
  if (scope === 'shared') throw new Refusal(`is a ${kind}, which other processes do not know`)
  let number = identities.get(value)
  if (number === undefined) {
    number = ++lastIdentity
    identities.set(value, number)
  }
  return number
}

function encodeObject(value: object, scope: KeyScope, depth: number): string {
  if (depth === deepest) throw new Refusal(`is nested deeper than ${deepest} levels`, value)
  const prototype: object | null = Object.getPrototypeOf(value)
  if (cacheKey in value) return bySymbol(value, nameOf(prototype), scope, depth)
  if (prototype === Object.prototype) return `{${properties(value, scope, depth)}}`
  if (prototype === null) return `null{${properties(value, scope, depth)}}`
  if (Array.isArray(value) && prototype === Array.prototype) return elements(value, scope, depth)
  if (binaries.has(prototype)) {
    return `${nameOf(prototype)}(${netstring(latin1(value as ArrayBufferLike | ArrayBufferView))})`
  }
  const content = contents.get(prototype)
  if (content === undefined) {
    const name = nameOf(prototype) || 'a nameless class'
    throw new Refusal(`is an instance of ${name}, which says nothing under [cacheKey]`)
  }
  const more = properties(value, scope, depth)
  return `${nameOf(prototype)}(${content(value, scope, depth)})${more === '' ? '' : `{${more}}`}`
}

function nameOf(prototype: object | null): string {
  return prototype?.constructor?.name ?? ''
}

/** What Deno puts on all that the Web defines, such as a `URL`, and says nothing of it. */
const brands: ReadonlySet<PropertyKey> = new Set(Object.getOwnPropertySymbols(new URL('a:')))

/** Own enumerable properties: by name, then those under symbols. */
function properties(value: object, scope: KeyScope, depth: number): string {
  const members = value as Readonly<Record<PropertyKey, unknown>>
  let step: PropertyKey = ''
  try {
    let text = ''
    const { names, assignments } = writtenNames(Object.keys(value))
    for (let index = 0; index < names.length; index++) {
      step = names[index] as string
      text += assignments[index] + encode(members[step], scope, depth + 1)
    }
    const symbols = Object.getOwnPropertySymbols(value)
    if (symbols.length === 0) return text
    const parts: string[] = []
    for (step of symbols) {
      if (brands.has(step) || !Object.prototype.propertyIsEnumerable.call(value, step)) continue
      parts.push(` ${encodeSymbol(step, scope)}=${encode(members[step], scope, depth + 1)}`)
    }
    return text + parts.sort().join('')
  } catch (error) {
    throw passing(error, value, step)
  }
}

function elements(value: readonly unknown[], scope: KeyScope, depth: number): string {
  const keys = Object.keys(value)
  const { length } = value
  // Indices come first, in order: if the last one is in its place, there are no holes.
  const dense = keys.length === length && (length === 0 || keys[length - 1] === `${length - 1}`)
  if (!dense || Object.getOwnPropertySymbols(value).length > 0) {
    return `Array(${length}){${properties(value, scope, depth)}}`
  }
  let index = 0
  try {
    let text = '['
    for (; index < length; index++) text += ` ${encode(value[index], scope, depth + 1)}`
    return `${text}]`
  } catch (error) {
    throw passing(error, value, index)
  }
}

/** What an object, or a class itself, says of itself. */
function bySymbol(value: object, name: string, scope: KeyScope, depth: number): string {
  const found = (value as { readonly [cacheKey]: unknown })[cacheKey]
  const said = typeof found === 'function' ? Reflect.apply(found, value, []) : found
  if (said === undefined || said === null) throw new Refusal(`says ${said} under [cacheKey]`)
  try {
    return `@${netstring(name)}(${encode(said, scope, depth + 1)})`
  } catch (error) {
    throw passing(error, value, cacheKey)
  }
}

type Content<T> = (value: T, scope: KeyScope, depth: number) => string

/** How the built-in classes are written, by prototype: what inherits from them is a class apart. */
const contents = new Map<object, Content<object>>()

function written<T extends object>(type: { readonly prototype: T }, content: Content<T>): void {
  contents.set(type.prototype, (value, scope, depth) => content(value as T, scope, depth))
}

written(Date, (date) => `${date.getTime()}`)
written(RegExp, ({ flags, lastIndex, source }) => `${flags},${lastIndex},${netstring(source)}`)
written(URL, (url) => netstring(url.href))
written(URLSearchParams, (parameters) => netstring(parameters.toString()))
written(Set, (set, scope, depth) => unordered(set, set, (item) => encode(item, scope, depth + 1)))
written(Map, (map, scope, depth) =>
  unordered(map, map, ([key, value]) => {
    return `${encode(key, scope, depth + 1)}=${encode(value, scope, depth + 1)}`
  }),
)

function unordered<T>(owner: object, items: Iterable<T>, write: (item: T) => string): string {
  const parts: string[] = []
  try {
    for (const item of items) parts.push(write(item))
  } catch (error) {
    throw passing(error, owner, parts.length)
  }
  return parts.sort().join(',')
}

/** What is bytes, by prototype. A `Buffer` is no `Uint8Array`: it has methods of its own. */
const binaries = new Set<object>()
const binaryNames =
  'ArrayBuffer SharedArrayBuffer DataView Buffer Int8Array Uint8Array Uint8ClampedArray Int16Array ' +
  'Uint16Array Int32Array Uint32Array BigInt64Array BigUint64Array Float16Array Float32Array Float64Array'
for (const name of binaryNames.split(' ')) {
  const type: unknown = Reflect.get(globalThis, name)
  if (typeof type === 'function') binaries.add(type.prototype)
}

function latin1(binary: ArrayBufferLike | ArrayBufferView): string {
  const bytes = ArrayBuffer.isView(binary)
    ? new Uint8Array(binary.buffer, binary.byteOffset, binary.byteLength)
    : new Uint8Array(binary)
  let text = ''
  for (let at = 0; at < bytes.length; at += chunk) {
    text += String.fromCharCode(...bytes.subarray(at, at + chunk))
  }
  return text
}

/** Why there is no key, on its way up from the place where that was found. */
class Refusal {
  readonly #value: object | undefined
  #rule: string
  #path = ''

  /** `value` where it may be part of a cycle. */
  constructor(rule: string, value?: object) {
    this.#rule = rule
    this.#value = value
  }

  leave(container: object, step: PropertyKey): void {
    this.#path = `${accessor(step)}${this.#path}`
    if (container !== this.#value) return
    this.#rule = 'contains itself'
    this.#path = ''
  }

  of(subject: string): KeyError {
    return new KeyError(
      `There is no key for these arguments: ${subject}${this.#path} ${this.#rule}`,
    )
  }
}

function passing(error: unknown, container: object, step: PropertyKey): unknown {
  if (error instanceof Refusal) error.leave(container, step)
  return error
}

function accessor(step: PropertyKey): string {
  if (typeof step !== 'string') return `[${String(step)}]`
  return /^[\w$]+$/.test(step) ? `.${step}` : `[${show(step)}]`
}
