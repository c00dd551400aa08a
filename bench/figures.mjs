import { existsSync, readFileSync } from 'node:fs'
import { chartName } from './results.mjs'

const directory = new URL('results/', import.meta.url)
const suites = ['reads', 'memoize', 'tags', 'micro', 'memory', 'tiers', 'outage', 'http']
const others = ['bentocache', 'cacheable', 'cache-manager', 'layered-loader', 'async-cache-dedupe']

/** What is measured, and where it is: suite, table and column. */
const comparisons = [
  ['A read that hits, ns', 'reads', 'hit', 1],
  ['A miss whose loader takes no time, ns', 'reads', 'miss, instant loader', 1],
  ['A remembered call of `(string, string)`, ns', 'memoize', 'times', 2],
  ['A remembered call of `({ nested })`, ns', 'memoize', 'times', 3],
  ['Different calls taken for one, of 11 traps', 'memoize', 'traps', 1],
  ['A small entry in memory, bytes with key and value', 'memory', 'whole', 1],
  ['A read of an entry with 3 tags, µs', 'tags', 'memory', 3],
  ['A hit in Redis of 1 KB, 50 at a time, µs', 'tiers', 'getOrSet, 1 KB, 50 at a time', 1],
  ['p99 while Redis is killed, the load taking 20 ms, ms', 'outage', 'killed', 2],
  ['p99 while Redis is frozen, ms', 'outage', 'frozen', 2],
  ['Stale keys in the other process: before + during + after, of 50 each', 'outage', 'killed', 6],
]

/**
 * The Markdown of a figure: `targets`, `peers`, `<suite>/<table>`, or `<suite>/<table>.svg` for its
 * chart. `toRoot` leads from the page to the repository's root.
 */
export function figure(name, toRoot) {
  if (name === 'targets') return targets()
  if (name === 'peers') return peers()
  const [, suite, table, chart] = /^(\w+)\/(.+?)(\.svg)?$/.exec(name) ?? []
  const results = resultsOf(suite)
  if (results === undefined) return `Not measured yet: \`npm run bench -- ${suite} --save\`.`
  const found = results.tables.find((one) => one.name === table)
  if (found === undefined) throw new Error(`The results of ${suite} have no table "${table}"`)
  if (chart) return `![${found.chart.title}](${toRoot}bench/results/${chartName(suite, found)})`
  return `${tableOf(found.head, found.lines)}\n\n${sourceOf(suite, results)}`
}

function targets() {
  const lines = suites.flatMap((suite) =>
    (resultsOf(suite)?.targets ?? []).map(({ name, unit, least, most, measured, met }) => [
      suite,
      name,
      `${least === undefined ? `≤ ${most}` : `≥ ${least}`} ${unit}`.trim(),
      measured.middle.toFixed(2),
      met ? 'met' : '**not met**',
    ]),
  )
  if (lines.length === 0) return 'Not measured yet: `npm run bench -- --save`.'
  return tableOf(['suite', 'what', 'asked', 'measured', ''], lines)
}

function peers() {
  const lines = comparisons.flatMap(([what, suite, table, column]) => {
    const results = resultsOf(suite)
    if (results === undefined) return []
    const cells = ['hotset', ...others].map((peer) => cellOf(results, { peer, table, column }))
    return [[what, `**${cells[0]}**`, ...cells.slice(1), `\`npm run bench -- ${suite}\``]]
  })
  if (lines.length === 0) return 'Not measured yet: `npm run bench -- --save`.'
  return tableOf(['', 'Hotset', ...others, 'command'], lines)
}

function cellOf({ tables, disqualified }, { peer, table, column }) {
  const line = tables.find(({ name }) => name === table)?.lines.find(([name]) => name === peer)
  const wrong = Object.keys(disqualified).some((name) => name.split(/, | of /).includes(peer))
  if (line === undefined) return wrong ? 'wrong results' : '–'
  return line[column].replace(/ \(.*/, '')
}

function tableOf(head, lines) {
  const row = (cells) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`
  const rule = `|---|${head
    .slice(1)
    .map(() => '--:|')
    .join('')}`
  return [row(head), rule, ...lines.map(row)].join('\n')
}

function sourceOf(suite, { environment: { node, cpu, load, date }, rounds }) {
  const times = rounds === 1 ? 'one round' : `the median of ${rounds} rounds`
  return `*\`npm run bench -- ${suite}\`, ${times}; Node ${node}, ${cpu}, load ${load.toFixed(1)}, ${date.slice(0, 10)}.*`
}

function resultsOf(suite) {
  const file = new URL(`${suite}.json`, directory)
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : undefined
}
