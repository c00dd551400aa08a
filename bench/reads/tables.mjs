import { median, quotient } from '../statistics.mjs'

const titles = {
  hit: 'A read that finds its entry in memory, awaited',
  'miss, instant loader': 'A read of what is not there, whose loader takes no time',
}

export function tablesOf(rows) {
  return [...new Set(rows.map(({ workload }) => workload))].map((workload) => {
    const racers = rows.filter((row) => row.workload === workload)
    const ours = racers.find(({ subject }) => subject === 'hotset')?.ns
    return {
      name: workload,
      chart: { column: 1, title: titles[workload], note: 'nanoseconds; shorter is better' },
      title: `${workload}: nanoseconds, reads a second, and how many times as long as hotset`,
      head: ['', 'ns', 'M/s', 'times'],
      lines: racers.map(({ subject, ns }) => [
        subject,
        median(ns).toFixed(0),
        (1000 / median(ns)).toFixed(2),
        ours ? extent(quotient(ns, ours)) : '',
      ]),
    }
  })
}

function extent({ middle, low, high }) {
  return low < high
    ? `${middle.toFixed(2)} (${low.toFixed(2)}–${high.toFixed(2)})`
    : middle.toFixed(2)
}
