import type { Backing } from '../../src/core/behind/connection.ts'
import { cacheOf } from '../../src/core/cache.ts'
import { type Machinery, machineryOf } from '../../src/core/machinery.ts'
import { CacheState } from '../../src/core/state.ts'
import type { Cache } from '../../src/index.ts'
import { MemoryTier } from '../../src/memory/memory-tier.ts'
import { lru } from '../../src/policies/lru.ts'
import { type FakeClock, fakeClock } from '../../src/testing/fake-clock.ts'
import { usualCodec } from '../../src/usual-codec.ts'

/** A cache, and what works in it; with nothing behind it, or with a store, a bus or both. */
export function openMachinery(
  behind?: Partial<Backing>,
): Machinery & { readonly cache: Cache; readonly clock: FakeClock } {
  const clock = fakeClock()
  const backing = { store: undefined, bus: undefined, close: async () => {}, ...behind }
  const state = new CacheState(
    {},
    {
      ...{ clock, codec: usualCodec, policy: lru() },
      createMemory: (memory) => new MemoryTier(memory),
      behind: behind && { local: false, open: async () => backing },
      openTrace: () => Promise.reject(new Error('nobody records')),
      openLog: () => Promise.reject(new Error('nobody puts off')),
    },
  )
  return { ...machineryOf(state), cache: cacheOf(state), clock }
}
