import { ConfigError } from '../../kernel/errors.ts'
import { expectFunction, expectOptions, expectString } from '../../kernel/expect.ts'
import { kindOfPrototype } from './kinds.ts'

/** How instances of one class travel. Subclasses are classes of their own. */
export interface RegisteredClass<T = unknown> {
  /** The class, whose instances are known by their prototype. */
  readonly class: abstract new (
    ...args: never[]
  ) => T
  /** Answers anything that the codec can hold, for an instance. */
  encode(instance: T): unknown
  /** Answers an instance, for what `encode` answered. What it is given may have been tampered with. */
  decode(value: unknown): T
}

interface NamedClass {
  readonly name: string
  readonly prototype: object
  encode(instance: object): unknown
  decode(value: unknown): unknown
}

export interface ClassTable {
  readonly byPrototype: ReadonlyMap<object, NamedClass>
  readonly byName: ReadonlyMap<string, NamedClass>
}

/** Those that the format has an own way for. */
const builtIn: ReadonlySet<object> = new Set([
  Object.prototype,
  Array.prototype,
  ...kindOfPrototype.keys(),
])

const members = new Set(['class', 'encode', 'decode'])

export function classTable(classes: Readonly<Record<string, RegisteredClass>>): ClassTable {
  const byPrototype = new Map<object, NamedClass>()
  const byName = new Map<string, NamedClass>()
  for (const [name, registered] of Object.entries(classes)) {
    const option = `classes.${expectString('a name in classes', name)}`
    expectOptions(option, registered, members)
    for (const member of members) {
      expectFunction(`${option}.${member}`, registered[member as keyof RegisteredClass])
    }
    const prototype: object = registered.class.prototype
    if (byPrototype.has(prototype) || builtIn.has(prototype)) {
      throw new ConfigError(`\`${option}\` registers a class that is known already`)
    }
    const named: NamedClass = {
      name,
      prototype,
      encode: (instance) => registered.encode(instance),
      decode: (value) => registered.decode(value),
    }
    byPrototype.set(prototype, named)
    byName.set(name, named)
  }
  return { byPrototype, byName }
}
