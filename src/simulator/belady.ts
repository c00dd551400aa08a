import { PositionSet } from './position-set.ts'
import type { Replay, ReplayOptions } from './replay.ts'
import type { Trace } from './trace.ts'

/**
 * The optimum, which knows the future: of all entries, the newest included, the one that is needed
 * last goes first (L. A. Belady, "A study of replacement algorithms", 1966). Where weights are
 * bounded nobody knows the optimum in reasonable time, and this rule is only near it.
 */
export function belady(trace: Trace, options: ReplayOptions): Replay {
  const { keys } = trace
  const weights = options.byWeight ? trace.weights : undefined
  const next = nextUses(trace)
  /** An entry is kept as the position of its next use; one that has none is not worth a place. */
  const kept = new PositionSet(keys.length)
  let weight = 0
  let hits = 0
  let hitWeight = 0
  for (let i = 0; i < keys.length; i++) {
    const key = keys[i] as number
    const own = weights === undefined ? 1 : (weights[key] as number)
    if (kept.has(i)) {
      hits++
      hitWeight += trace.weights?.[key] ?? 1
      kept.delete(i)
      weight -= own
    }
    if (next[i] !== keys.length) {
      kept.add(next[i] as number)
      weight += own
    }
    while (weight > options.size) {
      const last = kept.greatest()
      kept.delete(last)
      weight -= weights === undefined ? 1 : (weights[keys[last] as number] as number)
    }
    if (i % options.step === options.step - 1) options.onProgress(options.step)
  }
  return { hits, hitWeight }
}

/** For each access the position of the next one of its key, or the length of the trace. */
function nextUses({ keys, unique }: Trace): Int32Array {
  const next = new Int32Array(keys.length)
  const upcoming = new Int32Array(unique).fill(keys.length)
  for (let i = keys.length - 1; i >= 0; i--) {
    const key = keys[i] as number
    next[i] = upcoming[key] as number
    upcoming[key] = i
  }
  return next
}
