// A process of its own for one subject and one workload, on a Redis that all share. Told to `open` it
// fills it and sees whether it gets back what it put in; told to `run` it times some batches.
import { strict as assert } from 'node:assert'
import { serve } from '../worker.mjs'
import { subjectNamed } from './subjects.mjs'
import { keyOf, valueOf, workloads } from './workloads.mjs'

/** For `getMany`. */
const together = 100
let workload
let subject
let keys

serve(async ({ open, run }) => (open ? start(open) : timesOf(run)))

async function start({ subject: name, workload: named, port }) {
  workload = workloads.find((one) => one.name === named)
  const { entries, bytes, tags, options } = workload
  subject = await (await subjectNamed(name))({ port, ...options })
  keys = Array.from({ length: entries }, (_, index) => `${name}:${named}:${keyOf(index)}`)
  for (const [index, key] of keys.entries()) await subject.set(key, valueOf(index, bytes), tags)
  assert.deepEqual(await subject.get(keys[7]), valueOf(7, bytes))
  return {}
}

/** Microseconds of an operation in each batch, and how often the store was asked meanwhile. */
async function timesOf(batches) {
  const { batch, at, run } = workload
  const readBefore = subject.cache?.stats().store.bytesRead
  const times = []
  let next = 0
  const work = async () => {
    for (let count = 0; count < batch / at; count++) {
      const first = (next++ * 7) % keys.length
      const found = await run(subject, keys[first], hundredOf(first))
      if (found === undefined) throw new Error(`${keys[first]} was not found`)
      if (Array.isArray(found) && found.length < together) throw new Error('some were not found')
    }
  }
  for (let count = 0; count < batches; count++) {
    const start = performance.now()
    await Promise.all(Array.from({ length: at }, work))
    times.push(((performance.now() - start) / batch) * 1e3)
  }
  const bytesRead = subject.cache && subject.cache.stats().store.bytesRead - readBefore
  return { times, bytesRead }
}

function hundredOf(first) {
  const start = first % (keys.length - together)
  return workload.at === 1 && workload.bytes > together ? keys.slice(start, start + together) : []
}
