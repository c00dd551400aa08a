import { invalid } from '../kernel/expect.ts'
import { bytes } from '../kernel/size.ts'
import type { Trace } from './trace.ts'

/** How large a cache is: a number, or a share of the trace's different keys such as `'5%'`. */
export type SimulatedSize = number | string

const rule = "a whole number over 0 or a share of the different keys over 0 such as '5%'"
const weightRule = "a number over 0, with or without a unit such as 'mb', or a share such as '5%'"

/** @throws ConfigError when one is none, or there is none. */
export function expectSizes(sizes: readonly SimulatedSize[], byWeight: boolean): void {
  if (sizes.length === 0) throw invalid('sizes', 'at least one size', sizes)
  for (const size of sizes) sizeIn(size, 100, byWeight)
}

/** What the sizes mean for this trace, in ascending order, each once. */
export function sizesFor(
  trace: Trace,
  sizes: readonly SimulatedSize[],
  byWeight: boolean,
): number[] {
  const whole = byWeight && trace.weights ? sum(trace.weights) : trace.unique
  return [...new Set(sizes.map((size) => sizeIn(size, whole, byWeight)))].sort((a, b) => a - b)
}

/** Shares are rounded, and at least 1. */
function sizeIn(size: SimulatedSize, whole: number, byWeight: boolean): number {
  const text = String(size).trim()
  const [, share] = /^(\d+(?:\.\d+)?)\s*%$/.exec(text) ?? []
  if (share !== undefined && Number(share) > 0) {
    return Math.max(1, Math.round((Number(share) / 100) * whole))
  }
  const count = /^\d+$/.test(text) ? Number(text) : byWeight ? weight(text) : 0
  if (Number.isSafeInteger(count) && count > 0) return count
  throw invalid('sizes', byWeight ? weightRule : rule, size)
}

function weight(text: string): number {
  try {
    return bytes('sizes', text)
  } catch {
    return 0
  }
}

function sum(weights: Float64Array): number {
  return weights.reduce((total, weight) => total + weight, 0)
}
