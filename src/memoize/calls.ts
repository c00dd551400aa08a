import { ConfigError, KeyError } from '../kernel/errors.ts'
import { show } from '../kernel/expect.ts'
import { readOnce } from '../kernel/read-once.ts'
import { cacheKey, type KeyScope, structuralKey } from '../kernel/structural-key.ts'

/** A function, whatever it takes and answers. */
export type AnyFunction = (...args: never[]) => unknown

export type Args = readonly unknown[]

/** What stands behind a memoized function; `self` is what it, or one of its verbs, was called on. */
export interface Calls {
  call(self: unknown, args: Args): unknown
  invalidate(self: unknown, args: Args): boolean | Promise<boolean>
  refresh(self: unknown, args: Args): unknown
  peek(self: unknown, args: Args): unknown
  key(self: unknown, args: Args): string
  clear(): void | Promise<void>
  stats(): object
}

/**
 * Makes the key of arguments. Keys that begin with `@` or `#` are written by us alone (an object
 * that was called on, a digest); chosen ones that do are escaped by `=`, as is that itself.
 */
export function keyMaker(
  chosen: ((...args: never[]) => string) | undefined,
  scope: KeyScope,
): (args: Args) => string {
  if (chosen === undefined) return (args) => structuralKey(args, scope)
  return (args) => {
    const key: unknown = Reflect.apply(chosen, undefined, args)
    if (typeof key !== 'string' || key === '') {
      throw new KeyError(`Expected \`key\` to answer a string that is not empty, got ${show(key)}`)
    }
    return /^[@#=]/.test(key) ? `=${key}` : key
  }
}

/** Whether a call, or a verb, was made on something. */
export function isSaid(self: unknown): boolean {
  return self !== undefined && self !== null
}

export function isObject(value: unknown): value is object {
  return (typeof value === 'object' && value !== null) || typeof value === 'function'
}

export function isThenable(value: unknown): value is PromiseLike<unknown> {
  return isObject(value) && 'then' in value && typeof value.then === 'function'
}

/** Answers what a function answered, if that will do for the next caller as well. */
export function expectLasting<T>(name: string, answer: T): T {
  const kind = readOnce(answer)
  if (kind === undefined) return answer
  throw new ConfigError(
    `\`${name}\`, memoized, answers ${kind}, which can be read only once: see hotset/streams`,
  )
}

/** Begins the keys of what is called on `self`, the same in every process. */
export function sharedPrefix(name: string, self: unknown): string {
  if (!isSaid(self)) return ''
  if (isObject(self) && !(cacheKey in self)) {
    throw new KeyError(
      `\`${name}\` shares its results and was called on an object without a ` +
        '[cacheKey]: give it one, or say `perInstance: false` if results do not depend on it',
    )
  }
  return `@${structuralKey([self], 'shared')}.`
}

/**
 * On which object a verb works that was not told: `users.byId.refresh(1)` cannot know of `users`.
 * While calls have been made on one object only, or on none, it is that one.
 */
export class Receivers {
  readonly #name: string
  /** Tells the first one from others. */
  #prefix: string | undefined
  /** An object behind a `WeakRef`, or what is no object. */
  #first: unknown
  #several = false

  constructor(name: string) {
    this.#name = name || 'memoized'
  }

  get several(): boolean {
    return this.#several
  }

  /** A call was made on `self`, whose keys begin with `prefix`. */
  note(self: unknown, prefix: string): void {
    if (this.#prefix === undefined) {
      this.#first = isObject(self) ? new WeakRef(self) : self
      this.#prefix = prefix
    } else if (this.#prefix !== prefix) this.#several = true
  }

  /** What `verb` works on, called on `self`. */
  of(verb: string, self: unknown): unknown {
    if (isSaid(self)) return self
    if (!this.#several) return this.#first instanceof WeakRef ? this.#first.deref() : this.#first
    throw new KeyError(
      `\`${this.#name}\` has been called on several objects: say on which to work by ` +
        `\`${this.#name}.${verb}.call(object, …)\`, or \`perInstance: false\` if results do not depend on it`,
    )
  }
}
