import type { CurvePoint } from '../../contracts/cache.ts'
import type { Clock } from '../../contracts/clock.ts'
import type { Memory } from '../../contracts/memory.ts'
import type { PolicyFactory } from '../../contracts/policy.ts'
import { ConfigError } from '../../kernel/errors.ts'
import { curveFactors, HitRatioCurve } from '../../kernel/hit-ratio-curve.ts'
import { randomSeed } from '../../kernel/random.ts'
import type { MemorySetup } from '../cache-options.ts'
import type { Counters } from './counters.ts'

const defaultSampledKeys = 4_096

/** The memory whose curve it is. */
interface Measured {
  readonly name: string
  readonly counters: Counters
  readonly bounds: { readonly maxEntries: number; readonly maxWeight: number }
  readonly memory: Pick<Memory<unknown>, 'size' | 'weight'> | undefined
}

/** The estimate, where it is asked for. */
export function createCurve(
  { curve = false, policy }: MemorySetup,
  parts: { readonly clock: Clock; readonly policy: PolicyFactory },
  measured: Measured,
): HitRatioCurve | undefined {
  if (curve === false) return undefined
  return new HitRatioCurve({
    policy: policy ?? parts.policy,
    clock: parts.clock,
    seed: randomSeed(),
    sampledKeys: curve === true ? defaultSampledKeys : curve,
    entries: () => roomOf(measured),
    reads: () => readsOf(measured),
  })
}

/** What the hit ratio would be at other sizes: in weight where that is bounded, else in entries. */
export function curveOf({
  bounds,
  curve,
  name,
}: Measured & { readonly curve: HitRatioCurve | undefined }): CurvePoint[] {
  if (curve === undefined) {
    throw new ConfigError(
      `"${name}" has no curve: it is to be made with \`memory: { curve: true }\``,
    )
  }
  const weighed = bounds.maxWeight < Infinity
  const size = weighed ? bounds.maxWeight : bounds.maxEntries
  if (size === Infinity) return []
  const hitRatios = curve.hitRatios()
  return curveFactors.map((factor, i) => ({
    size: weighed ? size * factor : Math.max(1, Math.round(size * factor)),
    hitRatio: hitRatios[i] ?? 1,
  }))
}

function readsOf({ counters }: Measured): number {
  const { memoryHits, memoryStale, memoryMisses, unserved } = counters
  return memoryHits + memoryStale + memoryMisses + unserved
}

/** How many entries there is room for, each taken to weigh what they do on average now. */
function roomOf({ bounds: { maxEntries, maxWeight }, memory }: Measured): number | undefined {
  if (maxWeight === Infinity) return maxEntries
  if (memory === undefined || memory.weight === 0) return undefined
  return Math.min(maxEntries, (maxWeight * memory.size) / memory.weight)
}
