import type { Measurement, Phase } from './measure.ts'

const columns: readonly [heading: string, cell: (phase: Phase) => string][] = [
  ['', ({ name }) => name],
  ['requests', ({ requests }) => whole(requests)],
  ['seconds', ({ seconds }) => seconds.toFixed(1)],
  ['per second', ({ requestsPerSecond }) => whole(requestsPerSecond)],
  ['p50', ({ p50 }) => milliseconds(p50)],
  ['p99', ({ p99 }) => milliseconds(p99)],
  ['loads', ({ loads }) => whole(loads)],
  ['memory hits', ({ memoryHitRate }) => percent(memoryHitRate)],
  ['store hits', ({ storeHitRate }) => percent(storeHitRate)],
  ['retried', ({ retried }) => whole(retried)],
]

/** The measurement as text for a terminal. */
export function report(measurement: Measurement): string {
  const { workers, connections, distinctPages, phases, duplicatesAvoided, survived, timesFaster } =
    measurement
  const sum = (field: 'wrong' | 'failed'): number =>
    phases.reduce((n, phase) => n + phase[field], 0)
  return [
    `${workers} worker processes, ${connections} connections, ${whole(distinctPages)} different pages`,
    '',
    ...table(phases),
    '',
    `duplicates avoided between workers   ${whole(duplicatesAvoided)} loads`,
    `survived the restart                 ${whole(survived)} of ${whole(distinctPages)} pages`,
    `pages that were wrong, or missing    ${whole(sum('wrong'))}, ${whole(sum('failed'))}`,
    '',
    `Against no cache the site answers ${times(timesFaster.warm)} as many requests a second from the shared store, ` +
      `${times(timesFaster.afterRestart)} right after a restart, ${times(timesFaster.filling)} while the store still fills;`,
    `with whole pages in the cache, not only what they are made of, ${times(timesFaster.pages)}.`,
  ].join('\n')
}

function table(phases: readonly Phase[]): string[] {
  const rows = [
    columns.map(([heading]) => heading),
    ...phases.map((phase) => columns.map(([, cell]) => cell(phase))),
  ]
  const widths = columns.map((_, i) => Math.max(...rows.map((row) => row[i]?.length ?? 0)))
  return rows.map((row) =>
    row
      .map((cell, i) => (i === 0 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0)))
      .join('  '),
  )
}

const count = new Intl.NumberFormat('en', { maximumFractionDigits: 0 })

function whole(value: number): string {
  return count.format(value)
}

function milliseconds(value: number): string {
  return `${value.toFixed(1)} ms`
}

function percent(rate: number | null): string {
  return rate === null ? '–' : `${(rate * 100).toFixed(1)} %`
}

function times(factor: number): string {
  return `${factor.toFixed(1)} times`
}
