import { describe, expect, test } from 'vitest'
import { tell } from '../servers/redis.ts'
import { eventually } from '../servers/start-server.ts'
import { endure, frozen, killed, type Outage, start, trustMs, untilHeard } from './redis-outages.ts'

/** Ends connections with such a mark, again and again. */
function cutting(mark: RegExp): Outage['begin'] {
  return async ({ server: { port } }) => {
    const cut = async () => {
      const clients = `${await tell(port, 'CLIENT', 'LIST')}`.split('\n')
      for (const client of clients.filter((text) => mark.test(text))) {
        const [, id = ''] = /^id=(\d+)/.exec(client) ?? []
        await tell(port, 'CLIENT', 'KILL', 'ID', id)
      }
    }
    let going = true
    const done = (async () => {
      while (going) await cut()
    })()
    return () => {
      going = false
      return done
    }
  }
}
const subscribers = / sub=1 /
const trackers = / flags=\S*t/

describe('four processes with a bus while Redis', () => {
  const outages: Record<string, Outage> = {
    'is frozen': { ...frozen, bus: 'pubsub' },
    'is frozen, which tells of changes': { ...frozen, bus: 'tracking' },
    'is killed and comes back empty': { ...killed, bus: 'pubsub' },
    'is killed and comes back empty, which tells of changes': { ...killed, bus: 'tracking' },
    'hangs up on those who listen': { bus: 'pubsub', begin: cutting(subscribers), isOutage: false },
    'hangs up on those who listen, and tells of changes': {
      bus: 'tracking',
      begin: cutting(subscribers),
      isOutage: false,
    },
  }

  test.each(Object.entries(outages))('%s', (_, outage) => endure(outage))

  test('hangs up on those who track, what other programs change is noticed', async () => {
    const { workers, ...place } = await start({ kind: 'redis', bus: 'tracking' })
    await untilHeard(workers, 'before')
    await workers.ask('start')
    await workers.ask('stale')
    const mend = await cutting(trackers)(place)
    for (let round = 0; round < 5; round++) await workers.ask('overwrite', 1)
    await mend()
    await workers.ask('overwrite', 2)
    const reports = await workers.ask<{ problems: string[]; longest: number }>('stop')
    expect(reports.flatMap(({ problems }) => problems)).toEqual([])
    // What is heard last was said last, by each of the two ways.
    await untilHeard(workers, 'after')
    await eventually(
      () => workers.ask<number[]>('stale'),
      (stale) => stale.every(([, , last]) => last === 0),
    )
    await workers.ask('pass', trustMs)
    expect(await workers.ask('stale')).toEqual(Array(4).fill([0, 0, 0]))
  })
})
