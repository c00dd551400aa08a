import type { Backing } from '../../src/core/behind/connection.ts'
import { CacheState } from '../../src/core/state.ts'
import type { CacheOptions } from '../../src/index.ts'
import { MemoryTier } from '../../src/memory/memory-tier.ts'
import { openLog, openTrace } from '../../src/not-in-pages.ts'
import { lru } from '../../src/policies/lru.ts'
import type { FakeClock } from '../../src/testing/fake-clock.ts'
import { usualCodec } from '../../src/usual-codec.ts'

/** The state of a cache; with nothing behind it, or with a store, a bus or both. */
export function makeState(
  clock: FakeClock,
  behind?: Partial<Backing>,
  options: CacheOptions = {},
): CacheState {
  const backing = { store: undefined, bus: undefined, close: async () => {}, ...behind }
  return new CacheState(options, {
    ...{ clock, codec: usualCodec, policy: lru(), openTrace },
    openLog: (place, name) => openLog(place, name, clock),
    createMemory: (memory) => new MemoryTier({ seed: 1, ...memory }),
    behind: behind && { local: false, open: async () => backing },
  })
}
