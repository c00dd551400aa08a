// A process of its own for one subject and one workload, on a Redis that all share. Told to `open` it
// fills it and sees whether it gets back what it put in; told to `run` it times some batches.
import { strict as assert } from 'node:assert'
import { serve } from '../worker.mjs'
import { subjectNamed } from './subjects.mjs'
import { articleOf, workloads } from './workloads.mjs'

/** Prime to the number of keys, so that all are asked for, and neighbours are not in a row. */
const stride = 7
let workload
let subject
let keys

serve(async ({ open, run }) => (open ? start(open) : timesOf(run)))

async function start({ subject: name, workload: named, port }) {
  workload = workloads.find((one) => one.name === named)
  const { entries, bytes, tags, memory } = workload
  const open = await subjectNamed(name)
  subject = await open({ port, memory })
  keys = Array.from({ length: entries }, (_, index) => `${name}/${named}/article:${index}:body`)
  for (const [index, key] of keys.entries()) await subject.set(key, articleOf(index, bytes), tags)
  for (const index of [0, stride]) {
    assert.deepEqual(await subject.get(keys[index]), articleOf(index, bytes))
  }
  return {}
}

/** Microseconds of an operation in each batch, and bytes that came from the store meanwhile. */
async function timesOf(batches) {
  const { batch, at } = workload
  const before = bytesRead()
  const times = []
  for (let count = 0; count < batches; count++) {
    const start = performance.now()
    await Promise.all(Array.from({ length: at }, (_, caller) => work(caller)))
    times.push(((performance.now() - start) / batch) * 1e3)
  }
  return { times, bytesRead: bytesRead() - before }
}

async function work(caller) {
  const { batch, at, run } = workload
  for (let count = 0; count < batch / at; count++) {
    const index = ((count * at + caller) * stride) % keys.length
    const found = await run(subject, keys, index)
    if (!found) throw new Error(`${keys[index]} was not found`)
  }
}

function bytesRead() {
  return subject.cache?.stats().store.bytesRead ?? 0
}
