import { availableParallelism } from 'node:os'
import { expectInteger } from '../kernel/expect.ts'
import { expectPolicies } from './policies.ts'
import { runCells, type SimulatedCell } from './simulated-cell.ts'
import { runInThreads } from './simulation-threads.ts'
import { expectSizes, type SimulatedSize, sizesFor } from './sizes.ts'
import type { Trace } from './trace.ts'

/** As many accesses take about as long as starting a thread. */
const worthAThread = 200_000

export const defaultPolicies: readonly string[] = ['lru', 's3fifo', 'tinylfu']
export const defaultSizes: readonly string[] = ['0.1%', '1%', '5%', '10%']

/** What one policy made of a trace at one size. */
export interface SimulationResult {
  /** Name of the trace. */
  readonly trace: string
  /** Name of the policy. */
  readonly policy: string
  /** Entries, or the sum of weights with `byWeight`. */
  readonly size: number
  /** Accesses. */
  readonly requests: number
  /** Accesses that found their key. */
  readonly hits: number
  /** Hits by requests, from 0 to 1; 0 where there were no requests. */
  readonly hitRatio: number
  /** The same of weights. Only of traces that tell them. */
  readonly byteHitRatio?: number
}

/** Which policies run, and at which sizes. */
export interface SimulateOptions {
  /** Some of `policyNames`. @default ['lru', 's3fifo', 'tinylfu'] */
  readonly policies?: readonly string[] | undefined
  /**
   * Sizes of the cache: numbers of entries, or shares of the trace's different keys.
   * @default ['0.1%', '1%', '5%', '10%']
   */
  readonly sizes?: readonly SimulatedSize[] | undefined
  /** Whether sizes are sums of weights; a key whose weight is unknown weighs 1. @default false */
  readonly byWeight?: boolean | undefined
  /** What random numbers begin with: the same seed, the same result. @default 0 */
  readonly seed?: number | undefined
  /** At most as many threads run. @default as many as there are processors */
  readonly threads?: number | undefined
  /** Told how many accesses have been made, of how many. */
  readonly onProgress?: ((done: number, total: number) => void) | undefined
}

/**
 * What the hit ratio of a cache would have been: each access is a read and, when it misses, a
 * write. The entries are those of a real memory tier, and so are the policies. Answers by size,
 * ascending, then by policy.
 * @throws ConfigError when an option breaks its rule.
 */
export async function simulate(
  trace: Trace,
  options: SimulateOptions = {},
): Promise<SimulationResult[]> {
  checkSimulateOptions(options)
  const { sizes = defaultSizes, byWeight = false, seed = 0, onProgress } = options
  const { threads = availableParallelism() } = options
  const policies = [...new Set(options.policies ?? defaultPolicies)]
  const cells = sizesFor(trace, sizes, byWeight).flatMap((size) =>
    policies.map((policy): SimulatedCell => ({ policy, size, byWeight, seed })),
  )
  const total = cells.length * trace.keys.length
  let done = 0
  const progress = (accesses: number) => {
    done += accesses
    onProgress?.(done, total)
  }
  const count = Math.min(threads, cells.length, Math.floor(total / worthAThread))
  const replays =
    count > 1 ? await runInThreads(trace, cells, count, progress) : runCells(trace, cells, progress)
  const requests = trace.keys.length
  const weight = weightOf(trace)
  return cells.map(({ policy, size }, index) => {
    const { hits, hitWeight } = replays[index] as (typeof replays)[number]
    return {
      trace: trace.name,
      policy,
      size,
      requests,
      hits,
      hitRatio: ratio(hits, requests),
      ...(trace.weights && { byteHitRatio: ratio(hitWeight, weight) }),
    }
  })
}

/** @throws ConfigError when an option breaks its rule, whatever the trace. */
export function checkSimulateOptions(options: SimulateOptions): void {
  const { seed = 0, threads = 1, sizes = defaultSizes, byWeight = false } = options
  expectPolicies(options.policies ?? defaultPolicies)
  expectSizes(sizes, byWeight)
  expectInteger('seed', seed, 0, 2 ** 32 - 1)
  expectInteger('threads', threads, 1, 1024)
}

/** The sum of the weights of all accesses. */
function weightOf({ keys, weights }: Trace): number {
  let sum = 0
  if (weights) for (const key of keys) sum += weights[key] as number
  return sum
}

function ratio(part: number, whole: number): number {
  return whole === 0 ? 0 : part / whole
}
