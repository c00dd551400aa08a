import { median } from '../statistics.mjs'
import { suffered, times } from './rows.mjs'

export function tablesOf(rows) {
  const races = new Set(rows.flatMap(({ race }) => race ?? []))
  const others = rows.filter(({ race, isOutage }) => !race && !isOutage)
  const outages = rows.filter(({ isOutage }) => isOutage)
  return [
    ...[...races].map((race) => raceTable(rows, race)),
    figures(others),
    losses(outages),
  ].filter(({ lines }) => lines.length > 0)
}

function raceTable(rows, race) {
  const racers = rows.filter((row) => row.race === race)
  const [first] = racers
  const isOne = racers.every(({ task }) => task === first.task)
  const nameOf = (row) => (isOne ? row.subject : `${row.subject}, ${row.task}`)
  return {
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

function losses(rows) {
  return {
    title:
      'Two processes of 50 callers each, whose loads take 20 ms, for 6 seconds of an outage (2 if quick); the worst of all rounds, in ms. Stale are those of 50 keys of the other process that were set while all was well, during the outage, and after it',
    head: ['', 'subject', 'calls', 'errors', 'unhandled', 'p99', 'longest', 'stale'],
    lines: rows.map(({ task, subject, results }) => {
      const { calls, errors, unhandled, p99, longest, stale } = suffered(results)
      return [
        task,
        subject,
        calls.toLocaleString('en'),
        `${errors}`,
        `${unhandled}`,
        p99.toFixed(0),
        longest.toFixed(0),
        stale.join(' + '),
      ]
    }),
  }
}
