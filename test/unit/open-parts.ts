import type { Backing } from '../../src/core/behind/connection.ts'
import { cacheOf } from '../../src/core/cache.ts'
import { type CacheParts, partsOf } from '../../src/core/parts.ts'
import type { Cache } from '../../src/index.ts'
import { type FakeClock, fakeClock } from '../../src/testing/fake-clock.ts'
import { makeState } from './make-state.ts'

/** A cache, and what works in it; with nothing behind it, or with a store, a bus or both. */
export function openParts(
  behind?: Partial<Backing>,
): CacheParts & { readonly cache: Cache; readonly clock: FakeClock } {
  const clock = fakeClock()
  const state = makeState(clock, behind)
  return { ...partsOf(state), cache: cacheOf(state), clock }
}
