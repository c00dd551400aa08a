import { mkdirSync, writeFileSync } from 'node:fs'
import { cpus, totalmem } from 'node:os'
import { join } from 'node:path'
import { lineChart } from './charts.mjs'

const mib = 2 ** 20

/** Writes what was seen into a directory: a page, and its charts. */
export function writeReport(directory, { checks, reports, stores, faults, from, to, workers }) {
  mkdirSync(directory, { recursive: true })
  const byWorker = (pick) =>
    Object.fromEntries(
      Array.from({ length: workers }, (_, worker) => [
        `process ${worker + 1}`,
        reports.filter((report) => report.worker === worker).map((one) => [one.at, pick(one)]),
      ]),
    )
  const time = { faults, from, to }
  const ofStore = (pick) =>
    stores.filter((one) => pick(one) !== undefined).map((one) => [one.at, pick(one)])
  const charts = {
    'slowest-hundredth': {
      title: 'the slowest hundredth of reads over Redis takes at least',
      unit: 'ms',
      series: byWorker(({ latencies }) => latencies.redis?.p99 ?? 0),
    },
    loads: {
      title: 'loads of the cache over Redis, each 5 s',
      unit: '',
      series: byWorker(({ counts }) => counts['redis loads'] ?? 0),
    },
    heap: {
      title: 'heap after collection',
      unit: 'MiB',
      series: byWorker(({ heap }) => heap / mib),
    },
    descriptors: {
      title: 'open file descriptors',
      unit: '',
      series: byWorker(({ descriptors }) => descriptors),
    },
    stores: {
      title: 'the stores',
      unit: 'MiB',
      series: {
        Redis: ofStore(({ redis }) => redis && redis / mib),
        LMDB: ofStore(({ lmdb }) => lmdb / mib),
      },
    },
  }
  for (const [name, chart] of Object.entries(charts)) {
    writeFileSync(join(directory, `${name}.svg`), lineChart({ ...chart, ...time }))
  }
  const total = (what) => reports.reduce((sum, { counts }) => sum + (counts[what] ?? 0), 0)
  const errors = new Map()
  for (const error of reports.flatMap(({ lists }) => lists.errors ?? [])) {
    errors.set(error, (errors.get(error) ?? 0) + 1)
  }
  const lines = [
    '# Soak',
    '',
    `${new Date(from).toISOString().slice(0, 10)}, ${Math.round((to - from) / 60_000)} minutes, ${workers} processes on LMDB and Redis; Node ${process.versions.node}, ${cpus().length} × ${cpus()[0].model.trim()}, ${Math.round(totalmem() / 2 ** 30)} GiB. \`npm run soak\` makes this page again.`,
    '',
    `${number(total('lmdb reads') + total('redis reads'))} reads, ${number(total('lmdb changes') + total('redis changes'))} changes, ${number(total('writes acknowledged'))} writes put off, ${number(total('locks held'))} holdings of a lock, ${number(total('pages seen'))} pages; ${faults.length} faults.`,
    '',
    '| | must hold | was |',
    '|---|---|---|',
    ...checks.map(({ promise, found, ok }) => `| ${ok ? '✓' : '✗'} | ${promise} | ${found} |`),
    '',
    '## Over time',
    '',
    'A band is a fault.',
    '',
    ...Object.entries(charts).flatMap(([name, { title }]) => [`![${title}](${name}.svg)`, '']),
    '## Faults',
    '',
    '| minute | fault |',
    '|---|---|',
    ...faults.map(
      ({ name, from: begin }) => `| ${((begin - from) / 60_000).toFixed(1)} | ${name} |`,
    ),
    ...(errors.size === 0 ? [] : ['', '## Errors', '']),
    ...[...errors].map(([error, times]) => `- ${times} × ${error}`),
    '',
  ]
  writeFileSync(join(directory, 'README.md'), lines.join('\n'))
}

function number(value) {
  return value.toLocaleString('en-GB')
}
