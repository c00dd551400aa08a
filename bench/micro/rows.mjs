import { quotient } from '../statistics.mjs'

/** Nanoseconds of an operation in each round; undefined where it was not measured. */
export function nsOf(rows, entries, workload, variant) {
  return rows.find(
    (row) => row.entries === entries && row.workload === workload && row.variant === variant,
  )?.ns
}

/** How many times as long `variant` takes as `ours` does: over 1, ours is faster. */
export function speedup(rows, entries, workload, variant, ours) {
  const theirs = nsOf(rows, entries, workload, variant)
  const own = nsOf(rows, entries, workload, ours)
  return theirs && own ? quotient(theirs, own) : undefined
}
