// A process of its own for one peer and one workload. Told to `open` it makes a cache; told to `run`
// it times some batches of reads, one after the other, while the processes of the others wait.
import { setImmediate as turn } from 'node:timers/promises'
import { peerNamed } from '../peers.mjs'
import { stopwatch } from '../stopwatch.mjs'
import { serve } from '../worker.mjs'
import { workloads } from './workloads.mjs'

/** How many reads are timed together. */
const batchSize = 10_000
let read
let keys
let loadsPerRead
let loads = 0

serve(async ({ open, run }) => (open ? start(open) : timesOf(run)))

async function start({ subject, workload: name, seed, ttl }) {
  const workload = workloads.find((one) => one.name === name)
  const { entries } = workload
  loadsPerRead = workload.loadsPerRead
  read = (await peerNamed(subject)).readThrough({ entries, ttl, load })
  keys = workload.keys(seed)
  for (let index = 0; index < entries; index++) await read(keys.resident(index))
}

async function load() {
  loads++
  return { name: 'somebody', visits: loads }
}

/** Nanoseconds of a read in each batch. */
async function timesOf(batches) {
  const times = []
  const batch = new Array(batchSize)
  for (let count = 0; count < batches; count++) {
    for (let i = 0; i < batchSize; i++) batch[i] = keys.next()
    loads = 0
    await turn()
    const elapsed = stopwatch()
    const answered = await readAll(batch)
    times.push((elapsed() / batchSize) * 1e6)
    if (answered !== batchSize || loads !== loadsPerRead * batchSize) {
      throw new Error(`${batchSize} reads had ${answered} answers and ${loads} loads`)
    }
  }
  return { times }
}

async function readAll(keys) {
  let answered = 0
  for (let i = 0; i < keys.length; i++) if ((await read(keys[i])) !== undefined) answered++
  return answered
}
