import { afterEach, describe, expect, test } from 'vitest'
import { startRedis, tell } from '../servers/redis.ts'
import { eventually, type Server } from '../servers/start-server.ts'
import { startProxy } from '../servers/tcp-proxy.ts'
import { type Behind, type OutageWorkers, startWorkers } from './outage-workers.ts'

/** Four processes read, load, set, delete and invalidate all the time, while Redis fails them. */

const closing: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close()
})

interface Place {
  readonly server: Server
  readonly proxy: Awaited<ReturnType<typeof startProxy>>
}

interface Outage {
  readonly kind?: Behind['kind']
  /** Breaks something, and answers what mends it. */
  readonly begin: (place: Place) => Promise<() => unknown>
  /** Whether the processes stop asking. @default true */
  readonly isOutage?: boolean
}

interface State {
  readonly calls: number
  readonly up: boolean
  readonly felt: number
}

const frozen: Outage = {
  async begin({ server }) {
    await server.kill('SIGSTOP')
    return () => server.kill('SIGCONT')
  },
}
const killed: Outage = {
  async begin({ server }) {
    await server.kill()
    return () => server.restart()
  },
}
/** Each reply waits for the end of such a span. */
const slownessMs = 40
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
      async begin({ proxy }) {
        proxy.hold()
        return () => proxy.release()
      },
    },
    'is slow': {
      async begin({ proxy }) {
        proxy.hold()
        const pulse = setInterval(() => {
          proxy.release()
          proxy.hold()
        }, slownessMs)
        return () => {
          clearInterval(pulse)
          proxy.release()
        }
      },
      isOutage: false,
    },
    'has its replies cut in half': {
      async begin({ proxy }) {
        proxy.cutAfter = 1000
        return () => {
          proxy.cutAfter = Infinity
        }
      },
    },
    'has no room': {
      async begin({ server }) {
        await tell(server.port, 'CONFIG', 'SET', 'maxmemory', '1')
        return () => tell(server.port, 'CONFIG', 'SET', 'maxmemory', '0')
      },
      isOutage: false,
    },
    'is a replica that takes no writes': {
      async begin({ server }) {
        await tell(server.port, 'REPLICAOF', '127.0.0.1', '1')
        return () => tell(server.port, 'REPLICAOF', 'NO', 'ONE')
      },
    },
  }

  test.each(Object.entries(outages))(
    '%s',
    async (_, { kind = 'redis', begin, isOutage = true }) => {
      const { workers, ...place } = await start(kind)
      await workers.ask('start')
      await someCalls(workers)
      const mend = await begin(place)
      if (isOutage) await untilAll(workers, ({ up }) => !up)
      await workers.ask('phase', 1)
      await someCalls(workers)
      await mend()
      await untilAll(workers, ({ up }) => up)
      await workers.ask('phase', 2)
      await someCalls(workers)
      const reports = await workers.ask<{ problems: string[]; longest: number }>('stop')
      expect(reports.flatMap(({ problems }) => problems)).toEqual([])
      await untilAll(workers, ({ up }) => up)
      await workers.ask('pass', trustMs)
      expect(await workers.ask('stale')).toEqual(Array(4).fill([0, 0, 0]))
    },
  )
})
