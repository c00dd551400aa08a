import { setTimeout } from 'node:timers/promises'
import fc from 'fast-check'
import { Cluster, Redis } from 'ioredis'
import { createClient, createClientPool, createCluster } from 'redis'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { addToCounter } from '../../src/kernel/counter.ts'
import { type RedisStoreOptions, redisStore } from '../../src/stores/redis.ts'
import { counted, countIn, record, stampFrom } from '../../src/testing/store-case.ts'
import { storeCasesFor } from '../../src/testing/store-cases.ts'
import { storeWorld } from '../../src/testing/store-world.ts'
import { startRedis } from '../servers/redis.ts'
import { type RedisCluster, startRedisCluster } from '../servers/redis-cluster.ts'
import type { Server } from '../servers/start-server.ts'

vi.setConfig({ maxConcurrency: 50 })

const unopened = 'redis://localhost'
const allCases = storeCasesFor(redisStore({ url: unopened }))
const plainCases = storeCasesFor(redisStore({ url: unopened, commands: 'plain' }))

/** One byte more than the server takes. */
const tooLarge = 512 * 1024 ** 2 + 1

const punctual = storeWorld({ tooLarge })
/** The server begins to count when a command without an instant comes. */
const late = storeWorld({
  tooLarge,
  clock: { now: Date.now, pass: (ms) => setTimeout(ms + 250) },
})

const closing: (() => void)[] = []
function closeClients(): void {
  for (const close of closing.splice(0)) close()
}

describe('one server', () => {
  let server: Server
  beforeAll(async () => {
    server = await startRedis()
  })
  afterAll(async () => {
    closeClients()
    await server.stop()
  })
  const url = (database: number) => `redis://127.0.0.1:${server.port}/${database}`

  describe.concurrent('each in a database of its own', () => {
    proves('by its URL', () => ({ url: url(1) }))
    proves('by node-redis', async () => ({
      client: await connected(createClient({ url: url(2) })),
    }))
    proves('by node-redis in RESP2', async () => ({
      client: await connected(createClient({ url: url(3), RESP: 2 })),
    }))
    proves('by a pool of node-redis', async () => ({
      client: await connected(createClientPool({ url: url(7) }, { maximum: 10 })),
    }))
    proves('by ioredis', () => ({ client: disconnecting(new Redis(url(4))) }))
    proves('by ioredis that pipelines by itself, in RESP2', () => ({
      client: disconnecting(new Redis(url(5), { enableAutoPipelining: true, protocol: 2 })),
    }))
    proves('in plain commands', () => ({ url: url(6), commands: 'plain' }), plainCases, late)
  })

  test('two clients that count at once lose nothing', async () => {
    await countTogether({ url: url(8) }, { client: disconnecting(new Redis(url(8))) })
  })

  test('the server adds as the kernel does', async () => {
    const store = redisStore({ url: url(9) })
    const number = fc.oneof(
      fc.maxSafeInteger(),
      fc.integer({ min: -9, max: 9 }),
      fc.integer({ min: 1, max: 9 }).map((below) => 2 ** 53 - below),
      fc.integer({ min: 1, max: 9 }).map((above) => above - 2 ** 53),
    )
    const ending = fc.string({
      unit: fc.constantFrom(' ', '-', '+', '0', '9', '.', 'e', '\n', '\0'),
      maxLength: 17,
    })
    const record = fc.oneof(
      fc.tuple(number, fc.string()).map(([n, text]) => counted(1, n, text)),
      ending.map((end) => counted(1, end)),
      fc.tuple(fc.nat(), fc.nat(255)).map(([at, byte]) => {
        const whole = counted(1, 1, 'text')
        return whole.with(at % whole.length, byte)
      }),
      fc.nat(60).map((length) => counted(1, 1, 'text').subarray(-length)),
    )
    const stamp = stampFrom(2)
    await fc.assert(
      fc.asyncProperty(record, number, async (value, by) => {
        await store.setMany([{ key: 'a', value, expiresAt: Infinity }])
        const [answer] = (await store.incrementMany?.([{ key: 'a', by, stamp }])) ?? []
        const expected = addToCounter(value, by, stamp)
        expect(answer && Buffer.from(answer)).toEqual(expected && Buffer.from(expected))
        const [found] = await store.getMany(['a'])
        expect(found && Buffer.from(found)).toEqual(Buffer.from(expected ?? value))
      }),
      { numRuns: 500 },
    )
    await store.close()
  })
})

describe('a cluster of six', () => {
  let cluster: RedisCluster
  beforeAll(async () => {
    cluster = await startRedisCluster()
  })
  afterAll(async () => {
    closeClients()
    await cluster.stop()
  })
  const nodes = () => cluster.primaries.map(({ port }) => ({ host: '127.0.0.1', port }))

  proves('by its URL', () => ({
    url: `redis+cluster://${nodes().map(({ host, port }) => `${host}:${port}`)}`,
  }))
  proves('by node-redis', async () => ({
    client: await connected(createCluster({ rootNodes: nodes().map((socket) => ({ socket })) })),
  }))
  proves('by ioredis', () => ({ client: disconnecting(new Cluster(nodes())) }))

  test('two clients that count at once lose nothing', async () => {
    const url = `redis+cluster://${nodes().map(({ host, port }) => `${host}:${port}`)}`
    await countTogether({ url }, { client: disconnecting(new Cluster(nodes())) })
  })
})

async function countTogether(...clients: readonly RedisStoreOptions[]): Promise<void> {
  const stores = clients.map((options) => redisStore(options))
  const keys = [punctual.key(), punctual.key(), punctual.key()]
  await stores[0]?.setMany(keys.map((key) => record(key, counted(0, 0))))
  const answers = await Promise.all(
    Array.from({ length: 200 }, (_, i) =>
      stores[i % 2]?.incrementMany?.(keys.map((key) => ({ key, by: 1, stamp: stampFrom(i) }))),
    ),
  )
  const upTo200 = new Set(Array.from({ length: 200 }, (_, i) => i + 1))
  for (const at of keys.keys()) {
    expect(new Set(answers.map((answer) => countIn(answer?.[at])))).toEqual(upTo200)
  }
  const found = (await stores[1]?.getMany(keys)) ?? []
  expect(found.map((value) => countIn(value))).toEqual([200, 200, 200])
  await Promise.all(stores.map((store) => store.close()))
}

/** The cases run side by side. */
function proves(
  name: string,
  setUp: () => RedisStoreOptions | Promise<RedisStoreOptions>,
  cases = allCases,
  world = punctual,
): void {
  describe(name, () => {
    let options: RedisStoreOptions
    beforeAll(async () => {
      options = await setUp()
    })
    test.concurrent.each(cases)('$name', async ({ run }) => {
      const store = redisStore(options)
      // Connecting takes time, which the case would count.
      await store.getMany(['anything'])
      try {
        await run(store, world)
      } finally {
        await store.close()
      }
    })
  })
}

async function connected<C extends { connect(): Promise<unknown>; destroy(): void }>(
  client: C,
): Promise<C> {
  closing.push(() => client.destroy())
  await client.connect()
  return client
}

function disconnecting<C extends { disconnect(): void }>(client: C): C {
  closing.push(() => client.disconnect())
  return client
}
