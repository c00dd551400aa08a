import { quotient } from '../statistics.mjs'

/** How many requests the one answers in the processor time in which the other answers one. */
export function thrift(rows, one, other) {
  const timesOf = (name) => {
    const row = rows.find(({ subject }) => subject === name)
    return row?.results.some(({ absent }) => absent) ? undefined : row?.results.map(({ us }) => us)
  }
  const [above, below] = [timesOf(other), timesOf(one)]
  return above && below && quotient(above, below)
}
