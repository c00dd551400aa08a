import type { Loader } from '../../contracts/cache.ts'
import type { Keyspace } from '../keyspace.ts'
import type { ResolvedLoadOptions } from './load-options.ts'

/** What one `getOrSet` is about. */
export interface Request {
  readonly space: Keyspace
  readonly key: string
  readonly memoryKey: string
  readonly version: number | undefined
  readonly loader: Loader<unknown>
  readonly options: ResolvedLoadOptions
  /**
   * Told when it does not go on at once, so that a bulk load does not wait for it; a bulk load
   * waits for its turn as a whole.
   */
  readonly onWait: (() => void) | undefined
  /** When it began, by `events.beginWait`. */
  readonly begun: number
}
