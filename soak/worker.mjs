// One process of four: works on its caches until it is told to end, and says every so often what it saw.
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { createCache } from 'hotset'
import { Tally } from './tally.mjs'
import { openTruth } from './truth.mjs'
import { coldKeys } from './workloads/cold-keys.mjs'
import { locksAndLimits } from './workloads/locks-and-limits.mjs'
import { userPages } from './workloads/pages.mjs'
import { putOffWrites } from './workloads/put-off-writes.mjs'
import { truthfulReads } from './workloads/truthful-reads.mjs'

const { directory, stores, worker, workers, life, every } = JSON.parse(process.argv[2])
const tally = new Tally()
let ending = false

/** Does something again and again, with a pause in between; what fails is counted, and goes on. */
async function going(step, ms) {
  while (!ending) {
    try {
      await step()
    } catch (error) {
      // Locks and limits say so where the store is away: it is for the caller to decide what that means.
      const isOutage = `${error.code}`.startsWith('ERR_CACHE_STORE')
      tally.count(isOutage ? 'refused in an outage' : 'failures elsewhere')
      tally.note('errors', `${step.name}: ${error}`)
    }
    await pause(ms)
  }
}

const caches = Object.fromEntries(
  Object.entries(stores).map(([kind, store]) => [
    kind,
    createCache({
      name: 'soak',
      store,
      memory: { maxEntries: 2_000 },
      onEvent({ type }) {
        if (type === 'store') tally.note(`${kind} store changes`, Date.now())
      },
    }),
  ]),
)
const behind = createCache()
const at = (name) => join(directory, name)
const common = { worker, workers, tally, going }
const pages = await userPages({ ...common, cache: caches.lmdb })
const loops = [
  ...Object.entries(caches).flatMap(([kind, cache]) => [
    ...truthfulReads({ ...common, cache, kind, truth: openTruth(at(`truth-${kind}`)) }),
    ...coldKeys({ ...common, cache, kind }),
  ]),
  ...locksAndLimits({ ...common, cache: caches.lmdb, fences: at('fences') }),
  ...putOffWrites({
    ...common,
    cache: behind,
    life,
    log: at(`log-${worker}`),
    acknowledged: at(`acknowledged-${worker}`),
    source: at(`source-${worker}`),
  }),
  ...pages.loops,
]

async function say() {
  globalThis.gc()
  const { heapUsed, rss, external, arrayBuffers } = process.memoryUsage()
  const inspected = await Promise.all(Object.values(caches).map((cache) => cache.inspect()))
  process.send({
    ...{ worker, life, at: Date.now(), ...tally.take() },
    heap: heapUsed + external,
    ...{ rss, arrayBuffers },
    descriptors: readdirSync('/proc/self/fd').length,
    resources: process.getActiveResourcesInfo().length,
    entries: inspected.reduce((sum, { memory }) => sum + memory.entries, 0),
    loading: inspected.reduce((sum, { loading }) => sum + loading, 0),
    pending: Object.values((await behind.inspect()).backlogs).reduce((n, b) => n + b.pending, 0),
  })
}

process.on('message', async ({ verb, ms }) => {
  if (verb === 'block') {
    const until = Date.now() + ms
    while (Date.now() < until);
  } else if (verb === 'end') {
    ending = true
    await Promise.all(loops)
    pages.close()
    await say()
    await Promise.all([behind, ...Object.values(caches)].map((cache) => cache.close()))
    process.exit()
  }
})
process.on('disconnect', () => process.exit())
process.send({ ready: true })
while (!ending) {
  await pause(every - (Date.now() % every))
  if (!ending) await say()
}
