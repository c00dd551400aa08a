import type { Clock } from '../../src/contracts/clock.ts'
import { createMemoize, type Memoize } from '../../src/memoize/memoize.ts'
import { MemoryTier } from '../../src/memory/memory-tier.ts'
import { lru } from '../../src/policies/lru.ts'

/** `memoize` with real memory, on a clock of the test's. */
export function memoizeOn(clock: Clock): Memoize {
  return createMemoize({
    createMemory: (options) => new MemoryTier({ ...options, policy: lru(), clock }),
    clock,
  })
}
