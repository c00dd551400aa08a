import { race } from './race.mjs'
import { scenarios } from './scenarios.mjs'
import { startServer } from './server.mjs'
import { tablesOf } from './tables.mjs'
import { targetsOf } from './targets.mjs'
import { workloads } from './workloads.mjs'

/** What a store on a server of its own costs and saves. */
export const suite = {
  name: 'tiers',
  rounds: { full: 2, quick: 1 },

  jobs({ quick, isWanted }) {
    const jobsOf = (all) =>
      all.flatMap((task) =>
        task.subjects
          .filter((name) => isWanted(['tiers', task.race ?? task.name, name]))
          .map((name) => ({ subject: { name, isCache: false }, task, quick })),
      )
    return [...jobsOf(workloads), ...jobsOf(scenarios)]
  },

  stepsOf: (jobs) => racing(jobs).size + jobs.filter(({ task }) => !task.race).length,

  async runRound(jobs, { random, onStep, onResult, onFailure }) {
    for (const [name, racers] of racing(jobs)) {
      onStep(name)
      const server = await startServer()
      const questions = racers.map(({ subject, task }) => ({
        subject: subject.name,
        workload: task.name,
        port: server.port,
      }))
      const results = await race(questions, { turns: racers[0].quick ? 3 : 4, random })
      await server.stop()
      for (const [index, job] of racers.entries()) {
        const { failure, ...result } = results[index]
        if (failure) onFailure(job, failure)
        else onResult(job, result)
      }
    }
    for (const job of jobs.filter(({ task }) => !task.race)) {
      onStep(`${job.task.name}, ${job.subject.name}`)
      try {
        onResult(job, await job.task.run(job.subject.name, { quick: job.quick }))
      } catch (error) {
        onFailure(job, error)
      }
    }
  },

  report(outcomes) {
    const rows = outcomes.map(({ job: { task, subject }, results }) => ({
      race: task.race,
      task: task.name,
      subject: subject.name,
      results,
    }))
    return { rows, tables: tablesOf(rows), targets: targetsOf(rows) }
  },
}

function racing(jobs) {
  const races = new Map()
  for (const job of jobs) {
    const { race: name } = job.task
    if (name) races.set(name, [...(races.get(name) ?? []), job])
  }
  return races
}
