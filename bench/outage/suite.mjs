import { shuffled } from '../draws.mjs'
import { outages } from './outages.mjs'
import { suffered } from './suffered.mjs'

const ours = ['hotset', 'hotset-ioredis']
const tiered = ['bentocache', 'bentocache-tuned', 'layered-loader', 'cacheable', 'cache-manager']
/** Over Redis alone: what becomes of them when it is killed tells enough. */
const direct = ['cachified', 'async-cache-dedupe', 'unstorage']
/** Milliseconds that a load takes. */
const loadMs = 20

/** What becomes of two processes while the store is gone, and of what they remember after it. */
export const suite = {
  name: 'outage',
  rounds: { full: 1, quick: 1 },

  jobs: ({ quick, isWanted }) =>
    outages.flatMap((outage) =>
      subjectsOf(outage, quick)
        .filter((name) => isWanted(['outage', outage.name, name]))
        .map((name) => ({
          subject: { name: `${name}, ${outage.name}`, isCache: false },
          name,
          outage,
          quick,
        })),
    ),

  stepsOf: (jobs) => jobs.length,

  async runRound(jobs, { random, onStep, onResult, onFailure }) {
    for (const job of shuffled(jobs, random)) {
      onStep(job.subject.name)
      try {
        onResult(job, await job.outage.run(job.name, job))
      } catch (error) {
        onFailure(job, error)
      }
    }
  },

  report(outcomes) {
    const rows = outcomes.map(({ job: { name, outage }, results }) => ({
      subject: name,
      outage: outage.name,
      ...suffered(results),
    }))
    return {
      rows,
      tables: outages.flatMap(({ name }) => table(rows, name)),
      targets: rows.filter(({ subject }) => ours.includes(subject)).flatMap(targetsOf),
    }
  },
}

function subjectsOf(outage, quick) {
  if (quick) return [...ours, 'bentocache']
  return [...ours, ...tiered, ...(outage.name === 'killed' ? direct : [])]
}

function table(rows, name) {
  const found = rows.filter(({ outage }) => outage === name)
  if (found.length === 0) return []
  return {
    name,
    chart: {
      column: 2,
      title: `The 99th percentile of calls while Redis is ${name} for 4 s`,
      note: `milliseconds, of which the load takes ${loadMs}; shorter is better`,
    },
    title: `Redis is ${name} for 4 seconds (2 if quick): two processes of 50 callers each, whose loads take ${loadMs} ms. Milliseconds of a call; calls that failed or had no answer in 10 s; of 50 keys, those that the other process still answers as they were before, set while all was well, during the outage, and after it`,
    head: ['', 'calls', 'p99 ms', 'longest ms', 'failed', 'unhandled', 'stale'],
    lines: found.map(({ subject, calls, errors, unhandled, p99, longest, stale }) => [
      subject,
      calls.toLocaleString('en'),
      p99.toFixed(0),
      longest.toFixed(0),
      `${errors}`,
      `${unhandled}`,
      stale.join(' + '),
    ]),
  }
}

function targetsOf({ subject, outage, errors, unhandled, p99, longest, stale }) {
  const target = (name, unit, measured, most) => ({
    name: `${subject}, Redis ${outage}: ${name}`,
    unit,
    measured: { middle: measured },
    most,
  })
  return [
    target('errors that reach anybody', '', errors + unhandled, 0),
    target('p99', 'ms', p99, 2 * loadMs),
    target('longest call', 'ms', longest, 1_000),
    target('stale keys', '', Math.max(...stale), 0),
  ]
}
