import { median } from '../statistics.mjs'
import { thrift } from './rows.mjs'

export function tablesOf(rows) {
  const table = {
    name: 'pages',
    chart: {
      column: 2,
      title: 'A page of 10 KB: processor time of the server for each request',
      note: 'microseconds; shorter is better',
    },
    title:
      '10 KB of HTML, 64 connections, a server on one core: requests a second, microseconds of its processor for each, how many times as many as node-http it answers in the same processor time, and how much of its core it had',
    head: ['', 'req/s', 'µs', 'times node-http', 'busy', ''],
    lines: rows.map((row) => lineOf(row, rows)),
  }
  return [table].filter(({ lines }) => lines.length > 0)
}

function lineOf({ subject, results }, rows) {
  const { absent, faults } = results[0]
  if (absent) return [subject, '', '', '', '', absent]
  const middle = (name) => median(results.map((result) => result[name]))
  return [
    subject,
    Math.round(middle('rps')).toLocaleString('en'),
    middle('us').toFixed(1),
    times(thrift(rows, subject, 'node-http')),
    `${(100 * middle('busy')).toFixed(0)} %`,
    faults.join(', '),
  ]
}

function times(quotient) {
  if (!quotient) return ''
  const { middle, low, high } = quotient
  const extremes = low < high ? ` (${low.toFixed(2)}–${high.toFixed(2)})` : ''
  return `${middle.toFixed(2)}${extremes}`
}
