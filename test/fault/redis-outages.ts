import { expect, onTestFinished } from 'vitest'
import { startRedis } from '../servers/redis.ts'
import { eventually, type Server } from '../servers/start-server.ts'
import { startProxy } from '../servers/tcp-proxy.ts'
import { type Behind, type OutageWorkers, startWorkers } from './outage-workers.ts'

export interface Place {
  readonly server: Server
  readonly proxy: Awaited<ReturnType<typeof startProxy>>
}

export interface Outage {
  readonly kind?: Behind['kind']
  readonly bus?: Behind['bus']
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

export const frozen: Outage = {
  async begin({ server }) {
    await server.kill('SIGSTOP')
    return () => server.kill('SIGCONT')
  },
}
export const killed: Outage = {
  async begin({ server }) {
    await server.kill()
    return () => server.restart()
  },
}
/** Calls that each process makes while something is broken, and after it has been mended. */
const callsEach = 150
/** For longer than that nobody trusts what it learned while no bus told of changes. */
export const trustMs = 1_001

export async function start(
  behind: Omit<Behind, 'at'>,
): Promise<Place & { workers: OutageWorkers }> {
  const server = await startRedis()
  onTestFinished(() => server.stop())
  const proxy = await startProxy(server.port)
  onTestFinished(() => proxy.close())
  const at = `redis://127.0.0.1:${proxy.port}`
  const workers = startWorkers({ ...behind, at }, { name: 'shop' })
  onTestFinished(() => workers.end())
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

/**
 * Every process hears a word of every other, and with it or before it all that was said before. What
 * is said while a busy machine takes a store for dead is said again. A word may first be found in the
 * store; who knows the next one as well, with the last in its memory, has heard it.
 */
export async function untilHeard(workers: OutageWorkers, word: string): Promise<void> {
  let round = 0
  let inARow = 0
  await eventually(
    async () => {
      const said = `${word} ${round++}`
      await workers.ask('say', said)
      const heard = await workers.ask<string[]>('hear')
      inARow = heard.flat().every((last) => last === said) ? inARow + 1 : 0
      return inARow
    },
    (rounds) => rounds === 2,
  )
}

/** Four processes read, load, set, delete and invalidate all the time, while Redis fails them. */
export async function endure({
  kind = 'redis',
  bus,
  begin,
  isOutage = true,
}: Outage): Promise<void> {
  const { workers, ...place } = await start({ kind, bus })
  if (bus) await untilHeard(workers, 'before')
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
  if (bus) await untilHeard(workers, 'after')
  await workers.ask('pass', trustMs)
  expect(await workers.ask('stale')).toEqual(Array(4).fill([0, 0, 0]))
}
