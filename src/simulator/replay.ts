import type { Clock } from '../contracts/clock.ts'
import type { PolicyFactory } from '../contracts/policy.ts'
import { MemoryTier } from '../memory/memory-tier.ts'
import type { Trace } from './trace.ts'

export interface ReplayOptions {
  /** Bound on the number of entries, or on the sum of their weights. */
  readonly size: number
  /** Whether `size` bounds weights. */
  readonly byWeight: boolean
  /** What the random numbers of the run begin with. */
  readonly seed: number
  /** Told how many more accesses are done, `step` by `step`. */
  readonly onProgress: (accesses: number) => void
  readonly step: number
}

export interface Replay {
  readonly hits: number
  /** The sum of the weights of the accesses that hit. */
  readonly hitWeight: number
}

/** Nothing expires in a simulation. */
const stopped: Clock = { now: () => 0, schedule: () => () => {} }

/** Makes the accesses, one after another, in a memory tier as caches have it. */
export function replay(
  trace: Trace,
  names: readonly string[],
  policy: PolicyFactory,
  options: ReplayOptions,
): Replay {
  const { keys, weights } = trace
  const { size, byWeight, seed, onProgress, step } = options
  const memory = new MemoryTier<true>({
    maxEntries: byWeight ? Infinity : size,
    maxWeight: byWeight ? size : Infinity,
    policy,
    clock: stopped,
    seed,
  })
  let hits = 0
  let hitWeight = 0
  for (let i = 0; i < keys.length; i++) {
    const key = keys[i] as number
    const name = names[key] as string
    const weight = weights?.[key] ?? 1
    if (memory.get(name, 0)) {
      hits++
      hitWeight += weight
    } else {
      memory.set(name, true, byWeight ? weight : 1, Infinity, 0)
    }
    if (i % step === step - 1) onProgress(step)
  }
  memory.close()
  return { hits, hitWeight }
}
