import { shuffled } from '../draws.mjs'
import { allPeers, readingSubject } from '../peers.mjs'
import { median } from '../statistics.mjs'
import { variantsOf } from '../variants.mjs'
import { askOnce } from '../worker.mjs'
import { tablesOf, wholeTables } from './tables.mjs'
import { targetsOf, wholeTargets } from './targets.mjs'

const tier = new URL('measure.mjs', import.meta.url)
const whole = new URL('whole.mjs', import.meta.url)
/** Milliseconds, for the whole of a cache. */
const ttl = 300_000
const peers = await allPeers()

/**
 * What an entry takes beside its key and its value, and how long a single operation can take; and
 * what small entries take with all that a whole cache keeps about them.
 */
export const suite = {
  name: 'memory',
  rounds: { full: 2, quick: 1 },

  jobs({ subjects, quick, isWanted }) {
    // A quarter of a million fills tables that double in size just as much.
    const entries = quick ? 250_000 : 1_000_000
    const tiers = subjects
      .filter(({ kinds }) => kinds.includes('write'))
      .flatMap(variantsOf)
      .filter(({ name }) => isWanted(['memory', entries, name]))
      .map(({ subject, name, options }) => ({
        name: `${entries} entries, ${name}`,
        script: tier,
        subject,
        question: { subject: subject.name, entries, ...options },
        variant: name,
      }))
    const wholes = peers
      .filter(({ name }) => isWanted(['memory', 'whole', name]))
      .map((peer) => ({
        name: `200,000 entries, the whole of ${peer.name}`,
        script: whole,
        // Tiers alone have the same names.
        subject: readingSubject(peer, `the whole of ${peer.name}`),
        question: { subject: peer.name, entries: 200_000, ttl },
        variant: peer.name,
      }))
    return [...tiers, ...wholes]
  },

  stepsOf: (jobs) => jobs.length,

  async runRound(jobs, { random, onStep, onResult, onFailure }) {
    for (const job of shuffled(jobs, random)) {
      onStep(job.name)
      try {
        onResult(job, await askOnce(job.script, job.question))
      } catch (error) {
        onFailure(job, error)
      }
    }
  },

  report(outcomes) {
    const ofScript = (script) => outcomes.filter(({ job }) => job.script === script)
    const rows = ofScript(tier).map(({ job: { question, variant }, results }) => ({
      entries: question.entries,
      variant,
      filled: median(results.map(({ filled }) => filled)),
      churned: median(results.map(({ churned }) => churned)),
      kept: median(results.map(({ kept }) => kept)),
      slowest: slowest(results),
      slowestOfAll: Math.max(0, ...results.flatMap(({ slow }) => slow.map(({ all }) => all))),
    }))
    const wholes = ofScript(whole).map(({ job: { question, variant }, results }) => ({
      entries: question.entries,
      variant,
      bytes: results.map(({ bytes }) => bytes),
      kept: median(results.map(({ kept }) => kept)),
    }))
    return {
      rows: [...rows, ...wholes],
      tables: [...tablesOf(rows), ...wholeTables(wholes)],
      targets: [...targetsOf(rows), ...wholeTargets(wholes)],
    }
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
