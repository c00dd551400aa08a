// A process of its own for one subject and one workload. Told to `open` it fills a cache; told to
// `run` it times some batches of operations, while the processes of the others wait.
import { setImmediate as turn } from 'node:timers/promises'
import { randomFrom, zipf } from '../draws.mjs'
import { stopwatch } from '../stopwatch.mjs'
import { subjectNamed } from '../subjects.mjs'
import { serve } from '../worker.mjs'
import { workloads } from './workloads.mjs'

/** How many operations are timed together. */
const batchSize = 20_000
const value = { name: 'somebody', visits: 3 }
/** Where each read is a hit, anything less is a wrong answer. */
const allFound = ['read', 'await']
let workload
let cache
let keys

serve(async ({ open, run }) => (open ? start(open) : timesOf(run)))

async function start({ subject, workload: name, entries, ttl, seed }) {
  workload = workloads.find((one) => one.name === name)
  cache = (await subjectNamed(subject)).create({ entries, ttl })
  const random = randomFrom(seed)
  keys = workload.keys({ entries, zipf: (space) => zipf(space, random) })
  for (let index = 0; index < entries; index++) await cache.set(keys.resident(index), value)
}

/** Nanoseconds of an operation in each batch, and the share of the keys that were found in all. */
async function timesOf(batches) {
  const times = []
  let found = 0
  const batch = new Array(batchSize)
  for (let count = 0; count < batches; count++) {
    for (let i = 0; i < batchSize; i++) batch[i] = keys.next()
    await turn()
    const elapsed = stopwatch()
    const hits = await workload.run(cache, batch, value)
    times.push((elapsed() / batchSize) * 1e6)
    if (allFound.includes(workload.kind) && hits !== batchSize) {
      throw new Error(`${workload.name}: ${batchSize - hits} of ${batchSize} entries not found`)
    }
    found += hits
  }
  return { times, hitRatio: found / (batches * batchSize) }
}
