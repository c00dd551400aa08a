import { racing, runRaces } from '../races.mjs'
import { mean, median } from '../statistics.mjs'
import { variantsOf } from '../variants.mjs'
import { tablesOf } from './tables.mjs'
import { targetsOf } from './targets.mjs'
import { workloads } from './workloads.mjs'

const script = new URL('measure.mjs', import.meta.url)
const sizes = [
  { entries: 100_000, kinds: ['read', 'write'] },
  { entries: 10_000, kinds: ['read', 'write'] },
  { entries: 1_000, kinds: ['await'] },
]

/** How long an operation takes, beside the peers. */
export const suite = {
  name: 'micro',
  rounds: { full: 2, quick: 1 },

  jobs({ subjects, quick, isWanted }) {
    return racesOf(quick).flatMap(({ entries, workload, turns }) =>
      subjects
        .filter(({ kinds }) => kinds.includes(workload.kind))
        .flatMap(variantsOf)
        .filter(({ name }) => isWanted(['micro', entries, name, workload.name]))
        .map(({ subject, name, options }) => ({
          subject,
          variant: name,
          race: `${workload.name}, ${entries} entries`,
          question: { subject: subject.name, workload: workload.name, entries, ...options },
          turns,
        })),
    )
  },

  stepsOf: (jobs) => racing(jobs).size,

  runRound: (jobs, options) => runRaces(script, jobs, options),

  report(outcomes) {
    const rows = outcomes.map(({ job: { question, variant }, results }) => ({
      entries: question.entries,
      variant,
      workload: question.workload,
      ns: results.map(({ ns }) => ns),
      hitRatio: median(results.map(hitRatioOf)),
    }))
    return { rows, tables: tablesOf(rows), targets: targetsOf(rows) }
  },
}

/** What all that can take part in do at the same time. */
function racesOf(quick) {
  return sizes.flatMap(({ entries, kinds }) =>
    workloads
      .filter(({ kind, isInformation }) => kinds.includes(kind) && !(quick && isInformation))
      .map((workload) => ({ entries, workload, turns: quick ? 3 : 4 })),
  )
}

function hitRatioOf({ answers }) {
  return mean(answers.map(({ hitRatio }) => hitRatio))
}
