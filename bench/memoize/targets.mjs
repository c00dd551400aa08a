import { quotient } from '../statistics.mjs'
import { workloads } from './workloads.mjs'

export function targetsOf(rows) {
  const nsOf = (workload, subject) =>
    rows.find((row) => row.workload === workload && row.subject === subject)?.ns
  return workloads.flatMap(({ name: workload }) => {
    const [theirs, ours] = ['p-memoize', 'hotset'].map((subject) => nsOf(workload, subject))
    if (!theirs || !ours) return []
    const name = `${workload}: time of p-memoize / hotset`
    return [{ name, unit: '×', measured: quotient(theirs, ours), least: 1 }]
  })
}
