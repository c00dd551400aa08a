import { Changes } from './changes.ts'
import type { LockParts } from './locks/lock.ts'
import { lockParts } from './locks/locking-view.ts'
import { Reader } from './reader.ts'
import { Records } from './records.ts'
import { Resolver } from './resolver.ts'
import type { CacheState } from './state.ts'
import { Writer } from './writer.ts'

/** What the views of one cache share. */
export interface Machinery {
  readonly state: CacheState
  readonly records: Records
  readonly reader: Reader
  readonly resolver: Resolver
  readonly writer: Writer
  readonly changes: Changes
  readonly locks: LockParts
}

export function machineryOf(state: CacheState): Machinery {
  const records = new Records(state)
  const reader = new Reader(state, records)
  return {
    ...{ state, records, reader },
    resolver: new Resolver(state, records, reader),
    writer: new Writer(state, records),
    changes: new Changes(state, records),
    locks: lockParts(state),
  }
}
