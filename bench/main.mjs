import { writeFileSync } from 'node:fs'
import { pathToFileURL } from 'node:url'
import { parseArgs } from 'node:util'
import { runRounds, stepsOf } from './harness.mjs'
import { progressBar } from './progress.mjs'
import {
  environmentOf,
  isMet,
  printEnvironment,
  printFailures,
  printTable,
  printTargets,
} from './report.mjs'
import { saveResults, writeCharts } from './results.mjs'
import { allSubjects } from './subjects.mjs'

const suites = ['reads', 'memoize', 'tags', 'micro', 'memory', 'tiers', 'outage', 'http']

/** `packages` are the peers with their versions. Answers whether no subject of ours was disqualified. */
export async function bench(args, packages) {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      rounds: { type: 'string' },
      quick: { type: 'boolean', default: false },
      json: { type: 'string' },
      svg: { type: 'string' },
      save: { type: 'boolean', default: false },
      only: { type: 'string', default: '' },
      seed: { type: 'string', default: '1' },
    },
  })
  const names = positionals.length > 0 ? positionals : suites
  const unknown = names.find((name) => !suites.includes(name))
  if (unknown) throw new Error(`there is no suite ${unknown}, only ${suites.join(', ')}`)
  if (values.rounds !== undefined && !/^[1-9]\d*$/.test(values.rounds)) {
    throw new Error(`--rounds must be a whole number of 1 or more, not ${values.rounds}`)
  }
  const pattern = new RegExp(values.only, 'i')
  const plan = {
    subjects: await allSubjects(),
    quick: values.quick,
    isWanted: (path) => pattern.test(path.join('/')),
  }
  if (values.save && (values.quick || values.only)) {
    throw new Error('--save keeps whole results: not with --quick or --only')
  }
  const results = {}
  const broken = new Map()
  let environment
  for (const name of names) {
    environment = environmentOf(packages)
    const { suite } = await import(`./${name}/suite.mjs`)
    const rounds = Number(values.rounds ?? suite.rounds[values.quick ? 'quick' : 'full'])
    const jobs = suite.jobs(plan)
    const progress = progressBar(stepsOf(suite, jobs, rounds))
    const options = { rounds, seed: Number(values.seed), onStep: progress.step }
    const { outcomes, failures } = await runRounds(suite, jobs, options)
    progress.end()
    const { rows, tables, targets } = suite.report(outcomes, failures)
    tables.filter(({ isForChart }) => !isForChart).forEach(printTable)
    printFailures(failures)
    for (const [subject, reason] of failures) broken.set(subject, reason)
    const result = {
      rounds,
      tables,
      targets: targets.map((one) => ({ ...one, met: isMet(one) })),
      disqualified: Object.fromEntries(failures),
    }
    results[name] = { ...result, rows }
    if (values.save) saveResults(name, { environment, ...result })
    if (values.svg) writeCharts(pathToFileURL(`${values.svg}/`), name, tables)
  }
  printTargets(Object.values(results).flatMap(({ targets }) => targets))
  printEnvironment(environment)
  const report = { environment, results }
  if (values.json) writeFileSync(values.json, `${JSON.stringify(report, null, 2)}\n`)
  return ![...broken.keys()].some((name) => name.startsWith('hotset'))
}
