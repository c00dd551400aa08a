import type { Store } from '../../src/contracts/store.ts'
import type { OpenStore } from '../../src/core/behind/open-store.ts'
import { type Entry, lifetimeFrom } from '../../src/core/entry.ts'
import { type Place, placeOf } from '../../src/core/place.ts'
import type { CacheState } from '../../src/core/state.ts'
import { memoryStore } from '../../src/stores/memory.ts'
import { type FakeClock, fakeClock } from '../../src/testing/fake-clock.ts'
import { makeState } from './make-state.ts'

export const leaseTime = 6_000

/** A cache's state, with a store behind it that is open, and the place of one key. */
export async function openState(): Promise<{
  readonly clock: FakeClock
  readonly store: Required<Store>
  readonly state: CacheState
  readonly open: OpenStore
  readonly place: Place
  /** An entry as a load would make it. */
  entry(value: unknown, tags?: readonly string[]): Entry
  /** Writes one as it would be after a load: it depends on the generations and its tags. */
  write(value: unknown, tags?: readonly string[]): Promise<void>
}> {
  const clock = fakeClock()
  const store = memoryStore({ clock }) as Required<Store>
  const state = makeState(clock, { store }, { leaseTime, onEvent() {} })
  const { open } = await state.connect()
  if (open === undefined) throw new Error('Expected a store')
  const place = placeOf(state.root, 'k', 'k', undefined)
  const entry = (value: unknown, tags: readonly string[] = []) => {
    const lifetime = lifetimeFrom(state.defaults, state.defaults.ttl, clock.now(), () => 0)
    return state.recollection.entry(value, lifetime, { tags })
  }
  const write = async (value: unknown, tags: readonly string[] = []) => {
    const made = entry(value, tags)
    const names = [...place.space.generations, ...tags]
    const versions = await open.marks.ensure(names, made.expiresAt)
    await open.store.write([open.seal(place, made, versions)])
  }
  return { clock, store, state, open, place, entry, write }
}
