import type { Kind } from './kind.ts'

/** Kept although they are not enumerable; the stack is written apart, since where it sits varies. */
const hiddenMembers = new Set(['name', 'message', 'cause', 'errors'])

const isEnumerable = (object: object, name: string): boolean =>
  Object.prototype.propertyIsEnumerable.call(object, name)

function errorKind(tag: number, make: () => Error): Kind {
  const prototype: Error = Object.getPrototypeOf(make())
  return {
    tag,
    name: prototype.name,
    prototype,
    bare: false,
    write(to, error: Error, depth) {
      if (Object.prototype.toString.call(error) !== '[object Error]')
        throw new TypeError('no error')
      to.writeStep('stack', stackOf(error), depth)
      const names = Object.getOwnPropertyNames(error).filter(
        (name) => name !== 'stack' && (hiddenMembers.has(name) || isEnumerable(error, name)),
      )
      to.output.varint(names.length)
      for (const name of names) {
        to.output.text(name)
        to.output.byte(isEnumerable(error, name) ? 1 : 0)
        to.writeMember(error, name, depth)
      }
    },
    read(from, depth) {
      const error = from.begin(make())
      for (const name of Reflect.ownKeys(error)) Reflect.deleteProperty(error, name)
      const stack = from.read(depth + 1)
      if (stack !== undefined) define(error, 'stack', stack, false)
      for (let left = from.input.count(); left > 0; left--) {
        const name = from.input.text()
        const enumerable = from.input.byte() === 1
        define(error, name, from.read(depth + 1), enumerable)
      }
      return error
    },
  }
}

/**
 * Undefined where there is none that can be had. It is made when it is first read, out of members that
 * may be anything, and by whatever code of others is set to do that.
 */
function stackOf(error: Error): string | undefined {
  try {
    return typeof error.stack === 'string' ? error.stack : undefined
  } catch {
    return undefined
  }
}

function define(object: object, name: string, value: unknown, enumerable: boolean): void {
  Object.defineProperty(object, name, { value, enumerable, writable: true, configurable: true })
}

export const errorKinds: readonly Kind[] = [
  errorKind(0x20, () => new Error()),
  errorKind(0x21, () => new EvalError()),
  errorKind(0x22, () => new RangeError()),
  errorKind(0x23, () => new ReferenceError()),
  errorKind(0x24, () => new SyntaxError()),
  errorKind(0x25, () => new TypeError()),
  errorKind(0x26, () => new URIError()),
  errorKind(0x27, () => new AggregateError([])),
]
