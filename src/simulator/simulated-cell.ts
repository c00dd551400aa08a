import { belady } from './belady.ts'
import { optimum, policyNamed } from './policies.ts'
import { type Replay, replay } from './replay.ts'
import type { Trace } from './trace.ts'

/** One run over a trace: a policy at a size. */
export interface SimulatedCell {
  readonly policy: string
  readonly size: number
  readonly byWeight: boolean
  readonly seed: number
}

/** Progress is told after as many accesses. */
const step = 2 ** 17

/** Answers what makes a run. The names of the keys are made once. */
export function cellRunner(
  trace: Trace,
  onProgress: (accesses: number) => void,
): (cell: SimulatedCell) => Replay {
  const names = Array.from({ length: trace.unique }, (_, key) => String(key))
  return (cell) => {
    const options = { ...cell, onProgress, step }
    const result =
      cell.policy === optimum
        ? belady(trace, options)
        : replay(trace, names, policyNamed(cell.policy), options)
    onProgress(trace.keys.length % step)
    return result
  }
}

export function runCells(
  trace: Trace,
  cells: readonly SimulatedCell[],
  onProgress: (accesses: number) => void,
): Replay[] {
  return cells.map(cellRunner(trace, onProgress))
}
