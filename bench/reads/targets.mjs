import { quotient } from '../statistics.mjs'

const asked = [
  ['hit', 'lru-cache'],
  ['miss, instant loader', 'p-memoize'],
]

export function targetsOf(rows) {
  const nsOf = (workload, subject) =>
    rows.find((row) => row.workload === workload && row.subject === subject)?.ns
  return asked.flatMap(([workload, peer]) => {
    const [theirs, ours] = [peer, 'hotset'].map((subject) => nsOf(workload, subject))
    if (!theirs || !ours) return []
    const name = `${workload}: time of ${peer} / hotset`
    return [{ name, unit: '×', measured: quotient(theirs, ours), least: 1 }]
  })
}
