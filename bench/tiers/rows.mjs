import { quotient } from '../statistics.mjs'

/** What was measured in each round; undefined where nothing was. */
export function resultsOf(rows, task, subject) {
  return rows.find((row) => row.task === task && row.subject === subject)?.results
}

/** How many times as long the first takes as the second. */
export function times(above, below) {
  if (!above || !below) return undefined
  return quotient(
    above.map(({ us }) => us),
    below.map(({ us }) => us),
  )
}
