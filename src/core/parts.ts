import { type OnDemand, onDemand } from '../kernel/on-demand.ts'
import { Changes } from './changes.ts'
import { fetched } from './fetched.ts'
import { Resolver } from './loading/resolver.ts'
import type { Locks } from './locks/locks.ts'
import { Reader } from './reader.ts'
import type { CacheState } from './state.ts'
import { Writer } from './writer.ts'

/** What the views of one cache share. */
export interface CacheParts {
  readonly state: CacheState
  readonly reader: Reader
  readonly resolver: Resolver
  readonly writer: Writer
  readonly changes: Changes
  readonly locks: OnDemand<Locks>
}

export function partsOf(state: CacheState): CacheParts {
  const reader = new Reader(state)
  return {
    ...{ state, reader },
    resolver: new Resolver(state, reader),
    writer: new Writer(state),
    changes: new Changes(state),
    locks: onDemand(async () =>
      (fetched.locks.here ?? (await fetched.locks.fetch())).locksOf(state),
    ),
  }
}
