import type { CurvePoint } from '../contracts/cache.ts'
import { optimum } from './policies.ts'
import type { SimulationResult } from './simulate.ts'

export interface HitRatioCurve {
  readonly policy: string
  /** By size, ascending. */
  readonly points: readonly CurvePoint[]
}

export interface TraceCurves {
  readonly trace: string
  readonly requests: number
  /** The optimum comes last. */
  readonly curves: readonly HitRatioCurve[]
}

/** Results as curves, trace by trace. */
export function curvesOf(results: readonly SimulationResult[]): TraceCurves[] {
  return grouped(results, ({ trace }) => trace).map(([trace, ofTrace]) => {
    const curves = grouped(ofTrace, ({ policy }) => policy).map(([policy, points]) => ({
      policy,
      points: points.toSorted((a, b) => a.size - b.size),
    }))
    curves.sort((a, b) => Number(a.policy === optimum) - Number(b.policy === optimum))
    return { trace, requests: ofTrace[0]?.requests ?? 0, curves }
  })
}

function grouped<T>(items: readonly T[], nameOf: (item: T) => string): [string, T[]][] {
  const groups = new Map<string, T[]>()
  for (const item of items) {
    const name = nameOf(item)
    const group = groups.get(name)
    if (group) group.push(item)
    else groups.set(name, [item])
  }
  return [...groups]
}
