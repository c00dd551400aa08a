import { median } from '../statistics.mjs'
import { times } from './rows.mjs'

export function tablesOf(rows) {
  const races = new Set(rows.flatMap(({ race }) => race ?? []))
  const others = rows.filter(({ race }) => !race)
  return [...[...races].map((race) => raceTable(rows, race)), figures(others)].filter(
    ({ lines }) => lines.length > 0,
  )
}

function raceTable(rows, race) {
  const racers = rows.filter((row) => row.race === race)
  const [first] = racers
  const isOne = racers.every(({ task }) => task === first.task)
  const nameOf = (row) => (isOne ? row.subject : `${row.subject}, ${row.task}`)
  return {
    name: race,
    chart: { column: 1, title: `Over Redis: ${race}`, note: 'microseconds; shorter is better' },
    title: `${race}: microseconds for each, and how many times as long as ${nameOf(first)} it takes`,
    head: ['', 'µs', 'times'],
    lines: racers.map((row) => {
      const { middle, low, high } = times(row.results, first.results)
      const extremes = low < high ? ` (${low.toFixed(2)}–${high.toFixed(2)})` : ''
      const us = median(row.results.map((result) => result.us))
      return [nameOf(row), us.toFixed(2), `${middle.toFixed(2)}${extremes}`]
    }),
  }
}

function figures(rows) {
  return {
    name: 'over-redis',
    title: 'Over Redis',
    head: ['', 'subject', ''],
    lines: rows.map(({ task, subject, results }) => [task, subject, figure(results)]),
  }
}

function figure(results) {
  const times = results.flatMap((result) => result.times ?? [])
  if (times.length > 0) {
    return `${median(times).toFixed(2)} ms (${Math.min(...times).toFixed(2)}–${Math.max(...times).toFixed(2)})`
  }
  return `${Math.max(...results.map(({ loads }) => loads))} loads`
}
