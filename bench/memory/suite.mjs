import { shuffled } from '../draws.mjs'
import { median } from '../statistics.mjs'
import { variantsOf } from '../variants.mjs'
import { askOnce } from '../worker.mjs'
import { tablesOf } from './tables.mjs'
import { targetsOf } from './targets.mjs'

const script = new URL('measure.mjs', import.meta.url)

/** What an entry takes beside its key and its value, and how long a single operation can take. */
export const suite = {
  name: 'memory',
  rounds: { full: 2, quick: 1 },

  jobs({ subjects, quick, isWanted }) {
    // A quarter of a million fills tables that double in size just as much.
    const entries = quick ? 250_000 : 1_000_000
    return subjects
      .filter(({ kinds }) => kinds.includes('write'))
      .flatMap(variantsOf)
      .filter(({ name }) => isWanted(['memory', entries, name]))
      .map(({ subject, name, options }) => ({
        name: `${entries} entries, ${name}`,
        subject,
        question: { subject: subject.name, entries, ...options },
        variant: name,
      }))
  },

  stepsOf: (jobs) => jobs.length,

  async runRound(jobs, { random, onStep, onResult, onFailure }) {
    for (const job of shuffled(jobs, random)) {
      onStep(job.name)
      try {
        onResult(job, await askOnce(script, job.question))
      } catch (error) {
        onFailure(job, error)
      }
    }
  },

  report(outcomes) {
    const rows = outcomes.map(({ job: { question, variant }, results }) => ({
      entries: question.entries,
      variant,
      filled: median(results.map(({ filled }) => filled)),
      churned: median(results.map(({ churned }) => churned)),
      kept: median(results.map(({ kept }) => kept)),
      slowest: slowest(results),
      slowestOfAll: Math.max(0, ...results.flatMap(({ slow }) => slow.map(({ all }) => all))),
    }))
    return { rows, tables: tablesOf(rows), targets: targetsOf(rows) }
  },
}

/**
 * Milliseconds of the slowest operations, garbage collection apart. Each is taken as slow as in its
 * fastest round: the same operation has the same work to do in all of them, while the processes that
 * the machine runs meanwhile come in between anywhere.
 */
function slowest([first, ...others]) {
  const rounds = others.map(({ slow }) => new Map(slow.map(({ index, own }) => [index, own])))
  const fastest = first.slow.map(({ index, own }) =>
    Math.min(own, ...rounds.map((round) => round.get(index) ?? 0)),
  )
  return fastest.sort((a, b) => b - a).slice(0, 5)
}
