import type { Bytes } from '../../contracts/store.ts'
import { CodecError } from '../../kernel/errors.ts'
import { guarded } from '../guarded.ts'
import { className, dataProperty, hasSymbolNames, maxDepth, memberNames } from '../members.ts'
import { showPath, type ValuePath } from '../value-path.ts'
import type { ClassTable } from './classes.ts'
import { type Shape, shortLimit, tag } from './format.ts'
import type { Kind, KindWriter } from './kind.ts'
import { kindOfPrototype } from './kinds.ts'
import { StructuredOutput } from './output.ts'

const notPlain = 'has members that are hidden or have symbols for names'

/** Writes one value. The depth of a value is also the length of the path to it. */
export class StructuredEncoder implements KindWriter {
  readonly output: StructuredOutput = new StructuredOutput()
  readonly #classes: ClassTable
  readonly #path: ValuePath = []
  readonly #numbers = new Map<object, number>()
  readonly #shapes = new Map<number, Shape>()
  #shapeCount = 0
  /** Instances whose replacement is being written. */
  readonly #open = new Set<number>()

  constructor(classes: ClassTable) {
    this.#classes = classes
  }

  encode(value: unknown): Bytes {
    this.write(value, 0)
    return this.output.finish()
  }

  write(value: unknown, depth: number): void {
    if (typeof value === 'string') this.#string(value)
    else if (typeof value === 'number') this.#number(value)
    else if (value === null) this.output.byte(tag.null)
    else if (typeof value === 'object') this.#object(value, depth)
    else if (typeof value === 'boolean') this.output.byte(value ? tag.true : tag.false)
    else if (value === undefined) this.output.byte(tag.undefined)
    else if (typeof value === 'bigint') this.#bigint(value)
    else throw this.#refusal(depth, `is a ${typeof value}`)
  }

  writeStep(step: string | number, value: unknown, depth: number): void {
    this.#path[depth] = step
    this.write(value, depth + 1)
  }

  #refusal(depth: number, reason: string): CodecError {
    return new CodecError(`Cannot encode ${showPath(this.#path, depth)}: it ${reason}`)
  }

  #string(value: string): void {
    if (value.length < shortLimit) {
      this.output.byte(tag.shortString + value.length)
      this.output.characters(value)
    } else {
      this.output.byte(tag.string)
      this.output.text(value)
    }
  }

  #number(value: number): void {
    if (value !== (value | 0) || Object.is(value, -0)) {
      this.output.byte(tag.double)
      this.output.double(value)
    } else if (value >= 0 && value < tag.shortInteger) {
      this.output.byte(tag.shortInteger + value)
    } else {
      this.output.byte(tag.integer)
      this.output.varint(((value << 1) ^ (value >> 31)) >>> 0)
    }
  }

  #bigint(value: bigint): void {
    this.output.byte(tag.bigint)
    this.output.text(value.toString(16))
  }

  #object(value: object, depth: number): void {
    if (depth === maxDepth) throw this.#refusal(depth, `is nested more than ${maxDepth} deep`)
    const number = this.#numbers.get(value)
    if (number === undefined) {
      this.#numbers.set(value, this.#numbers.size)
      this.#newObject(value, depth)
    } else if (this.#open.has(number)) {
      throw this.#refusal(depth, 'leads back to an instance of a registered class')
    } else {
      this.output.byte(tag.reference)
      this.output.varint(number)
    }
  }

  #newObject(value: object, depth: number): void {
    const prototype = Object.getPrototypeOf(value)
    if (prototype === Object.prototype) this.#members(value, false, depth)
    else if (prototype === Array.prototype && Array.isArray(value)) this.#array(value, depth)
    else if (prototype === null) this.#members(value, true, depth)
    else {
      const kind = kindOfPrototype.get(prototype)
      if (kind) this.#kind(kind, value, depth)
      else this.#instance(value, prototype, depth)
    }
  }

  #members(object: object, nullPrototype: boolean, depth: number): void {
    const names = memberNames(object)
    if (!names) throw this.#refusal(depth, notPlain)
    this.#shape(names, nullPrototype)
    for (const name of names) this.writeMember(object, name, depth)
  }

  writeMember(object: object, name: string, depth: number): void {
    const property = dataProperty(object, name)
    this.#path[depth] = name
    if (!property) throw this.#refusal(depth + 1, 'is an accessor')
    this.write(property.value, depth + 1)
  }

  #shape(names: readonly string[], nullPrototype: boolean): void {
    const hash = shapeHash(names)
    const known = this.#shapes.get(hash)
    if (known?.nullPrototype === nullPrototype && sameNames(known.names, names)) {
      this.#knownShape(known.number)
    } else {
      this.#shapes.set(hash, { number: this.#shapeCount++, names, nullPrototype })
      this.output.byte(nullPrototype ? tag.newNullShape : tag.newShape)
      this.output.varint(names.length)
      for (const name of names) this.output.text(name)
    }
  }

  #knownShape(number: number): void {
    if (number < shortLimit) this.output.byte(tag.shortObject + number)
    else {
      this.output.byte(tag.object)
      this.output.varint(number)
    }
  }

  #array(array: readonly unknown[], depth: number): void {
    if (hasSymbolNames(array)) throw this.#refusal(depth, notPlain)
    const names = Object.keys(array)
    if (names.length === array.length && !hasHole(array)) {
      this.output.byte(tag.array)
      this.output.varint(names.length)
      for (let i = 0; i < names.length; i++) this.writeStep(i, array[i], depth)
    } else {
      this.output.byte(tag.sparseArray)
      this.output.varint(array.length)
      this.output.varint(names.length)
      for (const name of names) {
        this.output.text(name)
        this.writeMember(array, name, depth)
      }
    }
  }

  #kind(kind: Kind, value: object, depth: number): void {
    if (kind.bare && Object.keys(value).length > 0) {
      throw this.#refusal(depth, `is an instance of ${kind.name} with members of its own`)
    }
    this.output.byte(kind.tag)
    try {
      kind.write(this, value, depth)
    } catch (error) {
      if (!(error instanceof TypeError)) throw error
      throw this.#refusal(depth, `is no ${kind.name}, for all that its prototype says`)
    }
  }

  #instance(value: object, prototype: object, depth: number): void {
    const registered = this.#classes.byPrototype.get(prototype)
    if (!registered) {
      throw this.#refusal(
        depth,
        `is an instance of ${className(value)}, which is not a registered class`,
      )
    }
    const number = this.#numbers.size - 1
    this.#open.add(number)
    this.output.byte(tag.instance)
    this.output.text(registered.name)
    const replacement = guarded(`\`encode\` of ${registered.name} failed`, () =>
      registered.encode(value),
    )
    this.writeStep('encode()', replacement, depth)
    this.#open.delete(number)
  }
}

/** Cheap and rough: two shapes with one hash displace each other, and are then written more than once. */
function shapeHash(names: readonly string[]): number {
  let hash = names.length
  for (const name of names) {
    hash = Math.imul(hash ^ name.charCodeAt(0), 31) + name.charCodeAt(name.length - 1) + name.length
  }
  return hash | 0
}

function sameNames(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((name, i) => name === b[i])
}

function hasHole(array: readonly unknown[]): boolean {
  for (let i = 0; i < array.length; i++) {
    if (array[i] === undefined && !Object.hasOwn(array, i)) return true
  }
  return false
}
