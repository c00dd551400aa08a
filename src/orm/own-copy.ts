/**
 * A copy that shares nothing that can be changed: who is answered may do with it what he likes. What a
 * driver makes of a class of its own becomes a plain object, as it would in a store.
 */
export function ownCopy<T>(value: T): T
export function ownCopy(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return Array.from(value, (item: unknown) => ownCopy(item))
  if (value instanceof Date) return new Date(value)
  // Answers a Buffer for a Buffer, whose own `slice` would be a view.
  if (value instanceof Uint8Array) return Uint8Array.prototype.slice.call(value)
  if (value instanceof ArrayBuffer) return value.slice(0)
  const names = Object.keys(value)
  // What there is to see of a Map, or of an instant, are not its members.
  if (names.length === 0 && !isPlain(value)) return value
  const copy: Record<string, unknown> = { ...value }
  for (const name of names) {
    if (typeof copy[name] === 'object') copy[name] = ownCopy(copy[name])
  }
  return copy
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}
