import { invalid } from '../../kernel/expect.ts'

export type Method = (...given: unknown[]) => unknown

/** A method of an object, whatever it is called on. Undefined where it has none of the name. */
export function methodOf(target: object, name: string): Method | undefined {
  const method: unknown = Reflect.get(target, name)
  if (typeof method !== 'function') return undefined
  return (...given) => Reflect.apply(method, target, given)
}

/** The session of a database or of a transaction, which Drizzle keeps out of its types. */
export function sessionOf(database: unknown): object {
  const session: unknown =
    typeof database === 'object' && database !== null ? Reflect.get(database, 'session') : undefined
  const isSession = typeof session === 'object' && session !== null && 'prepareQuery' in session
  if (!isSession) throw invalid('db', 'a database of Drizzle', database)
  return session
}
