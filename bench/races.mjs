import { interleave } from './interleave.mjs'

/** The jobs by the name of their `race`: what takes turns. */
export function racing(jobs) {
  const races = new Map()
  for (const job of jobs) races.set(job.race, [...(races.get(job.race) ?? []), job])
  return races
}

/** A round of races between processes of `script`; `turns` of each are what its jobs say. */
export async function runRaces(script, jobs, { seed, random, onStep, onResult, onFailure }) {
  for (const [race, racers] of racing(jobs)) {
    onStep(race)
    const questions = racers.map(({ question }) => ({ ...question, seed }))
    const results = await interleave(script, questions, { turns: racers[0].turns, random })
    for (const [index, job] of racers.entries()) {
      const { failure, ...result } = results[index]
      if (failure) onFailure(job, failure)
      else onResult(job, result)
    }
  }
}
