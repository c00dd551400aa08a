import { setTimeout as passing } from 'node:timers/promises'
import { Worker } from '../worker.mjs'
import { startServer } from './server.mjs'

const script = new URL('caller.mjs', import.meta.url)
/** Milliseconds of calls before an outage, and of peace after it. */
const before = 1_000
const after = 5_000
/** For longer than that no cache here trusts what it has in memory, if it asks the store at all. */
const trust = 1_200

/**
 * What is not a race. Each has the names of its `subjects`, and `run(name, plan)`, which answers what
 * was seen.
 */
export const scenarios = [
  {
    name: '4 processes × 1,000 callers of one cold key',
    subjects: ['hotset', 'hotset-ioredis', 'bentocache'],
    run: (name) =>
      withCallers(name, 4, async (callers) => {
        const ask = { verb: 'storm', key: 'cold', count: 1_000 }
        const answers = await Promise.all(callers.map((caller) => caller.ask(ask)))
        return { loads: answers.reduce((sum, { loads }) => sum + loads, 0) }
      }),
  },
  {
    name: 'invalidation of 10,000 of 100,000 entries',
    subjects: ['hotset'],
    run: (name) =>
      withCallers(name, 1, async ([caller]) => {
        await caller.ask({ verb: 'fill' })
        return caller.ask({ verb: 'invalidate' })
      }),
  },
  outage('Redis is killed', {
    begin: (server) => server.kill(),
    end: (server) => server.start(),
  }),
  outage('Redis is frozen', {
    begin: (server) => server.signal('SIGSTOP'),
    end: (server) => server.signal('SIGCONT'),
  }),
]

function outage(name, { begin, end }) {
  return {
    name,
    isOutage: true,
    subjects: ['hotset', 'hotset-ioredis', 'bentocache'],
    run: (subject, { quick }) =>
      withCallers(subject, 2, ([one, other], server) =>
        suffer(one, other, { begin: () => begin(server), end: () => end(server), quick }),
      ),
  }
}

/** One process writes, the other has read what was there before. Both call all the time. */
async function suffer(one, other, { begin, end, quick }) {
  const write = (group, version) => one.ask({ verb: 'write', group, version })
  const isStale = async (group, version) =>
    (await other.ask({ verb: 'stale', group, version })).stale
  const groups = ['healthy', 'during', 'after']
  for (const group of groups) {
    await write(group, 1)
    await isStale(group, 1)
  }
  await write('healthy', 2)
  await passing(trust)
  const stale = { healthy: await isStale('healthy', 2) }
  const during = quick ? 2_000 : 6_000
  const work = (ms) => Promise.all([one, other].map((caller) => caller.ask({ verb: 'work', ms })))
  await work(before)
  const working = work(during)
  await begin()
  const calls = await working
  const { failed } = await write('during', 2)
  await end()
  await passing(after)
  stale.during = await isStale('during', 2)
  await write('after', 2)
  await passing(trust)
  stale.after = await isStale('after', 2)
  return { calls, failed, stale }
}

async function withCallers(name, count, run) {
  const server = await startServer()
  const callers = Array.from({ length: count }, () => new Worker(script))
  try {
    const { port } = server
    await Promise.all(callers.map((caller) => caller.ask({ verb: 'open', name, port })))
    return await run(callers, server)
  } finally {
    await Promise.all(callers.map((caller) => caller.stop()))
    await server.stop()
  }
}
