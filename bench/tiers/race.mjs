import { shuffled } from '../draws.mjs'
import { lowerQuartile } from '../statistics.mjs'
import { Worker } from '../worker.mjs'

const script = new URL('measure.mjs', import.meta.url)
/** Batches until the compiler has seen enough, and of one turn, whose first is not counted. */
const warmUps = 16
const perTurn = 4

/**
 * Times several processes that take turns, in another order every time: only one, and the server,
 * work at any time. Answers for each of the questions, in order, a result or a failure.
 */
export async function race(questions, { turns, random }) {
  const racers = questions.map((question) => ({
    question,
    worker: new Worker(script),
    answers: [],
    failure: undefined,
  }))
  const ask = async (racer, question) => {
    if (racer.failure) return undefined
    return racer.worker.ask(question).catch((error) => {
      racer.failure = error
    })
  }
  for (const racer of racers) {
    await ask(racer, { open: racer.question })
    await ask(racer, { run: warmUps })
  }
  for (let turn = 0; turn < turns; turn++) {
    for (const racer of shuffled(racers, random)) {
      racer.answers.push(await ask(racer, { run: perTurn }))
    }
  }
  await Promise.all(racers.map(({ worker }) => worker.stop()))
  return racers.map(({ failure, answers }) => (failure ? { failure } : summary(answers)))
}

function summary(answers) {
  return {
    us: lowerQuartile(answers.flatMap(({ times }) => times.slice(1))),
    bytesRead: answers.reduce((sum, { bytesRead }) => sum + bytesRead, 0),
  }
}
