import { race } from './race.mjs'
import { subjects } from './subjects.mjs'
import { tablesOf } from './tables.mjs'
import { targetsOf } from './targets.mjs'

/** What a page out of a cache costs a server, beside servers without one. */
export const suite = {
  name: 'http',
  rounds: { full: 2, quick: 1 },

  jobs({ quick, isWanted }) {
    return subjects
      .filter(({ name }) => isWanted(['http', name]))
      .map((subject) => ({ subject: { ...subject, isCache: false }, quick }))
  },

  stepsOf: (jobs) => jobs.length,

  async runRound(jobs, { random, onStep, onResult, onFailure }) {
    if (jobs.length === 0) return
    const pace = jobs[0].quick ? { warmUp: 1_000, turns: 3, ms: 500 } : paceOfRound
    const subjects = jobs.map(({ subject }) => subject)
    const results = await race(subjects, { ...pace, random, onStep })
    for (const [index, job] of jobs.entries()) {
      const { failure, ...result } = results[index]
      if (failure) onFailure(job, failure)
      else onResult(job, result)
    }
  },

  report(outcomes) {
    const rows = outcomes.map(({ job: { subject }, results }) => ({
      subject: subject.name,
      results,
    }))
    return { rows, tables: tablesOf(rows), targets: targetsOf(rows) }
  },
}

/** Milliseconds of the warm-up and of a turn. */
const paceOfRound = { warmUp: 2_000, turns: 3, ms: 1_000 }
