import { afterEach, describe, expect, test } from 'vitest'
import { postgresBus } from '../../src/buses/postgres.ts'
import { redisBus } from '../../src/buses/redis.ts'
import { redisTrackingBus } from '../../src/buses/redis-tracking.ts'
import type { Bus } from '../../src/contracts/bus.ts'
import type { Cache } from '../../src/contracts/cache.ts'
import { createCache } from '../../src/index.ts'
import { redisStore } from '../../src/stores/redis.ts'
import { startPostgres } from '../servers/postgres.ts'
import { startRedis, tell } from '../servers/redis.ts'
import { startRedisCluster } from '../servers/redis-cluster.ts'
import { eventually } from '../servers/start-server.ts'

const closing: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close()
})

/** How to make a bus, and how to have its connections cut. */
interface Line {
  connect(): Bus
  cut(): Promise<unknown>
}

const lines: Record<string, (redis: number) => Promise<Line>> = {
  redis: async (port) => ({
    connect: () => redisBus({ url: `redis://127.0.0.1:${port}` }),
    cut: () => tell(port, 'CLIENT', 'KILL', 'TYPE', 'pubsub'),
  }),
  'redis with tracking': async (port) => ({
    connect: () => redisTrackingBus({ url: `redis://127.0.0.1:${port}` }),
    cut: () => tell(port, 'CLIENT', 'KILL', 'TYPE', 'pubsub'),
  }),
  async 'a cluster'() {
    const cluster = await startRedisCluster()
    closing.push(() => cluster.stop())
    const ports = cluster.primaries.map(({ port }) => port)
    return {
      connect: () => redisBus({ url: `redis+cluster://127.0.0.1:${ports[0]}` }),
      cut: () => Promise.all(ports.map((port) => tell(port, 'CLIENT', 'KILL', 'TYPE', 'pubsub'))),
    }
  },
  async postgres() {
    const server = await startPostgres()
    closing.push(() => server.stop())
    return {
      connect: () => postgresBus({ url: server.url }),
      async cut() {
        await server.kill()
        await server.restart()
      },
    }
  },
}

describe.each(Object.entries(lines))('over %s', (_, open) => {
  test('what one cache changes leaves the memory of the other, also after the line was cut', async () => {
    const server = await startRedis()
    closing.push(() => server.stop())
    const line = await open(server.port)
    const gaps: string[] = []
    const peer = async (): Promise<Cache> => {
      const store = redisStore({ url: `redis://127.0.0.1:${server.port}` })
      const bus = line.connect()
      const cache = createCache({
        store,
        bus,
        // Nothing but the bus takes anything out of memory.
        memory: { trust: '1d' },
        onEvent: (event) => event.type === 'gap' && gaps.push(event.reason),
      })
      closing.push(async () => {
        await cache.close()
        await bus.close()
        await store.close()
      })
      await cache.get('open')
      return cache
    }
    const [writer, reader] = [await peer(), await peer()]
    const expectCoherent = async (round: string) => {
      await writer.set('key', round, { tags: ['tag'] })
      await eventually(async () => {
        await reader.get('key')
        return reader.getSync('key') === round
      })
      await writer.invalidate('tag')
      await eventually(async () => (await reader.get('key')) === undefined)
      await writer.set('key', round)
      await eventually(async () => {
        await reader.get('key')
        return reader.getSync('key') === round
      })
      await writer.clear()
      await eventually(async () => (await reader.get('key')) === undefined)
    }
    await expectCoherent('before')
    expect(gaps).toEqual([])
    await line.cut()
    await eventually(() => gaps.filter((reason) => reason === 'connected again').length === 2)
    await expectCoherent('after')
  })
})
