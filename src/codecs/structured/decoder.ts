import type { Bytes } from '../../contracts/store.ts'
import { CodecError } from '../../kernel/errors.ts'
import { maxDepth } from '../members.ts'
import type { ClassTable } from './classes.ts'
import { type Shape, tag } from './format.ts'
import { StructuredInput } from './input.ts'
import type { KindReader } from './kind.ts'
import { kindOfTag } from './kinds.ts'

/** Reads one value. */
export class StructuredDecoder implements KindReader {
  readonly input: StructuredInput
  readonly #classes: ClassTable
  /** By number; `undefined` while the instance of a registered class is not yet made. */
  readonly #objects: (object | undefined)[] = []
  readonly #shapes: Shape[] = []

  constructor(bytes: Bytes, classes: ClassTable) {
    this.input = new StructuredInput(bytes)
    this.#classes = classes
  }

  decode(): unknown {
    const value = this.read(0)
    this.input.finish()
    return value
  }

  read(depth: number): unknown {
    const first = this.input.byte()
    if (first >= tag.shortInteger) return first - tag.shortInteger
    if (first >= tag.shortString) return this.input.characters(first - tag.shortString)
    switch (first) {
      case tag.null:
        return null
      case tag.undefined:
        return undefined
      case tag.false:
        return false
      case tag.true:
        return true
      case tag.integer: {
        const folded = this.input.varint()
        return (folded >>> 1) ^ -(folded & 1)
      }
      case tag.double:
        return this.input.double()
      case tag.bigint:
        return this.#bigint()
      case tag.string:
        return this.input.text()
      case tag.reference:
        return this.#reference()
      default:
        if (depth >= maxDepth) {
          throw new CodecError(`The bytes hold a value nested more than ${maxDepth} deep`)
        }
        return this.#object(first, depth)
    }
  }

  begin<T extends object>(object: T): T {
    this.#objects.push(object)
    return object
  }

  #bigint(): bigint {
    const digits = this.input.text()
    return digits.startsWith('-') ? -BigInt(`0x${digits.slice(1)}`) : BigInt(`0x${digits}`)
  }

  #reference(): object {
    const object = this.#objects[this.input.varint()]
    if (!object) throw new CodecError('The bytes refer to an object that is not there')
    return object
  }

  #object(first: number, depth: number): object {
    if (first >= tag.shortObject) return this.#members(this.#shapes[first - tag.shortObject], depth)
    switch (first) {
      case tag.object:
        return this.#members(this.#shapes[this.input.varint()], depth)
      case tag.newShape:
        return this.#members(this.#shape(false), depth)
      case tag.newNullShape:
        return this.#members(this.#shape(true), depth)
      case tag.array:
        return this.#array(depth)
      case tag.sparseArray:
        return this.#sparseArray(depth)
      case tag.instance:
        return this.#instance(depth)
    }
    const kind = kindOfTag.get(first)
    if (!kind) throw new CodecError(`The bytes hold an unknown tag, ${first}`)
    return kind.read(this, depth)
  }

  #shape(nullPrototype: boolean): Shape {
    const names: string[] = []
    for (let left = this.input.count(); left > 0; left--) names.push(this.input.text())
    const shape = { number: this.#shapes.length, names, nullPrototype }
    this.#shapes.push(shape)
    return shape
  }

  #members(shape: Shape | undefined, depth: number): object {
    if (!shape) throw new CodecError('The bytes refer to a shape that is not there')
    const object: Record<string, unknown> = shape.nullPrototype ? Object.create(null) : {}
    this.begin(object)
    for (const name of shape.names) {
      const value = this.read(depth + 1)
      // A name that all objects know could be a setter, as `__proto__` is.
      if (name in object) define(object, name, value)
      else object[name] = value
    }
    return object
  }

  #array(depth: number): unknown[] {
    const array: unknown[] = this.begin([])
    for (let left = this.input.count(); left > 0; left--) array.push(this.read(depth + 1))
    return array
  }

  #sparseArray(depth: number): unknown[] {
    const array: unknown[] = this.begin([])
    // By way of the greatest length, which no runtime sets room aside for.
    array.length = 2 ** 32 - 1
    array.length = this.input.varint()
    for (let left = this.input.count(); left > 0; left--) {
      const name = this.input.text()
      define(array, name, this.read(depth + 1))
    }
    return array
  }

  #instance(depth: number): object {
    const name = this.input.text()
    const registered = this.#classes.byName.get(name)
    if (!registered) {
      throw new CodecError(
        `The bytes hold an instance of ${JSON.stringify(name)}, which is not a registered class`,
      )
    }
    const number = this.#objects.push(undefined) - 1
    const instance = registered.decode(this.read(depth + 1)) as object
    if (Object.getPrototypeOf(instance) !== registered.prototype) {
      throw new CodecError(
        `\`decode\` of ${JSON.stringify(name)} answered no instance of the class`,
      )
    }
    this.#objects[number] = instance
    return instance
  }
}

function define(object: object, name: string, value: unknown): void {
  Object.defineProperty(object, name, {
    value,
    enumerable: true,
    writable: true,
    configurable: true,
  })
}
