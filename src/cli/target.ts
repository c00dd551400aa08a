import type { Bus } from '../contracts/bus.ts'
import type { Cache, KeyOptions } from '../contracts/cache.ts'
import type { Store } from '../contracts/store.ts'
import type { Keyspace } from '../core/keyspace.ts'
import { Failure } from './command.ts'
import { printable } from './printable.ts'

/** The cache that a command works on. */
export interface Target {
  readonly cache: Cache
  /** Which version of a key is meant. */
  readonly keyOptions: KeyOptions
  /** Where it is, for people: no passwords. */
  readonly label: string
  /** The URL of its store, where that was given. */
  readonly url: string | undefined
  readonly store: Store | undefined
  /** Known where the store was named by URL. */
  readonly bus: Bus | undefined
  /** How its keys are written in the store; undefined where a key function decides that. */
  readonly space: Keyspace | undefined
  /** What failed last, as far as that is told. */
  failure(): unknown
  close(): Promise<void>
}

/** A cache whose records can be found in its store. */
export interface Stored {
  readonly store: Store
  readonly space: Keyspace
}

/** For commands that are about the store as a whole. */
export function storeOf({ store, label }: Target): Store {
  if (store !== undefined) return store
  throw new Failure(`${label} has no store: what it has is in the memory of its processes`)
}

/** For commands that look through the records of the cache. */
export function recordsOf(target: Target): Stored {
  const { space, label } = target
  const store = storeOf(target)
  if (space !== undefined) return { store, space }
  throw new Failure(`${label} has a key function: its keys cannot be told from those in the store`)
}

/** Runs verbs that would go on without the store where it fails: here somebody wants to know. */
export async function reachingStore<T>(target: Target, act: () => Promise<T>): Promise<T> {
  const { cache, label } = target
  const before = cache.stats().store.errors
  const answer = await act()
  if (cache.stats().store.errors === before) return answer
  const failure = target.failure()
  const reason = failure instanceof Error ? `: ${printable(failure.message)}` : ''
  throw new Failure(
    `${label} cannot be reached, so that nothing is sure to have been done${reason}`,
  )
}
