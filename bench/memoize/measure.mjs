// A process of its own for one peer and one kind of arguments. Told to `open` it sees whether calls
// are told apart, and has all results remembered; told to `run` it times some batches of calls, one
// after the other, while the processes of the others wait.
import { setImmediate as turn } from 'node:timers/promises'
import { randomFrom, zipf } from '../draws.mjs'
import { peerNamed } from '../peers.mjs'
import { stopwatch } from '../stopwatch.mjs'
import { serve } from '../worker.mjs'
import { workloads } from './workloads.mjs'

/** Different calls that are made to see whether they are told apart, and among which those timed are. */
const probes = 10_000
const timed = 1_000
/** How many calls are timed together. */
const batchSize = 10_000
let workload
let memoized
let draw
let runs = 0

serve(async ({ open, run }) => (open ? start(open) : timesOf(run)))

async function start({ subject, workload: name, seed }) {
  workload = workloads.find((one) => one.name === name)
  const { memoize } = await peerNamed(subject)
  await tellsApart(memoize(workload.idOf, { entries: 2 * probes }))
  memoized = memoize(answer, { entries: 10 * timed })
  draw = zipf(timed, randomFrom(seed))
  for (let index = 0; index < timed; index++) await memoized(...workload.args(index))
}

async function answer(...args) {
  runs++
  return { id: await workload.idOf(...args) }
}

async function tellsApart(memoized) {
  let wrong = 0
  for (let time = 0; time < 2; time++) {
    for (let index = 0; index < probes; index++) {
      const expected = await workload.idOf(...workload.args(index))
      if ((await memoized(...workload.args(index))) !== expected) wrong++
    }
  }
  if (wrong > 0) throw new Error(`wrong results: ${wrong} of ${2 * probes} calls got another's`)
}

/** Nanoseconds of a call in each batch. */
async function timesOf(batches) {
  const times = []
  for (let count = 0; count < batches; count++) {
    const batch = Array.from({ length: batchSize }, () => workload.args(draw()))
    runs = 0
    await turn()
    const elapsed = stopwatch()
    const answered = await workload.callAll(memoized, batch)
    times.push((elapsed() / batchSize) * 1e6)
    if (runs > 0 || answered !== batchSize) throw new Error(`${runs} of ${batchSize} calls ran`)
  }
  return { times }
}
