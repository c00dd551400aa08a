import { setTimeout as passing } from 'node:timers/promises'
import { withCallers } from '../tiers/with-callers.mjs'

/** Milliseconds of calls before an outage, and of peace after it. */
const before = 1_000
const after = 3_000
/** For longer than that no cache here trusts what it has in memory, if it asks the store at all. */
const trust = 1_200

/** `run(name, plan)` answers what two processes with that cache suffered. */
export const outages = [
  outage('killed', {
    begin: (server) => server.kill(),
    end: (server) => server.start(),
  }),
  outage('frozen', {
    begin: (server) => server.signal('SIGSTOP'),
    end: (server) => server.signal('SIGCONT'),
  }),
]

function outage(name, { begin, end }) {
  return {
    name,
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
  const work = (ms, write) =>
    Promise.all([one.ask({ verb: 'work', ms, write }), other.ask({ verb: 'work', ms })])
  await write('healthy', 2)
  await passing(trust)
  const stale = { healthy: await isStale('healthy', 2) }
  const during = quick ? 2_000 : 4_000
  await work(before)
  const calling = work(during, { group: 'during', version: 2 })
  await begin()
  await passing(during)
  await end()
  const calls = await calling
  await passing(after)
  stale.during = await isStale('during', 2)
  await write('after', 2)
  await passing(trust)
  stale.after = await isStale('after', 2)
  return { calls, stale }
}
