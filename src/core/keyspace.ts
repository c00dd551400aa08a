import { ConfigError, KeyError } from '../kernel/errors.ts'
import { expectInteger, show } from '../kernel/expect.ts'

/** Makes the key that the store sees. Two different inputs must never give the same output. */
export type KeyFunction = (key: string, prefix: string, version: number) => string

/** Where a lock or a count is kept. */
export interface RegisterPlace {
  readonly memoryKey: string
  readonly physicalKey: string
}

const longestKey = 4096

/**
 * The names of one cache, or of one namespace in it. A physical key is `prefix:version:key`, a
 * namespace extends the prefix by `/name`, and neither may hold a colon or a slash of its own: so
 * no two keys of different caches, namespaces or versions can be the same.
 */
export class Keyspace {
  readonly prefix: string
  readonly version: number
  /** The names of the namespaces that lead to it; undefined for the cache itself. */
  readonly path: string | undefined
  /** The generation marks whose change empties this space: the cache's, then each namespace's. */
  readonly generations: readonly string[]
  /** The generations of the namespaces alone: what an entry in memory depends on like on a tag. */
  readonly scopes: readonly string[]
  readonly #keyFunction: KeyFunction | undefined
  readonly #root: string

  constructor(prefix: string, version: number, keyFunction?: KeyFunction, parent?: Keyspace) {
    this.prefix = prefix
    this.version = expectInteger('version', version, 0, Number.MAX_SAFE_INTEGER)
    this.#keyFunction = keyFunction
    this.#root = parent ? parent.#root : prefix
    this.path = parent && prefix.slice(this.#root.length + 1)
    const generation = `\0${prefix.slice(this.#root.length)}`
    this.scopes = parent ? [...parent.scopes, generation] : []
    this.generations = parent ? [...parent.generations, generation] : [generation]
  }

  /** Its keys are of this version where no other is said. */
  namespace(name: string, version: number = this.version): Keyspace {
    const path = `${this.prefix}/${expectName('namespace', name)}`
    return new Keyspace(path, version, this.#keyFunction, this)
  }

  /** The key in memory. The cache's own keys in its own version, the usual case, stay as they are. */
  memoryKey(key: string, version: number | undefined): string {
    if (typeof key !== 'string' || key.length === 0 || key.length > longestKey) throw keyError(key)
    if (version === undefined && this.#root === this.prefix && key.charCodeAt(0) !== 0) return key
    const chosen = version === undefined ? this.version : expectVersion(version)
    if (chosen === this.version && this.#root === this.prefix && key.charCodeAt(0) !== 0) return key
    return `\0${this.prefix.slice(this.#root.length)}:${chosen}:${key}`
  }

  /** The key in the store. */
  physicalKey(key: string, version: number | undefined): string {
    const chosen = version ?? this.version
    if (this.#keyFunction === undefined) return `${this.prefix}:${chosen}:${key}`
    const made = this.#keyFunction(key, this.prefix, chosen)
    if (typeof made !== 'string' || made === '') {
      throw new KeyError(`Expected \`keyFunction\` to answer a string, got ${show(made)}`)
    }
    return made
  }

  /** How the physical keys begin that `nameOf` knows. A key function cannot be turned around. */
  get prefixes(): readonly string[] {
    if (this.#keyFunction !== undefined) return [this.markKey('')]
    return [`${this.#root}:`, `${this.#root}/`]
  }

  /** What is kept under a physical key of this cache; undefined for what others may keep there. */
  nameOf(physicalKey: string): { mark: string } | { memoryKey: string } | undefined {
    const marks = this.markKey('')
    if (physicalKey.startsWith(marks)) return { mark: physicalKey.slice(marks.length) }
    if (this.#keyFunction !== undefined || !physicalKey.startsWith(this.#root)) return undefined
    const rest = /^((?:\/[^:/]+)*):(\d+|!):(.+)$/s.exec(physicalKey.slice(this.#root.length))
    if (rest === null) return undefined
    const [, path, version, key = ''] = rest
    const plain = path === '' && version === `${this.version}` && key.charCodeAt(0) !== 0
    return { memoryKey: plain ? key : `\0${path}:${version}:${key}` }
  }

  /** A name of this space that no entry can have: no version is written with a `!`. */
  register(name: string): RegisterPlace {
    if (name.length > longestKey) throw keyError(name)
    const memoryKey = `\0${this.prefix.slice(this.#root.length)}:!:${name}`
    return { memoryKey, physicalKey: `${this.prefix}:!:${name}` }
  }

  /** Where the version of a tag or of a generation is kept: no version is written with a `#`. */
  markKey(name: string): string {
    return `${this.#root}:#:${name}`
  }
}

/** The mark that changes with every invalidation, whatever the tag. */
export const anyTag = '\0#'

/** The key as the caller wrote it, from a key in memory. */
export function logicalKey(memoryKey: string): string {
  if (memoryKey.charCodeAt(0) !== 0) return memoryKey
  return memoryKey.slice(memoryKey.indexOf(':', memoryKey.indexOf(':') + 1) + 1)
}

/** The path of the namespace that a key in memory belongs to. */
export function namespaceOf(memoryKey: string): string | undefined {
  if (memoryKey.charCodeAt(0) !== 0) return undefined
  return memoryKey.slice(2, memoryKey.indexOf(':')) || undefined
}

/** A name that becomes part of keys. */
export function expectName(subject: string, name: unknown): string {
  if (typeof name !== 'string' || !/^[^:/\0]{1,128}$/.test(name)) {
    throw new ConfigError(
      `Expected the ${subject} to be a name of 1 to 128 characters without ":", "/" and NUL, got ${show(name)}`,
    )
  }
  return name
}

function expectVersion(version: unknown): number {
  return expectInteger('version', version, 0, Number.MAX_SAFE_INTEGER)
}

function keyError(key: unknown): KeyError {
  const got = typeof key === 'string' ? `${key.length} characters` : `${show(key)} (${typeof key})`
  return new KeyError(`Expected a key to be a string of 1 to ${longestKey} characters, got ${got}`)
}
