import { afterEach, describe, expect, test } from 'vitest'
import { startRedis, tell } from '../servers/redis.ts'
import { eventually, type Server } from '../servers/start-server.ts'
import { type Proxy, startProxy } from '../servers/tcp-proxy.ts'
import { type Behind, type OutageWorkers, startWorkers } from './outage-workers.ts'

/** Four processes read, load, set, delete and invalidate all the time, while Redis fails them. */

const closing: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close()
})

interface Place {
  readonly server: Server
  readonly proxy: Proxy
}

interface Outage {
  readonly kind?: Behind['kind']
  readonly begin: (place: Place) => unknown
  readonly end: (place: Place) => unknown
  /** Whether the processes stop asking it. @default true */
  readonly isOutage?: boolean
}

interface State {
  readonly calls: number
  readonly up: boolean
  readonly felt: number
}

const frozen: Outage = {
  begin: ({ server }) => server.kill('SIGSTOP'),
  end: ({ server }) => server.kill('SIGCONT'),
}
const killed: Outage = {
  begin: ({ server }) => server.kill(),
  end: ({ server }) => server.restart(),
}
/** Calls that each process makes while something is broken, and after it has been mended. */
const callsEach = 150
/** For longer than that nobody trusts its memory where no bus tells of changes. */
const trustMs = 1_001

async function start(kind: Behind['kind']): Promise<Place & { workers: OutageWorkers }> {
  const server = await startRedis()
  closing.push(() => server.stop())
  const proxy = await startProxy(server.port)
  closing.push(() => proxy.close())
  const workers = startWorkers({ kind, at: `redis://127.0.0.1:${proxy.port}` })
  closing.push(() => workers.end())
  return { server, proxy, workers }
}

async function someCalls(workers: OutageWorkers): Promise<void> {
  const before = await workers.ask<State>('state')
  await eventually(
    () => workers.ask<State>('state'),
    (now) => now.every(({ calls }, i) => calls >= (before[i] as State).calls + callsEach),
  )
}

async function untilAll(workers: OutageWorkers, are: (state: State) => boolean): Promise<void> {
  await eventually(
    () => workers.ask<State>('state'),
    (states) => states.every(are),
  )
}

describe('four processes while Redis', () => {
  const outages: Record<string, Outage> = {
    'is frozen, by a URL': frozen,
    'is frozen, by node-redis': { ...frozen, kind: 'node-redis' },
    'is frozen, by ioredis': { ...frozen, kind: 'ioredis' },
    'is killed and comes back empty, by a URL': killed,
    'is killed and comes back empty, by node-redis': { ...killed, kind: 'node-redis' },
    'is killed and comes back empty, by ioredis': { ...killed, kind: 'ioredis' },
    'is behind a network that swallows everything': {
      begin: ({ proxy }) => proxy.hold(),
      end: ({ proxy }) => proxy.release(),
    },
    'has its replies cut in half': {
      begin({ proxy }) {
        proxy.cutAfter = 1000
      },
      end({ proxy }) {
        proxy.cutAfter = Infinity
      },
    },
    'has no room': {
      begin: ({ server }) => tell(server.port, 'CONFIG', 'SET', 'maxmemory', '1'),
      end: ({ server }) => tell(server.port, 'CONFIG', 'SET', 'maxmemory', '0'),
      isOutage: false,
    },
    'is a replica that takes no writes': {
      begin: ({ server }) => tell(server.port, 'REPLICAOF', '127.0.0.1', '1'),
      end: ({ server }) => tell(server.port, 'REPLICAOF', 'NO', 'ONE'),
    },
  }

  test.each(Object.entries(outages))(
    '%s',
    async (_, { kind = 'redis', begin, end, isOutage = true }) => {
      const { workers, ...place } = await start(kind)
      await workers.ask('start')
      await someCalls(workers)
      await begin(place)
      if (isOutage) await untilAll(workers, ({ up }) => !up)
      await workers.ask('phase', 1)
      await someCalls(workers)
      await end(place)
      await untilAll(workers, ({ up }) => up)
      await workers.ask('phase', 2)
      await someCalls(workers)
      const reports = await workers.ask<{ problems: string[]; longest: number }>('stop')
      expect(reports.flatMap(({ problems }) => problems)).toEqual([])
      await untilAll(workers, ({ up }) => up)
      await workers.ask('pass', trustMs)
      expect(await workers.ask('stale')).toEqual(Array(4).fill([0, 0, 0]))
      if (process.env.SHOW) console.log(_, reports.map(({ longest }) => Math.round(longest)), (await workers.ask<State>('state')).map((s) => `${s.calls}/${s.felt}`))
    },
  )
})
