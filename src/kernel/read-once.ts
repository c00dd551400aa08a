/** What a value is that can be read only once, and would be empty for whoever is given it next. */
export function readOnce(value: unknown): string | undefined {
  if (typeof Response === 'function' && value instanceof Response) return 'a Response'
  if (hasMethod(value, 'getReader')) return 'a stream'
  if (hasMethod(value, Symbol.asyncIterator)) return 'an async iterable'
  if (hasMethod(value, 'next') && hasMethod(value, Symbol.iterator)) return 'an iterator'
  return undefined
}

export function isPromised(value: unknown): value is PromiseLike<unknown> {
  return hasMethod(value, 'then')
}

function hasMethod(value: unknown, name: PropertyKey): boolean {
  return (
    typeof value === 'object' && value !== null && typeof Reflect.get(value, name) === 'function'
  )
}
