/** How deep a value may be nested. Recursion to it takes a quarter of a default stack. */
export const maxDepth = 256

/**
 * Names of the members of an object, in order; `undefined` where it has others than enumerable
 * ones with strings for names. Three calls, because `Reflect.ownKeys` costs more than they do.
 */
export function memberNames(object: object): string[] | undefined {
  const names = Object.keys(object)
  const hidden = Object.getOwnPropertyNames(object).length > names.length
  return hidden || hasSymbolNames(object) ? undefined : names
}

export function hasSymbolNames(object: object): boolean {
  return Object.getOwnPropertySymbols(object).length > 0
}

/** The data property `name`; `undefined` where it is an accessor. */
export function dataProperty(object: object, name: string): PropertyDescriptor | undefined {
  const property = Object.getOwnPropertyDescriptor(object, name)
  return property && 'value' in property ? property : undefined
}

/** What to call the class of an object in a message. */
export function className(object: object): string {
  const name: unknown = Object.getPrototypeOf(object)?.constructor?.name
  return typeof name === 'string' && name !== '' ? name : 'a nameless class'
}
