import { randomFrom } from './draws.mjs'
import { askOnce } from './worker.mjs'

const ofMemory = new URL('smoke.mjs', import.meta.url)

/**
 * Runs the jobs of a suite round after round, with new processes and in another order in each. A
 * subject that answers wrongly is out.
 *
 * Answers `{ job, results }` for each job that is left, one result a round, and who is out and why.
 */
export async function runRounds(suite, jobs, { rounds, seed, onStep }) {
  const failures = await disqualified(jobs, onStep)
  const outcomes = jobs.map((job) => ({ job, results: [] }))
  const isIn = ({ job }) => !failures.has(job.subject.name)
  const random = randomFrom(seed)
  for (let round = 0; round < rounds; round++) {
    await suite.runRound(
      jobs.filter((job) => isIn({ job })),
      {
        random,
        seed: seed + round,
        onStep,
        onResult: (job, result) => outcomes.find((one) => one.job === job).results.push(result),
        onFailure: (job, error) => failures.set(job.subject.name, error.message),
      },
    )
  }
  return { outcomes: outcomes.filter(isIn), failures }
}

/** How often `runRounds` calls `onStep`. */
export function stepsOf(suite, jobs, rounds) {
  return cachesOf(jobs).length + suite.stepsOf(jobs) * rounds
}

/** All at once: nothing is timed yet. */
async function disqualified(jobs, onStep) {
  const failures = new Map()
  await Promise.all(
    cachesOf(jobs).map(async ({ name, smoke = ofMemory, peer = name }) => {
      await askOnce(smoke, { name: peer }).catch(({ message }) =>
        failures.set(name, message.split('\n')[0]),
      )
      onStep('do all answer rightly?')
    }),
  )
  return failures
}

/** Each once. */
function cachesOf(jobs) {
  const subjects = new Map(jobs.map(({ subject }) => [subject.name, subject]))
  return [...subjects.values()].filter(({ isCache = true }) => isCache)
}
