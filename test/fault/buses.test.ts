import { createRequire } from 'node:module'
import { Redis } from 'ioredis'
import { createClient } from 'redis'
import { afterEach, describe, expect, test } from 'vitest'
import { postgresBus } from '../../src/buses/postgres.ts'
import { redisBus } from '../../src/buses/redis.ts'
import type { Bus } from '../../src/contracts/bus.ts'
import type { Clock } from '../../src/contracts/clock.ts'
import { BusError } from '../../src/kernel/errors.ts'
import { fakeClock } from '../../src/testing/fake-clock.ts'
import { startPostgres } from '../servers/postgres.ts'
import { startRedis, tell } from '../servers/redis.ts'
import { startRedisCluster } from '../servers/redis-cluster.ts'
import { eventually, type Server } from '../servers/start-server.ts'

/** It comes without types. */
const { Client, Pool } = createRequire(import.meta.url)('pg')

const closing: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close()
})

interface Kind {
  start(): Promise<Server>
  bus(server: Server, clock?: Clock): Promise<Bus>
  /** Ends the connections that listen, as an administrator would. */
  cut(server: Server): Promise<unknown>
  /** Connections to the server, but for the one that asks. */
  connections(server: Server): Promise<number>
}

const redis = {
  start: () => startRedis(),
  cut: ({ port }: Server) => tell(port, 'CLIENT', 'KILL', 'TYPE', 'pubsub'),
  async connections({ port }: Server) {
    return `${await tell(port, 'CLIENT', 'LIST')}`.trim().split('\n').length - 1
  },
}
const urlOf = ({ port }: Server) => `redis://127.0.0.1:${port}`
const postgres = {
  start: () => startPostgres(),
  cut: (server: Server) => ask(server, terminate),
  connections: (server: Server) => ask(server, `SELECT ${others}`).then((rows) => rows.length),
}
const others = `pid FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND backend_type = 'client backend'`
const terminate = `SELECT pg_terminate_backend(pid), ${others}`
const postgresUrl = ({ port }: Server) => `postgres://hotset@127.0.0.1:${port}/postgres`

async function ask(server: Server, sql: string): Promise<unknown[]> {
  const client = new Client({ connectionString: postgresUrl(server) })
  await client.connect()
  try {
    return (await client.query(sql)).rows
  } finally {
    await client.end()
  }
}

const kinds: Record<string, Kind> = {
  'redis by a URL': {
    ...redis,
    bus: async (server, clock) => redisBus({ url: urlOf(server), clock }),
  },
  'redis by node-redis': {
    ...redis,
    async bus(server, clock) {
      const client = createClient({ url: urlOf(server), disableOfflineQueue: true })
      client.on('error', () => {})
      await client.connect()
      closing.push(() => client.destroy())
      return redisBus({ client, clock })
    },
  },
  'redis by ioredis': {
    ...redis,
    async bus(server, clock) {
      const client = new Redis(urlOf(server), { maxRetriesPerRequest: 0 })
      client.on('error', () => {})
      closing.push(() => client.disconnect())
      return redisBus({ client, clock })
    },
  },
  'postgres by a URL': {
    ...postgres,
    bus: async (server, clock) => postgresBus({ url: postgresUrl(server), clock }),
  },
  'postgres by a pool': {
    ...postgres,
    async bus(server, clock) {
      const pool = new Pool({ connectionString: postgresUrl(server) })
      pool.on('error', () => {})
      closing.push(() => pool.end())
      return postgresBus({ client: pool, clock })
    },
  },
}

interface Ear {
  readonly told: string[]
  readonly gaps: string[]
}

async function hear(bus: Bus): Promise<Ear> {
  const told: string[] = []
  const gaps: string[] = []
  await bus.subscribe({
    message: (bytes) => told.push(new TextDecoder().decode(bytes)),
    gap: (reason) => gaps.push(reason),
  })
  return { told, gaps }
}

const say = (bus: Bus, word: string) => bus.publish(new TextEncoder().encode(word))

/** Says something until it is heard. */
async function untilHeard(bus: Bus, { told }: Ear): Promise<void> {
  let count = 0
  await eventually(async () => {
    await say(bus, `again ${count++}`).catch((error) => expect(error).toBeInstanceOf(BusError))
    return told.some((word) => word.startsWith('again'))
  })
}

describe.each(Object.entries(kinds))('%s', (_, kind) => {
  async function place(clock?: Clock): Promise<{ server: Server; bus: Bus; ear: Ear }> {
    const server = await kind.start()
    closing.push(() => server.stop())
    const bus = await kind.bus(server, clock)
    closing.push(() => bus.close())
    const ear = await hear(bus)
    await say(bus, 'first')
    await eventually(() => ear.told.length > 0)
    return { server, bus, ear }
  }

  test('a connection that is cut is a gap, and then there is another', async () => {
    const { server, bus, ear } = await place()
    expect(ear.gaps).toEqual([])
    await kind.cut(server)
    await eventually(() => ear.gaps.at(-1) === 'connected again')
    expect(ear.gaps.length).toBe(2)
    // It listens from the moment in which it says so.
    const speaker = await kind.bus(server)
    closing.push(() => speaker.close())
    await say(speaker, 'heard')
    await eventually(() => ear.told.includes('heard'))
    await untilHeard(bus, ear)
  })

  test('a server that dies and comes back is a gap', async () => {
    const { server, bus, ear } = await place()
    await server.kill()
    await eventually(() => ear.gaps.length > 0)
    await expect(say(bus, 'lost')).rejects.toThrow(BusError)
    await server.restart()
    await untilHeard(bus, ear)
    expect(ear.gaps.at(-1)).toBe('connected again')
  })

  test('a server that is frozen is a gap', async () => {
    const clock = fakeClock()
    const { server, bus, ear } = await place(clock)
    await server.kill('SIGSTOP')
    clock.advance(2_500)
    expect(ear.gaps).toEqual([])
    clock.advance(5_000)
    await eventually(() => ear.gaps.length === 1)
    expect(ear.gaps[0]).toMatch(/no sign of life/)
    await server.kill('SIGCONT')
    await eventually(() => {
      clock.advance(100)
      return ear.gaps.at(-1) === 'connected again'
    })
    await untilHeard(bus, ear)
  })

  test('nothing stays open after close, also while the server is away', async () => {
    const { server, bus, ear } = await place()
    await bus.close()
    for (const close of closing.splice(1)) await close()
    await eventually(async () => (await kind.connections(server)) === 0)
    const second = await kind.bus(server)
    await hear(second)
    await server.kill()
    await second.close()
    await server.restart()
    for (const close of closing.splice(1)) await close()
    await eventually(async () => (await kind.connections(server)) === 0)
    expect(ear.gaps).toEqual([])
  })

  test('nobody listens where there is no server', async () => {
    const { server } = await place()
    const late = await kind.bus(server)
    closing.push(() => late.close())
    await server.kill()
    await expect(hear(late)).rejects.toThrow(BusError)
    await server.restart()
    await eventually(() => hear(late).catch(() => false))
  })
})

test('a sharded channel is found again when its server dies', async () => {
  const cluster = await startRedisCluster()
  closing.push(() => cluster.stop())
  const url = `redis+cluster://${cluster.primaries.map(({ port }) => `127.0.0.1:${port}`)}`
  const bus = redisBus({ url })
  closing.push(() => bus.close())
  const ear = await hear(bus)
  const listening = await Promise.all(
    cluster.primaries.map(({ port }) => tell(port, 'PUBSUB', 'SHARDCHANNELS')),
  )
  const at = listening.findIndex((channels) => `${channels}` === 'hotset')
  await cluster.primaries[at]?.kill()
  await untilHeard(bus, ear)
  expect(ear.gaps.length).toBeGreaterThanOrEqual(2)
})
