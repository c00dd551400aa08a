import { shuffled } from './draws.mjs'
import { lowerQuartile } from './statistics.mjs'
import { Worker } from './worker.mjs'

/** Until the compiler has seen enough, and a policy has learned what is popular. */
const warmUps = 30
/** Batches of one turn. The first is not counted: the processor's caches are another's still. */
const perTurn = 4

/**
 * Times a workload on many subjects, each in a new process, for the compiler remembers what else it
 * saw. They take turns, a few batches each and in another order every time, so that what the machine
 * does meanwhile slows all of them alike; only one works at any time, once all are warm.
 *
 * Answers for each of the questions, in order, a result or a failure. `script` is what the processes
 * run: it is asked to `open` one of them, then to `run` so many batches.
 */
export async function interleave(script, questions, { turns, random }) {
  const members = questions.map((question) => ({
    question,
    worker: new Worker(script),
    answers: [],
    failure: undefined,
  }))
  const attempt = async (member, step) => {
    if (member.failure) return
    try {
      await step(member)
    } catch (error) {
      member.failure = error
    }
  }
  const prepare = async ({ worker, question }) => {
    await worker.ask({ open: question })
    await worker.ask({ run: warmUps })
  }
  await Promise.all(members.map((member) => attempt(member, prepare)))
  const takeTurn = async ({ worker, answers }) => answers.push(await worker.ask({ run: perTurn }))
  for (let turn = 0; turn < turns; turn++) {
    for (const member of shuffled(members, random)) await attempt(member, takeTurn)
  }
  await Promise.all(members.map(({ worker }) => worker.stop()))
  return members.map(({ failure, answers }) => (failure ? { failure } : summary(answers)))
}

/**
 * The lower quartile of the batches is what the work takes when nobody else wants the processor;
 * garbage collection is left to the batches that it falls into.
 */
function summary(answers) {
  return { ns: lowerQuartile(answers.flatMap(({ times }) => times.slice(1))), answers }
}
