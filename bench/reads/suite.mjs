import { allPeers, readingSubject } from '../peers.mjs'
import { racing, runRaces } from '../races.mjs'
import { tablesOf } from './tables.mjs'
import { targetsOf } from './targets.mjs'
import { workloads } from './workloads.mjs'

const script = new URL('measure.mjs', import.meta.url)
/** Milliseconds: long enough that nothing expires meanwhile. */
const ttl = 300_000
const peers = await allPeers()

/** What a read through the whole of a cache takes: a hit, and a miss whose loader takes no time. */
export const suite = {
  name: 'reads',
  rounds: { full: 3, quick: 1 },

  jobs({ quick, isWanted }) {
    return workloads.flatMap(({ name: workload }) =>
      peers
        .filter(({ name }) => isWanted(['reads', workload, name]))
        .map((peer) => ({
          subject: readingSubject(peer),
          race: workload,
          question: { subject: peer.name, workload, ttl },
          turns: quick ? 3 : 4,
        })),
    )
  },

  stepsOf: (jobs) => racing(jobs).size,

  runRound: (jobs, options) => runRaces(script, jobs, options),

  report(outcomes) {
    const rows = outcomes.map(({ job: { race, subject }, results }) => ({
      workload: race,
      subject: subject.name,
      ns: results.map(({ ns }) => ns),
    }))
    return { rows, tables: tablesOf(rows), targets: targetsOf(rows) }
  },
}
