import type { Cache } from './cache.ts'

/** Caches by name, as `createCaches` makes them. */
export interface NamedCaches {
  /** The cache of that name. @default 'default' */
  get(name?: string): Cache
  /** The names there are. */
  readonly names: readonly string[]
  /** Closes those that have been made. */
  close(): Promise<void>
}
