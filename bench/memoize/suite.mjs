import { allPeers } from '../peers.mjs'
import { racing, runRaces } from '../races.mjs'
import { askOnce } from '../worker.mjs'
import { tablesOf } from './tables.mjs'
import { targetsOf } from './targets.mjs'
import { workloads } from './workloads.mjs'

const measure = new URL('measure.mjs', import.meta.url)
const traps = new URL('traps.mjs', import.meta.url)
const peers = await allPeers()

/** What a call takes whose result is remembered, and which calls are told apart. */
export const suite = {
  name: 'memoize',
  rounds: { full: 3, quick: 1 },

  /** A peer that is wrong about some arguments is out for these alone. */
  jobs({ quick, isWanted }) {
    const jobOf = (peer, race) => ({
      subject: { name: `${peer} ${race}`, isCache: false },
      race,
      question: { subject: peer, workload: race },
      turns: quick ? 3 : 4,
    })
    const races = [...workloads.map(({ name }) => name), 'traps']
    return races.flatMap((race) =>
      peers
        .filter(({ name }) => isWanted(['memoize', race, name]))
        .map(({ name }) => jobOf(name, race)),
    )
  },

  stepsOf: (jobs) => racing(jobs).size,

  async runRound(jobs, options) {
    await runRaces(
      measure,
      jobs.filter(({ race }) => race !== 'traps'),
      options,
    )
    options.onStep('traps')
    for (const job of jobs.filter(({ race }) => race === 'traps')) {
      try {
        options.onResult(job, await askOnce(traps, job.question))
      } catch (error) {
        options.onFailure(job, error)
      }
    }
  },

  report(outcomes, failures) {
    const timed = outcomes.filter(({ job }) => job.race !== 'traps')
    const rows = timed.map(({ job: { question }, results }) => ({
      ...question,
      ns: results.map(({ ns }) => ns),
    }))
    const trapped = outcomes
      .filter(({ job }) => job.race === 'traps')
      .map(({ job: { question }, results: [result] }) => ({ ...question, ...result }))
    return {
      rows: [...rows, ...trapped],
      tables: tablesOf(rows, trapped, failures),
      targets: targetsOf(rows),
    }
  },
}
