import { shuffled } from '../draws.mjs'
import { allPeers } from '../peers.mjs'
import { median, quotient } from '../statistics.mjs'
import { startServer } from '../tiers/server.mjs'
import { askOnce } from '../worker.mjs'

const script = new URL('measure.mjs', import.meta.url)
const places = ['memory', 'memory over Redis']
const hasTiers = ['hotset', 'cacheable', 'bentocache']
const peers = await allPeers()

/** What tags cost: reads of what has some, and an invalidation of 10,000 of 100,000 entries. */
export const suite = {
  name: 'tags',
  rounds: { full: 2, quick: 1 },

  jobs: ({ isWanted }) =>
    places.flatMap((place) =>
      peers
        .filter(({ tagged, name }) => tagged && isWanted(['tags', place, name]))
        .filter(({ name }) => place === 'memory' || hasTiers.includes(name))
        .map(({ name }) => ({
          subject: { name: `${name}, ${place}`, isCache: false },
          name,
          place,
        })),
    ),

  stepsOf: (jobs) => jobs.length,

  async runRound(jobs, { random, onStep, onResult, onFailure }) {
    for (const job of shuffled(jobs, random)) {
      onStep(job.subject.name)
      const server = job.place === 'memory' ? undefined : await startServer()
      try {
        onResult(job, await askOnce(script, { subject: job.name, port: server?.port }))
      } catch (error) {
        onFailure(job, error)
      }
      await server?.stop()
    }
  },

  report(outcomes) {
    const rows = outcomes.map(({ job: { name, place }, results }) => ({
      subject: name,
      place,
      results,
    }))
    return { rows, tables: places.flatMap((place) => table(rows, place)), targets: targetsOf(rows) }
  },
}

function table(rows, place) {
  const found = rows.filter((row) => row.place === place)
  if (found.length === 0) return []
  return {
    name: place,
    chart: {
      column: 3,
      title: `A read of an entry with three tags, ${place}`,
      note: 'microseconds; shorter is better',
    },
    title: `100,000 entries with 3 tags, ${place}: µs of a set and of a read, ms of invalidating 10,000`,
    head: ['', 'set µs', 'untagged µs', '3 tags µs', 'times', 'invalidate ms'],
    lines: found.map(({ subject, results }) => [
      subject,
      middle(results, 'fillUs').toFixed(1),
      middle(results, 'untagged').toFixed(2),
      middle(results, 'tagged').toFixed(2),
      priceOf(results).middle.toFixed(2),
      middle(results, 'invalidateMs').toFixed(2),
    ]),
  }
}

function targetsOf(rows) {
  return rows
    .filter(({ subject }) => subject === 'hotset')
    .flatMap(({ place, results }) => [
      {
        name: `${place}: read of tagged / untagged`,
        unit: '×',
        measured: priceOf(results),
        most: 1.3,
      },
      {
        name: `${place}: invalidation of 10,000 of 100,000 entries`,
        unit: 'ms',
        measured: { middle: middle(results, 'invalidateMs') },
        most: 1,
      },
    ])
}

const middle = (results, name) => median(results.map((result) => result[name]))

const priceOf = (results) =>
  quotient(
    results.map(({ tagged }) => tagged),
    results.map(({ untagged }) => untagged),
  )
