import { median, quotient } from '../statistics.mjs'

export function tablesOf(rows) {
  if (rows.length === 0) return []
  const entries = rows[0].entries.toLocaleString('en')
  return [
    {
      name: 'tier',
      title: `${entries} entries: bytes for each beside key and value, then after as many inserts again; the slowest single sets without garbage collection, and the slowest with it in any round`,
      head: ['', 'bytes', 'after churn', 'change', 'kept', 'slowest ms', 'next ms', 'with GC'],
      lines: rows.map(({ variant, filled, churned, kept, slowest, slowestOfAll }) => [
        variant,
        filled.toFixed(1),
        churned.toFixed(1),
        `${((churned / filled - 1) * 100).toFixed(1)} %`,
        `${(kept * 100).toFixed(0)} %`,
        milliseconds(slowest.slice(0, 1)),
        milliseconds(slowest.slice(1)),
        milliseconds([slowestOfAll]),
      ]),
    },
  ]
}

/** With key and value, since both are part of what a cache costs whoever fills it. */
export function wholeTables(rows) {
  if (rows.length === 0) return []
  const floor = rows.find(({ variant }) => variant === 'map')?.bytes
  return [
    {
      name: 'whole',
      chart: {
        column: 1,
        title: '200,000 small entries, read through the whole of a cache',
        note: 'bytes for each, key and value included; shorter is better',
      },
      title: '200,000 small entries: bytes for each, key and value included',
      head: ['', 'bytes', 'times map', 'kept'],
      lines: rows.map(({ variant, bytes, kept }) => [
        variant,
        median(bytes).toFixed(0),
        floor ? quotient(bytes, floor).middle.toFixed(2) : '',
        `${(kept * 100).toFixed(0)} %`,
      ]),
    },
  ]
}

function milliseconds(durations) {
  return durations.map((duration) => duration.toFixed(1)).join(' ')
}
