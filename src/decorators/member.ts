import { ConfigError } from '../kernel/errors.ts'
import { invalid } from '../kernel/expect.ts'

/** What a decorator of the standard (TC39, stage 3) is told of the member that it decorates. */
export interface MemberContext<This, T> {
  readonly kind: 'method' | 'getter'
  readonly name: string | symbol
  readonly static: boolean
  readonly private: boolean
  readonly access: { get(object: This): T }
}

/**
 * A decorator of methods and getters, by the standard and by the protocol before it, which Nest and
 * Angular speak (`experimentalDecorators`). `T` is the method, or what the getter answers: either
 * way TypeScript infers it for the options from what is decorated.
 */
export type MemberDecorator<This, T> = (
  target: unknown,
  context: string | symbol | MemberContext<This, T>,
  descriptor?: TypedPropertyDescriptor<T>,
) => void

/** A method or a getter as it is called. */
export type Body = (this: unknown, ...args: unknown[]) => unknown

/** What is decorated, whichever protocol told of it. */
export interface Member {
  /** `find`, or `#find` where it is private. */
  readonly name: string
  /** Name of the member and of the class that declares it; undefined where that cannot be told. */
  fullName(self: unknown): string | undefined
}

/** A `MemberDecorator` of whatever types. */
export type AnyMemberDecorator = (
  target: unknown,
  context: string | symbol | MemberContext<never, unknown>,
  descriptor?: PropertyDescriptor,
) => void

/** A decorator of members whose body it replaces by what `wrap` makes of it. */
export function memberDecorator(
  decorator: string,
  wrap: (member: Member, body: Body) => Body,
): AnyMemberDecorator {
  return (target, context, descriptor = {}) =>
    typeof context === 'object'
      ? decorateByStandard(decorator, target as Body, context, wrap)
      : decorateProperty(decorator, target, context, descriptor, wrap)
}

/** Called without its parentheses, a factory is handed what a decorator is. */
export function expectFactory(decorator: string, misplaced: readonly unknown[]): void {
  if (misplaced.length === 0) return
  throw new ConfigError(`\`@${decorator}\` is written with parentheses: \`@${decorator}()\``)
}

function decorateByStandard(
  decorator: string,
  body: Body,
  { kind, name, private: hidden }: Omit<MemberContext<never, unknown>, 'kind'> & { kind: string },
  wrap: (member: Member, body: Body) => Body,
): Body {
  if (kind !== 'method' && kind !== 'getter') throw notOn(decorator, kind)
  const wrapper = wrap(
    {
      name: String(name),
      fullName: (self) => (hidden ? undefined : fullName(declaring(self, name, wrapper), name)),
    },
    body,
  )
  return dressed(wrapper, body)
}

/** As decorators of before the standard do: the descriptor is changed where it is. */
function decorateProperty(
  decorator: string,
  target: unknown,
  name: string | symbol,
  descriptor: PropertyDescriptor,
  wrap: (member: Member, body: Body) => Body,
): void {
  const part = descriptor.get === undefined ? 'value' : 'get'
  const body: unknown = descriptor[part]
  if (typeof body !== 'function') throw notOn(decorator, descriptor.set ? 'setter' : 'field')
  const member: Member = { name: String(name), fullName: () => fullName(target, name) }
  descriptor[part] = dressed(wrap(member, body as Body), body as Body)
}

function notOn(decorator: string, kind: string): ConfigError {
  return invalid(`@${decorator}`, 'on a method or a getter', kind)
}

/** From what a decorator put in a class to what had been there. */
const behind = new WeakMap<object, object>()

/** Gives the wrapper what others know the body by; Nest finds its routes by metadata. */
function dressed(wrapper: Body, body: Body): Body {
  behind.set(wrapper, body)
  if ('getOwnMetadataKeys' in Reflect) {
    const { getOwnMetadataKeys, getMetadata, defineMetadata } = Reflect as typeof Reflect & Metadata
    for (const key of getOwnMetadataKeys(body)) {
      defineMetadata(key, getMetadata(key, body), wrapper)
    }
  }
  return Object.defineProperties(wrapper, {
    name: { value: body.name, configurable: true },
    length: { value: body.length, configurable: true },
  })
}

/** What the package `reflect-metadata` adds. */
interface Metadata {
  getOwnMetadataKeys(target: object): readonly unknown[]
  getMetadata(key: unknown, target: object): unknown
  defineMetadata(key: unknown, value: unknown, target: object): void
}

/** The class, or the prototype, on the way up from `self` that has the wrapper itself. */
function declaring(self: unknown, name: string | symbol, wrapper: object): object | undefined {
  for (let at: object | null = Object(self); at !== null; at = Object.getPrototypeOf(at)) {
    const own = Object.getOwnPropertyDescriptor(at, name)
    let found: object | undefined = own?.get ?? own?.value
    while (found !== undefined && found !== wrapper) found = behind.get(found)
    if (found !== undefined) return at
  }
  return undefined
}

function fullName(owner: unknown, member: string | symbol): string | undefined {
  if (typeof owner === 'function') return owner.name && `static ${owner.name}.${String(member)}`
  const name = (owner as object | undefined)?.constructor.name
  return name && `${name}.${String(member)}`
}
